"""Figures whose order says what they are: 120×60×75, 1:50, from 3% to 5%, 买二送一, 满300减50."""

from collections.abc import Iterator

from llm_backend import figures, offers, patterns

_NUMBER = r"\d{1,9}(?:\.\d{1,4})?"
_CHAIN = patterns.compile(
    rf"(?<![\d.×x*])(?<!\d:){_NUMBER}(?:\s?(?:[^\W\d_x]{{1,2}}\s?)?[×x*:]\s?{_NUMBER}){{1,4}}(?!\d|[:×x*]\d)"
)
_DIGITS = patterns.compile(_NUMBER)
_SUM = rf"[$¥￥€£]?({_NUMBER})"
_FROM_TO = (
    patterns.compile(rf"[从由自]{_SUM}[^，。；,;\d]{{0,8}}[到至为]{_SUM}"),
    patterns.compile(rf"(?<![a-z])from {_SUM}[^,.;\d]{{0,14}} to {_SUM}"),
)
_TO_FROM = patterns.compile(rf"(?<![a-z])to {_SUM}[^,.;\d]{{0,14}} from {_SUM}")


def turned(plain: str, other: str) -> list[tuple[int, int]]:
    """Where a text in small letters says what the other one says with the same figures, in another order alone."""
    there = {order for order, _ in _orders(other)}
    others = {(order[0], *sorted(order[1:])) for order in there}
    return [
        span
        for order, span in _orders(plain)
        if order not in there and (order[0], *sorted(order[1:])) in others
    ]


def _orders(plain: str) -> Iterator[tuple[tuple[str, ...], tuple[int, int]]]:
    """Its kind with its figures, and where it stands."""
    for match in _CHAIN.finditer(plain):
        yield ("chain", *map(figures.decimal, _DIGITS.findall(match[0]))), match.span()
    for pattern in _FROM_TO:
        for match in pattern.finditer(plain):
            yield ("change", *map(figures.decimal, match.groups())), match.span()
    for match in _TO_FROM.finditer(plain):
        yield ("change", *map(figures.decimal, reversed(match.groups()))), match.span()
    yield from offers.offers(plain)
