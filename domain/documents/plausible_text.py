"""Whether the text layer of a page is what the page shows: fonts may say of their letters that they are others."""

from collections.abc import Iterable, Sequence

from llm_backend import patterns, unicode_forms

# Of each writing the first bytes of its everyday characters, as national standards list them first.
_EVERYDAY = (("gb2312", 0xB0, 0xD7), ("big5", 0xA4, 0xC6), ("shift_jis", 0x88, 0x97))
# Of two thousand letters of any of our texts at least 0.92 are everyday ones, with codes that are wrong a half.
LEAST_CHINESE, LEAST_EVERYDAY = 20, 0.8
# Words that can be said; of English with other letters in the place of its own, mostly fewer.
_WORD = patterns.compile(r"(?<![^\W\d_])[a-zæœøıß]{4,30}(?![^\W\d_])")
_UNSAID = patterns.compile(r"[^aeiouyæœøı]{5}|\A[^aeiouyæœøı]{1,30}\Z")
LEAST_WORDS, LEAST_SAID = 40, 0.75
# Of all that is no white space and no line to fill in.
LEAST_SIGNS, LEAST_LETTERS = 40, 0.3
_FILLERS = frozenset("._-…·—＿")


def is_plausible(texts: Iterable[str]) -> bool:
    """Too little text is."""
    text = "\n".join(texts)
    signs = [each for each in text if not each.isspace() and each not in _FILLERS]
    chinese = [each for each in signs if "\u4e00" <= each <= "\u9fff"]
    words = _WORD.findall(unicode_forms.without_marks(text))
    said = sum(_UNSAID.search(word) is None for word in words)
    return (
        _is_share(sum(map(str.isalnum, signs)), signs, LEAST_SIGNS, LEAST_LETTERS)
        and _is_share(sum(map(_is_everyday, chinese)), chinese, LEAST_CHINESE, LEAST_EVERYDAY)
        and _is_share(said, words, LEAST_WORDS, LEAST_SAID)
    )


def _is_share(count: int, some: Sequence[str], least: int, share: float) -> bool:
    return len(some) < least or count >= share * len(some)


def _is_everyday(character: str) -> bool:
    for encoding, first, last in _EVERYDAY:
        code = character.encode(encoding, "ignore")
        if code and first <= code[0] <= last:
            return True
    return False
