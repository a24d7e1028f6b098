"""Is a question the one that an answer was written for? Cosine and shared words together, and what forbids it.

For saved answers, where a wrong one is worse than none. Where the figures come from:
docs/decisions/saved-answers.md.
"""

from collections import Counter
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

Objection = Literal["", "numbers", "negation", "kind"]

# From here on two questions count as one: with embeddings of e5, and by their words alone.
CLOSE = 0.96
CLOSE_IN_WORDS = 0.85
# So far the best answer must lead the next one; otherwise the question asks for something in between.
LEAD = 0.02
# Vectors decide; among equally close ones, shared words do.
WORDS_SHARE = 0.03

_RUN = patterns.compile(r"(?P<chinese>[\u3400-\u9fff\uf900-\ufaff]+)|(?:(?![\u3400-\u9fff\uf900-\ufaff])\w)+")
# “1.5 kg” is not 15 kg, nor “-5” 5.
_MARK_IN_NUMBER = patterns.compile(r"(?<=\d)[.:/,~-](?=\d)|(?<![\w.])-(?=\d)|(?<=[a-z\d])[+%]")
_NUMBER = patterns.compile(
    r"(?:(?<![a-z])[a-z]++)?[-#]?\d[\w.-]*"
    r"|(?<![零一二两三四五六七八九十百千万半])[零一二两三四五六七八九十百千万半]++(?=[天年月日个次元块周号期折斤克])"
)
_WEEKDAY = patterns.compile(
    r"(?:周|星期|礼拜)([一二三四五六日天])(?!次)|\b(mon|tues|wednes|thurs|fri|satur|sun)days?\b"
)
_POLITE = patterns.compile(
    r"^\W*(?:(?:你好|您好|亲|请问(?:一下)?|请教(?:一下)?|(?:hi|hello|hey|excuse me|please)\b)\W*)+"
    r"|(?:(?<!\W)\W++)?(?:谢谢(?:你|您|了)?|多谢|thanks?(?: you)?|please)\W*+$"
)
_NOT = patterns.compile(r"[不没未无]|n['’]t\b|\b(?:not|no|never|unable|cannot|without)\b")
# “能不能”, “有没有” and “好不好” ask; they deny nothing.
_ASKS_WHETHER = patterns.compile(r"(.)[不没]\1|有没|不好意思|没关系")
_DENYING_PREFIXES = ("un", "in", "im", "dis", "non")
_KINDS = {
    "why": r"为什么|为啥|为何|怎么(?:会|还|没|不|无)|\bwhy\b|\bhow come\b",
    "time": r"多久|多长时间|什么时候|啥时候|何时|几天|几点|哪天|多少天"
    r"|\bwhen\b|\bhow (?:long|soon|many (?:days|weeks|hours))\b",
    "amount": r"多少|几个|几次|\bhow (?:much|many)\b",
    "where": r"哪里|哪儿|在哪|\bwhere\b",
    "how": r"怎么|怎样|如何|咋|\bhow\b",
}
_KIND_PATTERNS = {kind: patterns.compile(pattern) for kind, pattern in _KINDS.items()}


def plain(text: str) -> str:
    """A question without case, width, punctuation and politeness: what must be equal for two questions to be the same.
    Marks that belong to a number stay.
    """
    content = _POLITE.sub("", _fold(text))
    pieces = [*_RUN.finditer(content), *_MARK_IN_NUMBER.finditer(content)]
    return "".join(piece[0] for piece in sorted(pieces, key=lambda piece: piece.start())) or _fold(text)


def overlap(one: str, other: str) -> float:
    """Shared words, characters and pairs of them; 1 for the same text, 0 for nothing in common."""
    mine, yours = _words(one), _words(other)
    total = mine.total() + yours.total()
    return 2 * (mine & yours).total() / total if total else 0.0


def closeness(cosine: float, words_overlap: float) -> float:
    """0 for nothing in common and 1 for the same text. Shared words only decide between texts whose cosines are nearly
    equal.
    """
    return (cosine + WORDS_SHARE * words_overlap) / (1 + WORDS_SHARE)


def objection(one: str, other: str) -> Objection:
    """Why two questions are not the same, however close they are: one has an order number, one says “not”…"""
    if _numbers(one) != _numbers(other):
        return "numbers"
    if _denies(one) != _denies(other):
        return "negation"
    # “Opened” here and “unopened” there.
    only_in_one = _words(one).keys() ^ _words(other).keys()
    if any(f"{prefix}{word}" in only_in_one for word in only_in_one for prefix in _DENYING_PREFIXES):
        return "negation"
    kinds = {_question_kind(one), _question_kind(other)} - {""}
    return "kind" if len(kinds) > 1 else ""


def _fold(text: str) -> str:
    return nfkc(text).lower().strip()


@lru_cache(maxsize=50_000)
def _words(text: str) -> "Counter[str]":
    words: list[str] = []
    for run in _RUN.finditer(_fold(text)):
        words += list(run[0]) if run["chinese"] else [run[0]]
    return Counter(words + [f"{one} {following}" for one, following in pairwise(words)])


def _numbers(text: str) -> list[str]:
    """Also days of the week, in whichever word."""
    plain_text = _fold(text)
    weekdays = [chinese.replace("天", "日") or english for chinese, english in _WEEKDAY.findall(plain_text)]
    return sorted([*(number.strip(".-") for number in _NUMBER.findall(plain_text)), *weekdays])


def _denies(text: str) -> bool:
    return bool(_NOT.search(_ASKS_WHETHER.sub("", _fold(text))))


def _question_kind(text: str) -> str:
    plain_text = _fold(text)
    return next((kind for kind, pattern in _KIND_PATTERNS.items() if pattern.search(plain_text)), "")
