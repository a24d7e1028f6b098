"""Parts of a whole and multiples in words: 三分之二 is two thirds and not one, 三成 is 30% and not 3%, 翻一番 is doubled."""

from collections.abc import Collection, Iterator
from fractions import Fraction

from domain.text.translation.segments import Pair
from llm_backend import figures, patterns

_CN = r"\d{1,4}|[一二两三四五六七八九十]{1,3}"
_CN_PART = patterns.compile(
    rf"({_CN})分之({_CN})(?![点\d])|(一半|半数)"
    r"|(?<![一二三四五六七八九十\d第])([一二三四五六七八九])成(半)?(?![为了功本立交熟就都分长年]|员(?!工))"
)
_EN = rf"\d{{1,4}}|{'|'.join(figures.COUNT_WORDS)}"
_PARTS = "half third fourth fifth sixth seventh eighth ninth tenth"
_PART_OF = {word: value for value, word in enumerate(_PARTS.split(), start=2)} | {"quarter": 4, "halve": 2}
# Half past nine is no part, a third party neither.
_EN_PART = patterns.compile(
    rf"(?<![a-z\d.])({_EN}|an?)[\s-]({'|'.join(_PART_OF)})s?(?!\w|\s(?:past|to|party|parties|time|person|year))"
    r"|(?<![a-z-])(half)(?!\w|-|\s(?:past|an?|hour|day|year))"
)
_EN_OUT_OF = patterns.compile(rf"(?<![a-z\d.])({_EN})\s(?:in|out\sof)(?:\severy)?\s({_EN})(?![a-z\d.])")
_SLASHED = patterns.compile(r"(?<![\d/.])(\d{1,2})\s?/\s?(\d{1,3})(?![\d/.])")
_PER_CENT = patterns.compile(r"(?<![\d.])(\d{1,3}(?:\.\d{1,4})?)\s?(?:%|％|per\s?cent)")
_BARE_NUMBER = patterns.compile(r"(?<![\d.,$€£¥])\d{1,3}(?:\.\d{1,4})?(?![\d.,]*\d|\s?[元块])")
# However a text says that a number is a share of something.
_MAY_BE_SHARE = patterns.compile(
    r"[%％‰成折半倍率]|百分|分之|个点|per\s?cent|percent|pct|points?(?![a-z])|half|third|quarter|rate|ratio|out of|times"
)
# As near as per cent say it: a third is 33%.
_NEAR = Fraction(1, 100)
# 增加两倍 is three times as much, and often meant as twice.
_CN_MULTIPLE = patterns.compile(
    rf"([^，。；、,;\d一二两三四五六七八九十]{{0,4}})(?<![\d.])(\d{{1,4}}(?:\.\d{{1,2}})?|{_CN})倍|翻了?([一两二三])?[番倍]"
)
_GROWTH = frozenset("增涨升多高大超")
_MULTIPLE_OF = {
    **dict.fromkeys(("double", "doubled", "doubles", "doubling", "twofold", "twice"), 2),
    **dict.fromkeys(("triple", "tripled", "triples", "tripling", "trebled", "threefold"), 3),
    **dict.fromkeys(("quadruple", "quadrupled", "quadruples", "fourfold"), 4),
    "fivefold": 5,
    "tenfold": 10,
}
# Twice a day is a frequency.
_OF_TIME = r"\s(?:an?|per|each|every|daily|weekly|monthly)(?!\w)"
_EN_MULTIPLE = patterns.compile(
    rf"(?<![a-z-])({'|'.join(_MULTIPLE_OF)})(?!\w|-|{_OF_TIME})"
    rf"|(?<![a-z\d.])(\d{{1,4}}(?:\.\d{{1,2}})?|{_EN})(?:\stimes(?!{_OF_TIME})|\s?[x×](?!\s?\w))"
)


