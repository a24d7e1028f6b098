"""What must be the same in a text that was shortened, softened or translated: numbers, order ids, addresses, names."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from llm_backend import figures, patterns
from llm_backend.wording import normalise

# Kept to the letter, whatever the language.
_EXACT = patterns.compile(
    r"https?://[^\s<>\"'，。；！？（）]+[^\s<>\"'，。；！？（）.,;:!?)]"
    r"|[\w.+-]{1,64}+@[\w-]+(?:\.[\w-]+)+"
    r"|(?<![A-Za-z0-9])(?=[A-Za-z-]{0,64}\d)(?=\d*-?[A-Za-z])[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*(?![A-Za-z0-9])"
    r"|(?<![\d.])\d{6,}(?!\d)",
    patterns.ASCII,
)
_SHORTEST_ID = 4
# A capital inside a sentence. The first word has one anyway, and so have these.
_NAME = patterns.compile(r"(?<=[a-z0-9,;] )[A-Z][a-z]+(?: [A-Z][a-z]+)*")
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_MONTH_NUMBERS = {name[:3]: number for number, name in enumerate(_MONTHS, start=1)}
_MONTH_NAME = "(" + "|".join(f"{name}|{name[:3]}" for name in _MONTHS) + ")"
_MONTH = patterns.compile(rf"\b{_MONTH_NAME}\b\.?(?=\s*\d)|(?<=\d )\b{_MONTH_NAME}\b")
_NO_NAME = patterns.compile(rf"i|(?:mon|tues|wednes|thurs|fri|satur|sun)day|{_MONTH_NAME}|english|chinese")
_ORDINAL = patterns.compile(r"(?<=\d)(?:st|nd|rd|th)\b")


@dataclass(frozen=True)
class Changes:
    """What a rewording lost or added, as it was written; empty where everything stayed."""

    lost: list[str] = field(default_factory=list)
    added: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.lost or self.added)


def changes(before: str, after: str, *, names: Iterable[str] = (), is_translated: bool = False) -> Changes:
    """`names`: what may stand in `before` and then must in `after`; other names count only within a language."""
    exact_before, rest_before = _exact(before)
    exact_after, rest_after = _exact(after)
    numbers_before, numbers_after = _numbers(rest_before), _numbers(rest_after)
    must_stay = [name for name in names if name and name.lower() in before.lower()]
    if not is_translated:
        must_stay += [name for name in _NAME.findall(rest_before) if not _NO_NAME.fullmatch(name.lower())]
    lost_names = [name for name in dict.fromkeys(must_stay) if name.lower() not in after.lower()]
    return Changes(
        lost=[
            *_missing(exact_before, exact_after),
            *_missing(numbers_before, numbers_after),
            *lost_names,
        ],
        added=[*_missing(exact_after, exact_before), *_missing(numbers_after, numbers_before)],
    )


def _exact(text: str) -> tuple[dict[str, str], str]:
    """By one spelling, and the text without them."""
    pieces = [match[0] for match in _EXACT.finditer(text) if len(match[0]) >= _SHORTEST_ID]
    for piece in pieces:
        text = text.replace(piece, " ")
    return {piece.lower(): piece for piece in pieces}, text


def _numbers(text: str) -> dict[str, str]:
    """Three, 3 and 三 are one number where figures are counted; so are March 5 and 3月5日."""
    plain = _ORDINAL.sub("", normalise(text))
    plain = _MONTH.sub(lambda month: f" {_MONTH_NUMBERS[(month[1] or month[2])[:3]]} ", plain)
    return {number: number for number in figures.read(plain)}


def _missing(before: dict[str, str], after: dict[str, str]) -> list[str]:
    return [spelling for key, spelling in before.items() if key not in after]
