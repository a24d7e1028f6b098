"""The shop's products in a message, by the names that it and its visitors use."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

BAR = "|"
_LATIN = patterns.compile(r"[a-z0-9]")
# An English plural is the same thing.
_ENDINGS = ("es", "s", "")


@dataclass(frozen=True)
class ProductNames:
    """Names by their first character, the longest first: a message is read once, however many products there are."""

    by_first: dict[str, list[tuple[str, str]]]

    @classmethod
    def of(cls, lines: Iterable[str]) -> "ProductNames":
        """Lines such as `Green tea | 绿茶`: what the shop calls it, then other names of the same thing."""
        products: dict[str, str] = {}
        for line in lines:
            names = [name.strip() for name in line.split(BAR) if name.strip()]
            for name in names:
                products.setdefault(_plain(name), names[0])
        by_first: dict[str, list[tuple[str, str]]] = {}
        # Longest first, so that “green tea cup” is not taken for “green tea”.
        for name in sorted(products, key=len, reverse=True):
            by_first.setdefault(name[0], []).append((name, products[name]))
        return cls(by_first)

    def found(self, text: str) -> Iterator[tuple[str, str]]:
        """What was written and the product that it is, from left to right."""
        plain, place = _plain(text) if self.by_first else "", 0
        while place < len(plain):
            length, product = self._at(plain, place)
            if product:
                yield text[place : place + length], product
            place += length

    def _at(self, plain: str, place: int) -> tuple[int, str]:
        """The longest name that begins here, or one character of no product."""
        for name, product in self.by_first.get(plain[place], ()):
            if plain.startswith(name, place) and (length := _whole(plain, place, name)):
                return length, product
        return 1, ""


def _whole(plain: str, place: int, name: str) -> int:
    """The length of a name that stands alone; 0 inside a longer word. Chinese has no gaps between words."""
    if _LATIN.match(name[0]) and place and _LATIN.match(plain[place - 1]):
        return 0
    end = place + len(name)
    if not _LATIN.match(name[-1]):
        return len(name)
    for ending in _ENDINGS:
        if plain.startswith(ending, end) and not _LATIN.match(plain, end + len(ending)):
            return len(name) + len(ending)
    return 0


def _plain(text: str) -> str:
    """Small letters of one width, each in the place where it was written."""
    return "".join(plain if len(plain := nfkc(character).lower()) == 1 else character for character in text)


NO_PRODUCTS = ProductNames({})
