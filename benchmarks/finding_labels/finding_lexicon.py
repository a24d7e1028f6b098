"""Symptoms, diseases, tests and operations named in a Chinese transcript, each with its place."""

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from llm_backend import patterns

KINDS = ("symptom", "disease", "test", "operation", "history")
_GAP = r"[^，。,.？?！!；;\s不没无未]{0,4}?"


@dataclass(frozen=True, slots=True)
class Term:
    """`names`: how people say it. “…” in a name stands for a few characters."""

    name: str
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    term: Term
    start: int
    end: int


@dataclass(frozen=True)
class Lexicon:
    terms: tuple[Term, ...]

    def mentions(self, text: str) -> list[Mention]:
        """In order of place. A name within a longer one of another term does not count."""
        found = [
            Mention(term, *match.span())
            for term, pattern in self._patterns
            for match in pattern.finditer(text)
            if match.end() > match.start()
        ]
        found.sort(key=lambda each: (each.start, -each.end))
        kept: list[Mention] = []
        reached = -1
        for mention in found:
            widest = kept[-1] if kept else None
            same = widest and (widest.start, widest.end) == (mention.start, mention.end)
            if mention.end > reached or same:
                kept.append(mention)
                reached = max(reached, mention.end)
        return kept

    @cached_property
    def _patterns(self) -> list[tuple[Term, patterns.Pattern[str]]]:
        written = ((term, {name for name in term.names if name.strip("…")}) for term in self.terms)
        pairs = ((term, names) for term, names in written if names)
        return [(term, patterns.words(names, gap=_GAP, flags=patterns.IGNORECASE)) for term, names in pairs]


def general_terms() -> Iterator[Term]:
    for kind in KINDS:
        for name, others in _read_lexicon()[kind].items():
            yield Term(name, (name, *others))


def related_words() -> Mapping[str, list[str]]:
    """Narrower or vaguer words that may speak of a finding and do not name it."""
    return _read_lexicon()["related"]


@cache
def _read_lexicon() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("findings.toml").read_text(encoding="utf-8"))
