"""Left, right or both: of which part of the body something is said."""

from pathlib import Path

from domain.clinical.records.record import Problem
from domain.clinical.word_lists import read_patterns
from llm_backend.wording import normalise

_WORDS = read_patterns(Path(__file__).with_suffix(".toml"))


def find_sides(text: str) -> frozenset[str]:
    """`left` and `right`; both of them where both sides are meant. Other senses of the words do not count."""
    plain = normalise(text)
    sides = {next(filter(None, groups)) for groups in _WORDS["english"].findall(plain)}
    sides |= set(_WORDS["which"].findall(plain))
    sides |= {"left" if each == "左" else "right" for each in _WORDS["chinese"].findall(plain)}
    return frozenset(sides | {"left", "right"}) if _WORDS["both"].search(plain) else frozenset(sides)


def problems(claim: str, source_text: str) -> list[Problem]:
    """`wrong_side`: one that nobody named."""
    return [
        Problem(code="wrong_side", words=side) for side in sorted(find_sides(claim) - find_sides(source_text))
    ]
