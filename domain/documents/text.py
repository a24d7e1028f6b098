"""Bytes → text, whatever encoding they were written in."""

import codecs

from charset_normalizer import from_bytes

from domain.documents.errors import Unreadable
from llm_backend import patterns

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
_EVERYDAY = patterns.compile(r"[\s -~\u00a0-\u024f\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")
_ASCII, BEFORE_BYTES = bytes(range(0x80)), 1000
# Of the letters that are not ASCII.
LEAST_WHOLE = 0.8
# First bytes of GB 2312: its marks with full-width letters, its 3,755 common characters, and those of them where EUC-KR has
# no Hangul.
_MARKS, _COMMON, _NOT_KOREAN = frozenset(b"\xa1\xa3"), frozenset(range(0xB0, 0xD8)), range(0xC9, 0xD8)
# Of what is not ASCII; and as many characters of a Chinese text as hardly ever are all among those before 0xC9.
LEAST_COMMON, TELLING = 0.85, 6
# A pound sign, a degree or the é of a name among English words.
_SIDE_BY_SIDE, MOST_SINGLE = patterns.compile(rb"[\x80-\xff]{2}"), 20


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
        return content.decode(_guessed_encoding(content), "replace")


def _guessed_encoding(content: bytes) -> str:
    """From where letters that are not ASCII begin, which may be far down: scripts fill the head of many a page."""
    start = max(0, len(content) - len(content.lstrip(_ASCII)) - BEFORE_BYTES)
    sample = content[start : start + SAMPLE_BYTES]
    if start + len(sample) < len(content):
        # A sample that ends inside a character would rule the right encoding out.
        sample = sample[: sample.rfind(b"\n") + 1] or sample
    if _is_nearly_utf8(sample):
        return "utf-8"
    if _is_simplified(sample):
        return "gb18030"
    if _is_western(sample):
        return "cp1252"
    best = from_bytes(sample, cp_isolation=ENCODINGS).best()
    if best is None:
        raise Unreadable("unknown_encoding")
    return best.encoding


def _is_nearly_utf8(sample: bytes) -> bool:
    """A byte that a copy lost or cut in two does not make another text of all others."""
    text = sample.decode("utf-8", "replace")
    letters = sum(not each.isascii() for each in text)
    return LEAST_WHOLE * letters < letters - text.count("\ufffd")


def _is_simplified(sample: bytes) -> bool:
    """Whether it makes sense as common characters of simplified Chinese. The statistics by which other encodings are told
    apart need some sentences; a table of names or a notice has fewer.
    """
    try:
        letters = [each for each in sample.decode("gb18030") if not each.isascii()]
    except UnicodeDecodeError:
        return False
    first = [each.encode("gb2312", "ignore")[:1] for each in letters]
    marks, common = (sum(each != b"" and each[0] in some for each in first) for some in (_MARKS, _COMMON))
    is_chinese = common < TELLING or any(each != b"" and each[0] in _NOT_KOREAN for each in first)
    return bool(common) and is_chinese and marks + common >= LEAST_COMMON * len(letters)


def _is_western(sample: bytes) -> bool:
    """Whether few letters are not ASCII, and each stands alone between others that are."""
    count = len(sample) - len(sample.translate(None, bytes(range(0x80, 0x100))))
    return count <= min(MOST_SINGLE, len(sample) // 3) and not _SIDE_BY_SIDE.search(sample)
