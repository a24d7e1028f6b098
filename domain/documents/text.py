"""Bytes → text, whatever encoding they were written in."""

import codecs

from domain.documents.errors import Unreadable
from llm_backend import encodings, patterns

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
_CONTROL = patterns.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")
MOST_CONTROL = 0.01
# As what stands above the line is written in plain text: 10⁶, a note¹.
RAISED = str.maketrans("0123456789+-−–", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁻")
_EVERYDAY = patterns.compile(r"[\s -~\u00a0-\u024f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")


def decode(content: bytes) -> str:
    """Without control characters, lines ended as on Unix. Raises Unreadable where there are so many that it is no text."""
    text = _decode_any(content)
    if len(_CONTROL.findall(text)) > MOST_CONTROL * len(text):
        raise Unreadable("binary_file")
    return _CONTROL.sub("", text).replace("\r\n", "\n").replace("\r", "\n")


def unmarked_utf16(sample: bytes) -> str | None:
    """UTF-16 without its mark has zero bytes, which other text has not, and makes sense in one byte order."""
    if b"\0" not in sample:
        return None
    sample = sample[: len(sample) // 2 * 2]
    for encoding in ("utf-16-le", "utf-16-be"):
        text = sample.decode(encoding, "replace")
        if len(_EVERYDAY.findall(text)) > 0.9 * len(text):
            return encoding
    return None


def _decode_any(content: bytes) -> str:
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            return content.decode(encoding, "replace")
    if unmarked := unmarked_utf16(content[:SAMPLE_BYTES]):
        return content.decode(unmarked, "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        pass  # Not in UTF-8, or not whole.
    guessed = encodings.guess_encoding(content, ENCODINGS)
    if guessed is None:
        raise Unreadable("unknown_encoding")
    return content.decode(guessed, "replace")
