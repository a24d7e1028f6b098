"""Symptoms, diseases, tests and operations named in a transcript, each with its place and what is said about it."""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal, get_args

from domain.clinical.grounding.assertion import Assertion, find_assertion
from domain.clinical.transcripts.language import Language
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns

FindingKind = Literal["symptom", "disease", "test", "operation", "history"]
KINDS: tuple[FindingKind, ...] = get_args(FindingKind)
_GAP: Mapping[Language, str] = {"zh": r"[^，。,.？?！!；;\s不没无未]{0,4}?", "en": r"(?: +\w+){0,3}? +"}


@dataclass(frozen=True, slots=True)
class Term:
    """`names`: how people say it. “…” in a name stands for a few characters (zh) or up to three words (en)."""

    name: str
    kind: FindingKind
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Mention:
    term: Term
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Finding:
    """`start`, `end`: where the transcript's text names it. `speaker`: whose words these are."""

    name: str
    kind: FindingKind
    start: int
    end: int
    speaker: Speaker
    assertion: Assertion


@dataclass(frozen=True)
class Lexicon:
    terms: tuple[Term, ...]
    language: Language

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
        return [(term, _pattern(term.names, self.language)) for term in self.terms if term.names]

    def extended(self, terms: Iterable[Term]) -> "Lexicon":
        """With a hospital's own terms; one of the same name replaces ours."""
        own = {term.name: term for term in terms}
        return Lexicon((*(each for each in self.terms if each.name not in own), *own.values()), self.language)


def findings(transcript: ClinicalTranscript, lexicon: Lexicon | None = None) -> list[Finding]:
    """All that the lexicon knows, in order of place, what only might come and what was denied included."""
    lexicon = lexicon or general_lexicon("zh" if transcript.is_chinese else "en")
    all_findings = []
    for mention in lexicon.mentions(transcript.text):
        speaker = transcript.utterances[transcript.utterance_at(mention.start)].speaker
        assertion = find_assertion(transcript, mention.start, mention.end)
        term = mention.term
        all_findings.append(Finding(term.name, term.kind, mention.start, mention.end, speaker, assertion))
    return all_findings


@cache
def general_lexicon(language: Language) -> Lexicon:
    return Lexicon(
        tuple(
            Term(name, kind, (name, *others))
            for kind in KINDS
            for name, others in _read_lexicon()[language][kind].items()
        ),
        language,
    )


@cache
def related_words() -> Mapping[str, list[str]]:
    """Narrower or vaguer words that may speak of a finding and do not name it."""
    return _read_lexicon()["zh"]["related"]


@cache
def _read_lexicon() -> dict[str, dict[str, dict[str, list[str]]]]:
    return tomllib.loads(Path(__file__).with_name("findings.toml").read_text(encoding="utf-8"))


def _pattern(names: Iterable[str], language: Language) -> patterns.Pattern[str]:
    written = {name for name in names if name.strip("…")}
    before, after = (r"(?<!\w)", r"(?!\w)") if language == "en" else ("", "")
    return patterns.words(written, before=before, after=after, gap=_GAP[language], flags=patterns.IGNORECASE)
