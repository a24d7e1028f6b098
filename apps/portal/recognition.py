"""What a file is, from its first bytes. Nothing is unpacked or parsed: that is work of whoever takes it."""

from pathlib import PurePath

import filetype

from domain.documents import content, text
from domain.documents.errors import Unreadable

HEAD_BYTES = 64 * 1024
# Kinds of plain text that only their names tell apart.
_TEXT_SUFFIXES = {
    ".log": "text/x-log",
    ".jsonl": "text/x-log",
    ".ndjson": "text/x-log",
    ".srt": "application/x-subrip",
    ".vtt": "text/vtt",
}
# Office files and programs are archives too, and not what is meant by one.
_ZIP_SUFFIXES = frozenset({"", ".zip"})


def media_type_of(head: bytes, name: str) -> str:
    """By the content; the name only tells kinds of text apart. Empty for what nobody here knows."""
    suffixes = [suffix.lower() for suffix in PurePath(name).suffixes[-2:]]
    if guess := filetype.guess(head):
        is_other_zip = guess.mime == "application/zip" and not _ZIP_SUFFIXES.issuperset(suffixes[-1:])
        if not is_other_zip:
            return str(guess.mime)
        # Written by another program than Office, an Office file may look like any archive.
        return content.kind_of_head(head, name) if suffixes[-1] in content.PACKED_SUFFIXES else ""
    try:
        kind = content.kind_of_head(head[: content.HEAD_BYTES], name)
    except Unreadable:
        return ""
    # app.log.1 is one as well.
    by_name = next((_TEXT_SUFFIXES[each] for each in suffixes if each in _TEXT_SUFFIXES), "")
    return by_name or kind if kind is content.Kind.TEXT else kind


def beginning(head: bytes) -> str:
    """The first lines as text, whole ones; what is no text reads as anything."""
    lines = head[: head.rfind(b"\n") + 1] or head
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return head.decode("utf-16", "ignore")
    if encoding := text.unmarked_utf16(head):
        return head.decode(encoding, "ignore")
    try:
        return lines.decode("utf-8-sig")
    except UnicodeDecodeError:
        return lines.decode("gb18030", "replace")
