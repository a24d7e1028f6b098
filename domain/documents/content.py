"""What a file really is. Its content decides; the name only tells kinds of text apart."""

import codecs
import zipfile
from collections.abc import Sequence
from enum import StrEnum
from pathlib import PurePath
from typing import IO
from zipfile import ZipInfo

import filetype

from domain.documents import archives, text
from domain.documents.archives import ArchiveRefused
from domain.documents.errors import Unreadable
from domain.documents.sources import Source, content_of, opened
from llm_backend import patterns

HEAD_BYTES = 8192
_HTML = patterns.compile(
    rb"\A\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    patterns.IGNORECASE | patterns.DOTALL,
)
# A mail begins with lines that only mails have.
_MAIL = patterns.compile(
    rb"\A(?:received|return-path|delivered-to|mime-version|message-id|dkim-signature|x-[a-z-]{1,40}"
    rb"|from|to|date|subject|reply-to): ",
    patterns.IGNORECASE,
)
_MAIL_HEADERS = patterns.compile(
    rb"^(?:from|date|subject|message-id|mime-version): ", patterns.IGNORECASE | patterns.MULTILINE
)
LEAST_MAIL_HEADERS = 3
# Above each mail of a mailbox (mbox, as mail programs export a folder); what follows is the first header. A line of a text
# that begins so was written as “>From”.
MAIL_START = patterns.compile(
    rb"^From [^\r\n]{1,200}\r?\n(?=[A-Za-z][A-Za-z0-9-]{0,60}:)", patterns.MULTILINE
)
# A web page in one file, as browsers save it and as old systems write what they call .doc.
_PAGE = patterns.compile(
    rb"\Amime-version: [^\r\n]{0,100}\r?\n(?:[^\r\n]{1,200}\r?\n){0,10}?content-type: multipart/related",
    patterns.IGNORECASE,
)
_CALENDAR = patterns.compile(rb"\A\s*+BEGIN:VCALENDAR\s", patterns.IGNORECASE)
# XML that Word and Excel wrote in 2003, and RTF.
_OLD_TEXTS = patterns.compile(rb"\A\s*+(?:\{\\rtf|<\?xml[^>]{0,200}>\s*+<\?mso-application\b)")
# Word, Excel and PowerPoint wrote such files until 2007, and Outlook still does.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = b"PK\x03\x04"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Kind(StrEnum):
    PDF = "application/pdf"
    WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    SLIDES = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    SHEETS = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    OLD_SHEETS = "application/vnd.ms-excel"
    OPEN_SHEETS = "application/vnd.oasis.opendocument.spreadsheet"
    BOOK = "application/epub+zip"
    MAIL = "message/rfc822"
    MAILBOX = "application/mbox"
    OUTLOOK = "application/vnd.ms-outlook"
    CALENDAR = "text/calendar"
    HTML = "text/html"
    MARKDOWN = "text/markdown"
    CSV = "text/csv"
    TEXT = "text/plain"
    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    TIFF = "image/tiff"
    BMP = "image/bmp"
    GIF = "image/gif"


# Read by recognition of their text.
PICTURES = frozenset({Kind.PNG, Kind.JPEG, Kind.WEBP, Kind.TIFF, Kind.BMP, Kind.GIF})
_PICTURE_OF_TYPE = {kind.value: kind for kind in PICTURES}
# What people's files of each kind are called. Forms and pages that take documents name these.
SUFFIXES: dict[Kind, tuple[str, ...]] = {
    Kind.PDF: (".pdf",),
    Kind.WORD: (".docx",),
    Kind.SLIDES: (".pptx",),
    Kind.SHEETS: (".xlsx", ".xlsm"),
    Kind.OLD_SHEETS: (".xls",),
    Kind.OPEN_SHEETS: (".ods",),
    Kind.BOOK: (".epub",),
    Kind.MAIL: (".eml",),
    Kind.MAILBOX: (".mbox",),
    Kind.OUTLOOK: (".msg",),
    Kind.CALENDAR: (".ics",),
    Kind.HTML: (".html", ".htm", ".xhtml"),
    Kind.MARKDOWN: (".md", ".markdown"),
    Kind.CSV: (".csv", ".tsv"),
    Kind.TEXT: (".txt",),
    Kind.PNG: (".png",),
    Kind.JPEG: (".jpg", ".jpeg"),
    Kind.WEBP: (".webp",),
    Kind.TIFF: (".tif", ".tiff"),
    Kind.BMP: (".bmp",),
    Kind.GIF: (".gif",),
}
ACCEPTED = ",".join(suffix for suffixes in SUFFIXES.values() for suffix in suffixes)
_BY_SUFFIX = {suffix: kind for kind, suffixes in SUFFIXES.items() for suffix in suffixes}
_TEXTS = frozenset({Kind.HTML, Kind.MARKDOWN, Kind.CSV, Kind.TEXT, Kind.MAIL, Kind.MAILBOX})
_PACKED = frozenset({Kind.WORD, Kind.SLIDES, Kind.SHEETS, Kind.OPEN_SHEETS, Kind.BOOK})
PACKED_SUFFIXES = frozenset(suffix for kind in _PACKED for suffix in SUFFIXES[kind])
# What an archive of a kind holds.
_PARTS = {
    "word/document.xml": Kind.WORD,
    "ppt/presentation.xml": Kind.SLIDES,
    "xl/workbook.xml": Kind.SHEETS,
    "xl/workbook.bin": Kind.SHEETS,
    "META-INF/container.xml": Kind.BOOK,
}
LONGEST_MIMETYPE = 100


