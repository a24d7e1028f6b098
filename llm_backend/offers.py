"""What an offer asks for and what it gives: 买一送一, “buy one, get one free”, 满 200 减 30, “$30 off orders over $200”."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from llm_backend import figures, patterns

_COUNT = r"\d{1,2}|[一二两三四五六七八九十]{1,2}"
_COUNT_EN = rf"another|{'|'.join(figures.COUNT_WORDS)}|\d{{1,2}}"
_NUMBER = r"\d{1,3}(?:,\d{3}){1,2}(?!\d)|\d{1,6}(?:\.\d{1,2})?"
_SUM = rf"[$¥￥€£]?\s?({_NUMBER})(?![\d%])(?:\s?(?:yuan|rmb|dollars?|euros?|pounds?)(?![a-z]))?"
_BETWEEN = (
    r"(?: (?:on|when|if|for|with|you|your|an?|the|any|all|every|next|first|minimum|orders?|purchases?)){0,5}?"
    r" (?:over|above|of|spend|spending|every|reach|reaching)(?: (?:at|least|or|over)){0,2}"
)
_GIFTS = (
    patterns.compile(rf"买\s?({_COUNT})[^\W\d_]?\s?[送赠]\s?({_COUNT})"),
    patterns.compile(
        rf"(?<![a-z])(?:bogo|buy (?:any )?({_COUNT_EN}),? (?:and )?get ({_COUNT_EN})"
        r"(?:(?: (?:more|extra))?,?(?: for)? free|(?=\s?(?:[.,;!)\n]|$))))(?![a-z])"
    ),
)
_THRESHOLDS = (
    patterns.compile(rf"满\s?({_NUMBER})\s?(?:[美欧日]?元|块|英镑)?[,，]?\s?[可立直]?[减降返]\s?({_NUMBER})"),
    patterns.compile(
        rf"(?<![a-z])spend (?:over |at least |more than )?{_SUM}(?: or more)?,? (?:and |to |you )?"
        rf"(?:get|save|receive|enjoy|take)(?: an| extra){{0,2}} {_SUM}"
    ),
)
# What is given is said first.
_THRESHOLDS_TURNED = (
    patterns.compile(rf"(?<![\w.,]){_SUM} (?:off|discount|back){_BETWEEN} {_SUM}"),
    patterns.compile(rf"(?<![a-z])save {_SUM}{_BETWEEN} {_SUM}"),
)


class Offer(NamedTuple):
    kind: Literal["gift", "threshold"]
    asked: str
    given: str


def offers(plain: str) -> Iterator[tuple[Offer, tuple[int, int]]]:
    """Of a text in small letters, each with its place."""
    for pattern in _GIFTS:
        for match in pattern.finditer(plain):
            asked, given = (_value(each or "one") for each in match.groups())
            yield Offer("gift", asked, given), match.span()
    for pattern in _THRESHOLDS:
        for match in pattern.finditer(plain):
            yield Offer("threshold", _value(match[1]), _value(match[2])), match.span()
    for pattern in _THRESHOLDS_TURNED:
        for match in pattern.finditer(plain):
            yield Offer("threshold", _value(match[2]), _value(match[1])), match.span()


def _value(text: str) -> str:
    if text[0].isdigit():
        return figures.decimal(text)
    return str(1 if text == "another" else figures.count(text))