def changed(source: str, translation: str, pair: Pair) -> list[str]:
    """The parts and multiples of the source of which the translation says others; none for languages not known here."""
    if {pair.source, pair.target} != {"zh", "en"}:
        return []
    before, after = source.lower(), translation.lower()
    return [
        *_other_parts(before, after),
        *_other_multiples(before, after),
        *_no_longer_per_cent(before, after),
        *_no_longer_per_cent(after, before),
    ]


def parts(plain: str) -> set[Fraction]:
    """Those that a text in small letters says in words or with a stroke."""
    return {part for part, _written in written_parts(plain)}


def _other_parts(before: str, after: str) -> list[str]:
    """One of both has to be in words: per cent in digits are compared as numbers."""
    source, translation = dict(written_parts(before)), dict(written_parts(after))
    of_source, of_translation = source | _per_cent(before), translation | _per_cent(after)
    lost = [part for part in of_source if not _is_near(part, of_translation)]
    added = [part for part in of_translation if not _is_near(part, of_source)]
    is_in_words = any(part in source for part in lost) or any(part in translation for part in added)
    return [of_source[part] for part in lost] if added and is_in_words else []


def _no_longer_per_cent(plain: str, other: str) -> list[str]:
    """What is so many per cent here, and so many of nothing where no share is told of: 减20 is not 20% off."""
    if _MAY_BE_SHARE.search(other):
        return []
    numbers = {figures.decimal(number) for number in _BARE_NUMBER.findall(other)}
    return [f"{number}%" for number in _PER_CENT.findall(plain) if figures.decimal(number) in numbers]


def _other_multiples(before: str, after: str) -> list[str]:
    source, translation = _multiples(before), _multiples(after)
    values, values_there = set().union(*source.values()), set().union(*translation.values())
    return [] if not translation or values & values_there else list(source)


def written_parts(plain: str) -> Iterator[tuple[Fraction, str]]:
    """Each part that a text in small letters says in words or with a stroke, and how it is written."""
    for match in _CN_PART.finditer(plain):
        if match[4]:
            yield Fraction(figures.whole(match[4]), 10) + Fraction(bool(match[5]), 20), match[0]
            continue
        whole, part = (2, 1) if match[3] else (figures.whole(match[1]), figures.whole(match[2]))
        yield from _part(part, whole, match[0])
    for match in _EN_PART.finditer(plain):
        part, whole = (1, 2) if match[3] else (figures.count(match[1]), _PART_OF[match[2]])
        yield from _part(part, whole, match[0])
    for match in (*_EN_OUT_OF.finditer(plain), *_SLASHED.finditer(plain)):
        yield from _part(figures.count(match[1]), figures.count(match[2]), match[0])


def _part(part: int, whole: int, written: str) -> Iterator[tuple[Fraction, str]]:
    if 0 < part < whole:
        yield Fraction(part, whole), written


def _per_cent(plain: str) -> dict[Fraction, str]:
    return {Fraction(number) / 100: f"{number}%" for number in _PER_CENT.findall(plain)}


def _is_near(part: Fraction, others: Collection[Fraction]) -> bool:
    return any(abs(part - other) <= _NEAR for other in others)


def _multiples(plain: str) -> dict[str, set[Fraction]]:
    """What stands there, with all that it may mean."""
    found: dict[str, set[Fraction]] = {}
    for match in _CN_MULTIPLE.finditer(plain):
        if match[2]:
            times = Fraction(match[2]) if match[2][0].isdigit() else Fraction(figures.whole(match[2]))
            found[match[0]] = {times, times + 1} if _GROWTH.intersection(match[1]) else {times}
        else:
            found[match[0]] = {Fraction(2 ** figures.whole(match[3] or "一"))}
    for match in _EN_MULTIPLE.finditer(plain):
        multiple = _MULTIPLE_OF.get(match[1] or "") or figures.COUNT_WORDS.get(match[2]) or match[2]
        found[match[0]] = {Fraction(multiple)}
    return found
