"""Which encoding a stranger's text was written in, told from its bytes."""

from charset_normalizer import from_bytes

from llm_backend import patterns

SAMPLE_BYTES = 64 * 1024
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


def guess_encoding(content: bytes, usual: list[str]) -> str | None:
    """Of a text that is not in whole UTF-8; None where nothing makes sense of it. `usual`: those that are thought of where
    letters alone do not tell, the likelier first.

    It is looked at from where letters that are not ASCII begin, which may be far down: scripts fill the head of a page.
    """
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
    best = from_bytes(sample, cp_isolation=usual).best()
    return best.encoding if best else None


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
