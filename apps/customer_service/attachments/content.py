"""What a visitor's file really is. Its content decides, never its name; what a browser could run is refused."""

import unicodedata
from pathlib import PurePath
from typing import IO

import filetype
from django.utils.translation import gettext_lazy as _

from apps.core.errors import UnsupportedContent
from domain.documents import archives
from domain.documents.archives import ArchiveRefused
from llm_backend import patterns

HEAD_BYTES = 8192
MAX_NAME_CHARACTERS = 120
IMAGES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/heic": ".heic",
}
AUDIO = {
    "audio/mpeg": ".mp3",
    "audio/mp4": ".m4a",
    "audio/ogg": ".ogg",
    "audio/x-wav": ".wav",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/x-flac": ".flac",
    "audio/webm": ".webm",
}
DOCUMENTS = {
    "application/pdf": ".pdf",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.presentation": ".odp",
    "text/plain": ".txt",
}
ACCEPTED = IMAGES | AUDIO | DOCUMENTS
# What a browser may show in place; everything else is only ever saved.
SHOWN = (IMAGES.keys() | AUDIO.keys()) - {"image/heic"}
# Recorders of browsers put sound into containers of films.
_SPOKEN = {"video/webm": "audio/webm", "video/mp4": "audio/mp4", "video/x-matroska": "audio/webm"}
# Names that say more than the type, or the same, are kept.
_OTHER_SUFFIXES = {"image/jpeg": (".jpeg",), "text/plain": (".csv", ".tsv", ".md", ".log", ".json")}
_OFFICE_PARTS = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ppt/": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
_MARKUP = patterns.compile(
    rb"<\s*(?:!doctype|\?xml|html|head|body|svg|script|iframe|math)\b|<\?xml", patterns.IGNORECASE
)
# The container of Office files from before 2007.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def content_type_of(file: IO[bytes], *, is_voice: bool) -> str:
    """Raises UnsupportedContent for what is not accepted."""
    file.seek(0)
    head = file.read(HEAD_BYTES)
    content_type = _guess_type(file, head)
    file.seek(0)
    if is_voice:
        content_type = _SPOKEN.get(content_type, content_type)
    if content_type not in ACCEPTED or (is_voice and content_type not in AUDIO):
        raise UnsupportedContent(
            _("This file type is not supported. Send images, PDF, text, Office documents or audio."),
            code="file_not_accepted",
        )
    return content_type


def clean_name(name: str, content_type: str) -> str:
    """A name that is safe to show and to save under: no path, nothing invisible, an ending that tells the truth."""
    last = PurePath(name.replace("\\", "/")).name
    visible = "".join(each for each in last if unicodedata.category(each)[0] != "C" and each not in '<>:"|?*')
    suffix = ACCEPTED[content_type]
    path = PurePath(visible.strip(". ") or "file")
    if path.suffix.lower() in (suffix, *_OTHER_SUFFIXES.get(content_type, ())):
        suffix, path = path.suffix, path.with_suffix("")
    return str(path)[: MAX_NAME_CHARACTERS - len(suffix)] + suffix


def _guess_type(file: IO[bytes], head: bytes) -> str:
    if head.startswith(b"PK\x03\x04"):
        return _office_type(file, head)
    kind = filetype.guess(head)
    if kind is not None:
        return str(kind.mime)
    if head.startswith(_OLE):
        return "application/msword"
    # Markup is refused though it is text: a browser might run it as a page of ours.
    is_text = head.strip() and b"\0" not in head and not _MARKUP.search(head) and _is_unicode(head)
    return "text/plain" if is_text else ""


def _is_unicode(head: bytes) -> bool:
    """The last character may be cut in two."""
    for encoding in ("utf-8", "gb18030"):
        try:
            head[: len(head) - 3 if len(head) == HEAD_BYTES else len(head)].decode(encoding)
        except UnicodeDecodeError:
            # A cut in the middle of a character was left out above, so this is another encoding.
            continue
        return True
    return False


def _office_type(file: IO[bytes], head: bytes) -> str:
    """OpenDocument says it in its first bytes, which are never packed; Office Open XML by the names in its list."""
    kind = filetype.guess(head)
    if kind is not None and kind.mime in DOCUMENTS:
        return str(kind.mime)
    try:
        names = [entry.filename for entry in archives.entries(file)]
    except ArchiveRefused:
        # A ZIP that cannot be listed is no document.
        return ""
    if "[Content_Types].xml" not in names:
        return ""
    parts = (part for part in _OFFICE_PARTS if any(name.startswith(part) for name in names))
    return next((_OFFICE_PARTS[part] for part in parts), "")
