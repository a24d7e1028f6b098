"""Figures whose order says what they are: 120×60×75, 1:50, from 3% to 5%, 买二送一, 满300减50."""

from collections.abc import Iterator

from llm_backend import figures, offers, patterns

_NUMBER = r"\d{1,9}(?:\.\d{1,4})?"
_CHAIN = patterns.compile(
    rf"(?<![\d.×])(?<!\d:){_NUMBER}(?:\s?(?:[^\W\d_]{{1,2}}\s?)?[×:]\s?{_NUMBER}){{1,4}}(?!\d|[:×]\d)"
)
_DIGITS = patterns.compile(_NUMBER)
_SUM = rf"[$¥￥€£]?({_NUMBER})"
_FROM_TO = (
    patterns.compile(rf"[从由自]{_SUM}[^，。；,;\d]{{0,8}}[到至为]{_SUM}"),
    patterns.compile(rf"(?<![a-z])from {_SUM}[^,.;\d]{{0,14}} to {_SUM}"),
)
_TO_FROM = patterns.compile(rf"(?<![a-z])to {_SUM}[^,.;\d]{{0,14}} from {_SUM}")


def turned(before: str, after: str) -> list[str]:
    """What the source says of which the translation has all figures, in another order alone."""
    source, translation = list(_orders(before)), {order for order, _ in _orders(after)}
    others = {(order[0], *sorted(order[1:])) for order in translation}
    return [
        written
        for order, written in source
        if order not in translation and (order[0], *sorted(order[1:])) in others
    ]


def _orders(plain: str) -> Iterator[tuple[tuple[str, ...], str]]:
    """Its kind with its figures, and how it is written."""
    for match in _CHAIN.finditer(plain):
        yield ("chain", *map(figures.decimal, _DIGITS.findall(match[0]))), match[0]
    for pattern in _FROM_TO:
        for match in pattern.finditer(plain):
            yield ("change", *map(figures.decimal, match.groups())), match[0]
    for match in _TO_FROM.finditer(plain):
        yield ("change", *map(figures.decimal, reversed(match.groups()))), match[0]
    for offer, (start, end) in offers.offers(plain):
        yield offer, plain[start:end]
