"""Bytes → text, whatever encoding they were written in."""

import codecs
import re

from charset_normalizer import from_bytes

from apps.knowledge.reading.errors import Unreadable

# Windows and Office still write these; the order decides between equally likely ones.
ENCODINGS = ["gb18030", "big5hkscs", "shift_jis", "euc_kr", "cp1252", "cp1251", "iso8859_2"]
SAMPLE_BYTES = 64 * 1024
_BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
MOST_CONTROL = 0.01


def decode(content: bytes) -> str:
    text = _decoded(content)
    if len(_CONTROL.findall(text)) > MOST_CONTROL * len(text):
        raise Unreadable("binary_file")
    return _CONTROL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def _decoded(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if content[:1000].count(0) > 100:
        return content.decode(
            "utf-16-le" if content[1:1000:2].count(0) > content[:1000:2].count(0) else "utf-16-be", "replace"
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _guessed(content)


def _guessed(content: bytes) -> str:
    best = from_bytes(_whole_lines(content), cp_isolation=ENCODINGS).best()
    if best is None:
        raise Unreadable("unknown_encoding")
    return content.decode(best.encoding, "replace")


def _whole_lines(content: bytes) -> bytes:
    """A sample that ends inside a character would rule the right encoding out."""
    sample = content[:SAMPLE_BYTES]
    return sample if len(sample) == len(content) else sample[: sample.rfind(b"\n") + 1] or sample
