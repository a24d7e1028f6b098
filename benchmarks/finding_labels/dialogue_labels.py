"""A stretch of dialogue to labels such as 症状:胸闷-状态:阳性, over a given list of items, by rules alone."""

import tomllib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from domain.clinical.grounding.assertion import Assertion, find_assertion
from domain.clinical.records.record import Status
from domain.clinical.transcripts.language import CharacterSpan
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend import patterns

KINDS = ("symptom", "disease", "test", "operation", "history")
_GAP = r"[^，。,.？?！!；;\s不没无未]{0,4}?"


@dataclass(frozen=True)
class Lexicon:
    """How people say each term. “…” in a name stands for a few characters."""

    names: Mapping[str, Sequence[str]]

    def mentions(self, text: str) -> list[tuple[str, int, int]]:
        """Terms and their places, in order. A name within a longer one of another term does not count."""
        matches = ((term, match) for term, pattern in self._patterns for match in pattern.finditer(text))
        found = [(term, *match.span()) for term, match in matches if match[0]]
        kept: list[tuple[str, int, int]] = []
        for term, start, end in sorted(found, key=lambda each: (each[1], -each[2])):
            # Each that is kept reaches as far as those before it, or further.
            last = kept[-1][1:] if kept else (-1, -1)
            if end > last[1] or last == (start, end):
                kept.append((term, start, end))
        return kept

    @cached_property
    def _patterns(self) -> list[tuple[str, patterns.Pattern[str]]]:
        written = {term: {name for name in names if name.strip("…")} for term, names in self.names.items()}
        pairs = ((term, names) for term, names in written.items() if names)
        return [(term, patterns.words(names, gap=_GAP, flags=patterns.IGNORECASE)) for term, names in pairs]


def general_terms() -> dict[str, tuple[str, ...]]:
    """With their other names."""
    return {name: (name, *others) for kind in KINDS for name, others in _read_lexicon()[kind].items()}


def related_words() -> Mapping[str, list[str]]:
    """Narrower or vaguer words that may speak of a finding and do not name it."""
    return _read_lexicon()["related"]


@cache
def _read_lexicon() -> dict[str, dict[str, list[str]]]:
    return tomllib.loads(Path(__file__).with_name("findings.toml").read_text(encoding="utf-8"))


STATES = ("阳性", "阴性", "医生阳性", "医生阴性", "未知")
UNKNOWN = "未知"
_ADVISED = patterns.compile(
    r"建议|做个|做一|查个|查一|查下|复查|可以做|需要做|最好|去做|检查一下|行.{0,6}检查|必要时|完善|考虑做|应该做"
)
_DIAGNOSED = patterns.compile(r"考虑|属于|就是|诊断|是.{0,4}$|提示|说明|应该是|明确")
_CLAUSE = patterns.compile(r"[，,。；;！!？?\n]")
MASK = "M"


@dataclass(frozen=True, slots=True)
class Item:
    category: str
    name: str

    def labelled(self, state: str) -> str:
        return f"{self.category}:{self.name}-状态:{state}"


@dataclass(frozen=True, slots=True)
class ItemMention:
    """A place where an item is named, and what the rules say of it."""

    item: Item
    text: str
    place: CharacterSpan
    utterance: int
    speaker: Speaker
    assertion: Assertion


class Ontology:
    """The items of a list by category, found by the names our lexicon knows for them, or by their own."""

    def __init__(self, categories: Mapping[str, Sequence[str]]) -> None:
        self.items = {name: Item(category, name) for category, names in categories.items() for name in names}

    @cached_property
    def lexicon(self) -> Lexicon:
        known, related = general_terms(), related_words()
        return Lexicon({name: (*known.get(name, (name,)), *related.get(name, ())) for name in self.items})

    def named(self, transcript: ClinicalTranscript) -> dict[Item, list[ItemMention]]:
        found: dict[Item, list[ItemMention]] = defaultdict(list)
        for name, start, end in self.lexicon.mentions(transcript.text):
            item = self.items[name]
            number = transcript.utterance_at(start)
            speaker, assertion = transcript.utterances[number].speaker, find_assertion(transcript, start, end)
            text = transcript.text[start:end]
            found[item].append(ItemMention(item, text, (start, end), number, speaker, assertion))
        return found


def untrained_labels(transcript: ClinicalTranscript, ontology: Ontology) -> set[str]:
    """What the rules alone say. “Unknown” only of what nothing else is known of."""
    labels = set()
    for item, named in ontology.named(transcript).items():
        states = {_state(transcript, each) for each in named}
        labels |= {item.labelled(state) for state in (states - {UNKNOWN} or states)}
    return labels


def _state(transcript: ClinicalTranscript, named: ItemMention) -> str:
    said, is_doctor = named.assertion, named.speaker == "doctor"
    clause = clause_of(transcript, named)
    is_advised = is_doctor and named.item.category in ("检查", "手术") and _ADVISED.search(clause)
    if said.status is Status.FAMILY or (said.status is Status.UNSURE and not is_advised):
        return UNKNOWN
    if not is_doctor or is_answered(transcript, named):
        return "阴性" if said.status is Status.DENIED else "阳性"
    if said.status is Status.DENIED:
        return "医生阴性"
    pattern = _DIAGNOSED if named.item.category == "症状" else _ADVISED
    return "医生阳性" if pattern.search(clause) else UNKNOWN


def is_answered(transcript: ClinicalTranscript, named: ItemMention) -> bool:
    """Whether what tells the state stands in another utterance."""
    cue = named.assertion.cue
    return cue is not None and transcript.utterance_at(cue[0]) != named.utterance


def clause_of(transcript: ClinicalTranscript, named: ItemMention) -> str:
    before, after = sides_of(transcript, named)
    return _CLAUSE.split(before)[-1] + MASK + _CLAUSE.split(after)[0]


def sides_of(transcript: ClinicalTranscript, named: ItemMention) -> tuple[str, str]:
    start, end = transcript.bounds(named.utterance)
    return transcript.text[start : named.place[0]], transcript.text[named.place[1] : end]
