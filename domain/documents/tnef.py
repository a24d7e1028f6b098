"""“winmail.dat”, in which Outlook packs the attachments of some mails ([MS-OXTNEF]) → their bytes and names."""

import struct
from collections.abc import Iterator

from domain.documents import text
from domain.documents.errors import Unreadable

MEDIA_TYPES = ("application/ms-tnef", "application/vnd.ms-tnef")
_SIGNATURE = b"\x78\x9f\x3e\x22"
_HEAD_BYTES, _CHECKSUM_BYTES = 6, 2
_ATTRIBUTE = struct.Struct("<BII")
# Begins the next attachment; its name; its bytes.
_BEGIN, _NAME, _BYTES = 0x00069002, 0x00018010, 0x0006800F


def attachments(content: bytes) -> list[tuple[bytes, str]]:
    """None of what is no such file; of a damaged one those before the damage."""
    found: list[tuple[bytes, str]] = []
    held, name = b"", ""
    for attribute, value in _attributes(content):
        if attribute == _BEGIN:
            found += [(held, name or "file")] if held else []
            held, name = b"", ""
        elif attribute == _NAME:
            name = _text(value)
        elif attribute == _BYTES:
            held = value
    return [*found, (held, name or "file")] if held else found


def _attributes(content: bytes) -> Iterator[tuple[int, bytes]]:
    at = _HEAD_BYTES if content.startswith(_SIGNATURE) else len(content)
    while at + _ATTRIBUTE.size <= len(content):
        _level, attribute, size = _ATTRIBUTE.unpack_from(content, at)
        at += _ATTRIBUTE.size
        if at + size > len(content):
            return
        yield attribute, content[at : at + size]
        at += size + _CHECKSUM_BYTES


def _text(value: bytes) -> str:
    """In the code page of whoever sent it, which is not told here."""
    try:
        return text.decode(value.rstrip(b"\0")).strip()
    except Unreadable:
        return ""
