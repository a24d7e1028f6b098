"""What a file really is. Its content decides; the name only tells kinds of text apart."""

from enum import StrEnum
from pathlib import Path, PurePath

import filetype

from domain.documents import archives, text
from domain.documents.archives import ArchiveRefused
from domain.documents.errors import Unreadable
from llm_backend import patterns

HEAD_BYTES = 8192
_HTML = patterns.compile(
    rb"\A\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?>.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    patterns.IGNORECASE | patterns.DOTALL,
)
# Word, Excel and PowerPoint wrote such files until 2007.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


class Kind(StrEnum):
    PDF = "application/pdf"
    WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
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

_TEXT_KINDS = {
    ".md": Kind.MARKDOWN,
    ".markdown": Kind.MARKDOWN,
    ".htm": Kind.HTML,
    ".html": Kind.HTML,
    ".xhtml": Kind.HTML,
    ".csv": Kind.CSV,
    ".tsv": Kind.CSV,
}


def kind_of_head(head: bytes, name: str) -> Kind:
    """The kind of a file from its first bytes alone, cheap enough for a web request.

    A ZIP may still turn out not to be Word. Raises Unreadable.
    """
    if not head.strip():
        raise Unreadable("empty_file")
    if b"%PDF-" in head[:1024]:
        return Kind.PDF
    if head.startswith(b"PK\x03\x04"):
        return Kind.WORD
    if head.startswith(_OLE):
        raise Unreadable("old_office_file")
    # Text has no zero bytes, except in UTF-16.
    has_zeros = b"\0" in head and not head.startswith(_UTF16) and text.unmarked_utf16(head) is None
    guess = filetype.guess(head)
    if guess is not None and guess.mime in _PICTURE_OF_TYPE:
        return _PICTURE_OF_TYPE[guess.mime]
    if guess is not None or has_zeros:
        raise Unreadable("binary_file")
    if _HTML.match(head):
        return Kind.HTML
    return _TEXT_KINDS.get(PurePath(name).suffix.lower(), Kind.TEXT)


def kind_of(path: Path, name: str) -> Kind:
    with path.open("rb") as file:
        kind = kind_of_head(file.read(HEAD_BYTES), name)
    if kind is Kind.WORD:
        check_word(path)
    return kind


def check_word(path: Path) -> None:
    """Refuses bombs before anything is unpacked. Raises Unreadable, also for what is packed like Word and is none."""
    try:
        with path.open("rb") as file:
            entries = archives.entries(file)
        archives.check_unpacked_size(entries)
    except ArchiveRefused as refusal:
        raise Unreadable(refusal.code) from refusal
    if any(each.flag_bits & 1 for each in entries):
        raise Unreadable("encrypted_file")
    if not any(each.filename == "word/document.xml" for each in entries):
        raise Unreadable("unsupported_archive")
