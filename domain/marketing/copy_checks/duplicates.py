"""How much of one text is another, by runs of letters."""

from collections.abc import Iterable

from domain.marketing.copy_checks.folding import fold

GRAM = 3
# Two variants of one brief share its facts; half of all runs and more, and a reader takes them for the same.
SAME_FROM = 0.6


def likeness(text: str, other: str) -> float:
    """Shared runs of three letters, of all that either has; 1 for the same letters."""
    mine, theirs = _grams(text), _grams(other)
    return len(mine & theirs) / len(mine | theirs) if mine and theirs else 0.0


def nearest(text: str, others: Iterable[str]) -> float:
    return max((likeness(text, other) for other in others), default=0.0)


def _grams(text: str) -> frozenset[str]:
    letters = "".join(letter for letter in fold(text).plain if letter.isalnum())
    return frozenset(
        letters[place : place + GRAM] for place in range(max(1, len(letters) - GRAM + 1)) if letters
    )
