"""Names of drugs in what is said and written. A drug of the record must have been named: sounding alike is not enough."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property
from pathlib import Path
from typing import Self

from domain.clinical.records.record import Problem
from domain.clinical.word_lists import read_patterns
from llm_backend import patterns
from llm_backend.wording import normalise

NAMES = Path(__file__).with_name("drugs.txt")
# How alike two names look before one is called the other's mishearing.
_ALIKE = 0.6
_WORDS = read_patterns(Path(__file__).with_name("drug_endings.toml"))
# Words that end like a drug.
_NO_DRUG = frozenset({"cholesterol", "cocaine", "devoir", "reservoir", "season", "reason"})


@dataclass(frozen=True, slots=True)
class Mention:
    """`drug`: one spelling for all names of it."""

    drug: str
    written: str
    start: int
    end: int


@dataclass(frozen=True)
class Drugs:
    """`names`: each known name, in plain writing, with the drug it means."""

    names: Mapping[str, str]

    @classmethod
    def of(cls, lines: Iterable[str]) -> Self:
        names: dict[str, str] = {}
        for line in lines:
            several = [normalise(name).strip() for name in line.split(",") if name.strip()]
            names |= {name: names.get(several[0], several[0]) for name in several}
        return cls(names)

    def with_names(self, names: Iterable[str]) -> "Drugs":
        """And those of the hospital's own catalogue."""
        # A single character names nothing: it would be found everywhere.
        own = {normalise(name).strip(): normalise(name).strip() for name in names if len(name.strip()) > 1}
        return Drugs(own | dict(self.names))

    def mentions(self, text: str) -> list[Mention]:
        plain = normalise(text)
        named_drugs = [
            Mention(self.names[match[0]], text[match.start() : match.end()], match.start(), match.end())
            for match in self._pattern.finditer(plain)
        ]
        # A listed name is not found a second time by its ending.
        rest = list(plain)
        for mention in named_drugs:
            rest[mention.start : mention.end] = "|" * (mention.end - mention.start)
        return sorted([*named_drugs, *_by_ending(text, "".join(rest))], key=lambda mention: mention.start)

    def problems(self, claim: str, source_text: str) -> list[Problem]:
        """`unknown_drug`: one that was not named, with the name that looks like it where there is one."""
        spoken_drugs = {mention.drug for mention in self.mentions(source_text)}
        plain = normalise(source_text)
        return [
            Problem(code="unknown_drug", words=_with_lookalike(mention.written, source_text))
            for mention in self.mentions(claim)
            if mention.drug not in spoken_drugs and mention.drug not in plain
        ]

    @cached_property
    def _pattern(self) -> patterns.Pattern[str]:
        latin = patterns.words(filter(str.isascii, self.names), before="(?<![a-z0-9])", after="(?![a-z0-9])")
        return patterns.either(latin, patterns.words(name for name in self.names if not name.isascii()))


@cache
def built_in() -> Drugs:
    lines = NAMES.read_text(encoding="utf-8").splitlines()
    return Drugs.of(line for line in lines if line and not line.startswith("#"))


def _by_ending(text: str, plain: str) -> list[Mention]:
    mentions = []
    for match in _WORDS["ending"].finditer(plain):
        if match[0] not in _NO_DRUG:
            mentions.append(Mention(match[0], text[match.start() : match.end()], match.start(), match.end()))
    for match in _WORDS["chinese_ending"].finditer(plain):
        start = (
            match.start() + len(front[0]) if (front := _WORDS["in_front"].match(match[0])) else match.start()
        )
        mentions.append(Mention(plain[start : match.end()], text[start : match.end()], start, match.end()))
    return mentions


def _with_lookalike(name: str, source_text: str) -> str:
    plain = normalise(name)
    if plain.isascii():
        words = patterns.findall(r"[a-z]{4,}", normalise(source_text))
    else:
        places = range(max(0, len(source_text) - len(plain) + 1))
        words = [source_text[place : place + len(plain)] for place in places]
    # Both names are told: a reader sees at once whether it was misheard or made up.
    alike = get_close_matches(plain, words, n=1, cutoff=_ALIKE)
    return f"{name} ≠ {alike[0]}" if alike else name
