"""What a catalogue consists of, what a hospital has confirmed, and what is proposed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """A term of a catalogue: a diagnosis, a drug or a test. `aliases`: other names the hospital knows it by."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """A line as it was written, and the names of the terms that a person confirmed for it."""

    text: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """`score`: between 0 and 1, to compare candidates of one line; it is not a probability of being right."""

    code: str
    name: str
    score: float