def kind_of_head(head: bytes, name: str) -> Kind:
    """The kind of a file from its first bytes and its name, cheap enough for a web request.

    An archive may still turn out to be another one, or none. Raises Unreadable.
    """
    named = _BY_SUFFIX.get(PurePath(name).suffix.lower())
    if not head.strip():
        raise Unreadable("empty_file")
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith(_ZIP):
        return named if named in _PACKED else Kind.WORD
    if head.startswith(_OLE):
        return _kind_of_old_office(name, named)
    if _OLD_TEXTS.match(head.removeprefix(codecs.BOM_UTF8)):
        raise Unreadable("old_office_file")
    guess = filetype.guess(head)
    if guess is None:
        return _kind_of_text(head, named)
    if guess.mime not in _PICTURE_OF_TYPE:
        raise Unreadable("binary_file")
    return _PICTURE_OF_TYPE[guess.mime]


def _kind_of_text(head: bytes, named: Kind | None) -> Kind:
    # Text has no zero bytes, except in UTF-16.
    if b"\0" in head and not head.startswith(_UTF16) and text.unmarked_utf16(head) is None:
        raise Unreadable("binary_file")
    if _HTML.match(head):
        return Kind.HTML
    if _CALENDAR.match(head):
        return Kind.CALENDAR
    has_headers = len(_MAIL_HEADERS.findall(head)) >= LEAST_MAIL_HEADERS
    if has_headers and MAIL_START.match(head):
        return Kind.MAILBOX
    if _PAGE.match(head) or (has_headers and _MAIL.match(head)):
        return Kind.MAIL
    if named in (Kind.SHEETS, Kind.OLD_SHEETS):
        # Systems that cannot write sheets call a table of a web page so, or lines with tabs.
        return Kind.HTML if head.lstrip().startswith(b"<") else Kind.CSV
    return named if named in _TEXTS else Kind.TEXT


def kind_of(source: Source, name: str) -> Kind:
    """Refuses bombs before anything is unpacked. Raises Unreadable, also for archives that are no document."""
    with opened(source) as file:
        head = file.read(HEAD_BYTES)
        if head.startswith(_ZIP):
            return _kind_of_archive(file)
    if head.startswith(_OLE):
        return _kind_of_compound(content_of(source), name)
    return kind_of_head(head, name)


def _kind_of_archive(file: IO[bytes]) -> Kind:
    try:
        entries = archives.entries(file)
        archives.check_unpacked_size(entries)
    except ArchiveRefused as refusal:
        raise Unreadable(refusal.code) from refusal
    if any(each.flag_bits & 1 for each in entries):
        raise Unreadable("encrypted_file")
    names = {each.filename for each in entries}
    kind = next((kind for part, kind in _PARTS.items() if part in names), None)
    if kind is None and _mimetype(file, entries) == Kind.OPEN_SHEETS:
        kind = Kind.OPEN_SHEETS
    if kind is None:
        raise Unreadable("unsupported_archive")
    return kind


def _mimetype(file: IO[bytes], entries: Sequence[ZipInfo]) -> str:
    """What documents of OpenOffice say of themselves."""
    entry = next((each for each in entries if each.filename == "mimetype"), None)
    if entry is None or entry.file_size > LONGEST_MIMETYPE:
        return ""
    with zipfile.ZipFile(file) as archive:
        return archive.read(entry).decode("ascii", "replace").strip()


def _kind_of_old_office(name: str, named: Kind | None) -> Kind:
    if named in (Kind.OLD_SHEETS, Kind.SHEETS):
        return Kind.OLD_SHEETS
    if PurePath(name).suffix.lower() in SUFFIXES[Kind.OUTLOOK]:
        return Kind.OUTLOOK
    # A new file lies in an old container where a password seals it.
    raise Unreadable("encrypted_file" if named in _PACKED else "old_office_file")


def _kind_of_compound(content: bytes, name: str) -> Kind:
    """By the names of the streams in it, wherever their list stands."""
    streams = {
        stream: stream.encode("utf-16-le") in content for stream in ("EncryptedPackage", "Workbook", "Book")
    }
    if streams["EncryptedPackage"]:
        raise Unreadable("encrypted_file")
    if "__substg1.0_".encode("utf-16-le") in content:
        return Kind.OUTLOOK
    if streams["Workbook"] or streams["Book"]:
        return Kind.OLD_SHEETS
    return _kind_of_old_office(name, None)
