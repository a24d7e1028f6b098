"""Finds texts that were made of what somebody wrote, where no row says so."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

# A greeting, a product's name and the like tell nothing about whoever wrote it. Chinese says as much in half the characters.
LEAST_WEIGHT = 8
# Here the characters of East Asia begin, which are twice as wide.
FIRST_WIDE_CHARACTER = "\u2e80"


@dataclass(frozen=True)
class Words:
    """`messages`: what somebody wrote. `addresses`: their mail addresses and telephone numbers."""

    messages: tuple[str, ...]
    addresses: tuple[str, ...] = ()

    def are_in(self, text: str) -> bool:
        """The text is one of the messages or a piece of one, holds one, or names an address."""
        text = _fold(text)
        if any(address in text for address in self._addresses):
            return True
        if _weight(text) < LEAST_WEIGHT:
            return False
        return text in self._all or any(message in text for message in self._messages)

    @cached_property
    def _messages(self) -> tuple[str, ...]:
        texts = {_fold(message) for message in self.messages}
        return tuple(message for message in texts if _weight(message) >= LEAST_WEIGHT)

    @cached_property
    def _all(self) -> str:
        return "\n".join(self._messages)

    @cached_property
    def _addresses(self) -> tuple[str, ...]:
        return tuple(_fold(address) for address in self.addresses if len(address) >= LEAST_WEIGHT)


def words_of(messages: Iterable[str], addresses: Iterable[str] = ()) -> Words:
    return Words(tuple(messages), tuple(addresses))


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _weight(text: str) -> int:
    return sum(2 if character >= FIRST_WIDE_CHARACTER else 1 for character in text)
