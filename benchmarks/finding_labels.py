"""A stretch of dialogue to labels such as 症状:胸闷-状态:阳性, over a given list of items: by rules alone, and by what
labelled dialogues teach about the state of what is named in them (linear classifiers over the words around it).
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import numpy as np

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


@cache
def _read_lexicon() -> dict[str, dict[str, list[str]]]:
    """`related`: narrower or vaguer words that may speak of a finding and do not name it."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


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
        known, related = general_terms(), _read_lexicon()["related"]
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


Features = dict[str, float]
Case = tuple[Item, Features]
# How likely each label is.
Scores = dict[str, float]
_FOLDS = 4
_STRENGTH = 3.0
_SEEN = 3
_CUTS = tuple(round(float(cut), 3) for cut in np.arange(0.2, 0.75, 0.025))
_CONTEXT = 4
_REPLY = 3


@dataclass(frozen=True, slots=True)
class Window:
    """`dialogue`: the number of the dialogue that it is a part of."""

    dialogue: int
    transcript: ClinicalTranscript
    labels: frozenset[str]


class LabelModel:
    def __init__(self, ontology: Ontology) -> None:
        from sklearn.feature_extraction import DictVectorizer

        self._ontology = ontology
        self._vectorizer = DictVectorizer()
        self._classifiers: dict[str, Any] = {}
        self.window_cut = 0.5
        self.dialogue_cut = 0.5

    @classmethod
    def trained(cls, windows: Sequence[Window], ontology: Ontology) -> "LabelModel":
        """The cuts are where dialogues held out within the training rows are told best."""
        cases = [list(_cases(window.transcript, ontology)) for window in windows]
        pairs = list(zip(windows, cases, strict=True))
        model = cls._fitted(pairs, ontology)
        held_out: list[tuple[Window, Scores]] = []
        for fold in range(_FOLDS):
            inner = cls._fitted([pair for pair in pairs if pair[0].dialogue % _FOLDS != fold], ontology)
            rest = [pair for pair in pairs if pair[0].dialogue % _FOLDS == fold]
            scores = inner._scored([each for _, each in rest])
            held_out += zip([window for window, _ in rest], scores, strict=True)

        def told_at(cut: float) -> list[tuple[Window, set[str]]]:
            return [(window, labels_above(scores, cut)) for window, scores in held_out]

        model.window_cut = max(_CUTS, key=lambda cut: f1([(w.labels, told) for w, told in told_at(cut)]))
        model.dialogue_cut = max(_CUTS, key=lambda cut: f1(labels_by_dialogue(told_at(cut))))
        return model

    @classmethod
    def _fitted(cls, windows: Sequence[tuple[Window, list[Case]]], ontology: Ontology) -> "LabelModel":
        from sklearn.linear_model import LogisticRegression

        model = cls(ontology)
        known = [(window, *case) for window, cases in windows for case in cases]
        every = model._vectorizer.fit_transform([features for _, _, features in known])
        seen_again = every.getnnz(axis=0) >= _SEEN
        model._vectorizer.restrict(seen_again)
        matrix = _narrow(every[:, seen_again])
        for state in STATES:
            wanted = [item.labelled(state) in window.labels for window, item, _ in known]
            if any(wanted) and not all(wanted):
                classifier = LogisticRegression(C=_STRENGTH, solver="liblinear")
                model._classifiers[state] = classifier.fit(matrix, wanted)
        return model

    def scores(self, transcripts: Sequence[ClinicalTranscript]) -> list[Scores]:
        """Of each transcript, all labels that are thinkable."""
        return self._scored([list(_cases(each, self._ontology)) for each in transcripts])

    def _scored(self, cases: Sequence[list[Case]]) -> list[Scores]:
        found: list[Scores] = [{} for _ in cases]
        flat = [(number, item, features) for number, each in enumerate(cases) for item, features in each]
        if not flat:
            return found
        matrix = _narrow(self._vectorizer.transform([features for _, _, features in flat]))
        for state, classifier in self._classifiers.items():
            for (number, item, _), score in zip(flat, classifier.predict_proba(matrix)[:, 1], strict=True):
                found[number][item.labelled(state)] = float(score)
        return found


def _narrow(matrix: Any) -> Any:
    """The solver takes no 64-bit indices."""
    matrix.indices, matrix.indptr = matrix.indices.astype(np.int32), matrix.indptr.astype(np.int32)
    return matrix


def labels_above(scores: Scores, cut: float) -> set[str]:
    return {label for label, score in scores.items() if score >= cut}


def f1(pairs: Sequence[tuple[set[str] | frozenset[str], set[str]]]) -> float:
    """Of all labels together; pairs of what is right and what is told."""
    hit = sum(len(right & told) for right, told in pairs)
    return 2 * hit / max(1, sum(len(right) + len(told) for right, told in pairs))


def labels_by_dialogue(windows: Sequence[tuple[Window, set[str]]]) -> list[tuple[set[str], set[str]]]:
    """Of each dialogue: the labels of all its windows."""
    right: dict[int, set[str]] = defaultdict(set)
    told: dict[int, set[str]] = defaultdict(set)
    for window, labels in windows:
        right[window.dialogue] |= window.labels
        told[window.dialogue] |= labels
    return [(right[dialogue], told[dialogue]) for dialogue in right]


def _cases(transcript: ClinicalTranscript, ontology: Ontology) -> Iterator[Case]:
    for item, named in ontology.named(transcript).items():
        features = {feature for each in named for feature in _of_mention(transcript, each)}
        features |= {f"last|{each}" for each in _of_place(transcript, named[-1])}
        features |= {f"item={item.name}", f"category={item.category}", f"mentions={min(len(named), 3)}"}
        yield item, dict.fromkeys(sorted(features), 1.0)


def _of_place(transcript: ClinicalTranscript, named: ItemMention) -> list[str]:
    said = named.assertion
    state = f"{named.speaker}|{said.status}|{said.is_finding}|{is_answered(transcript, named)}"
    return [state, f"{named.item.category}|{state}", f"{named.item.name}|{state}"]


def _of_mention(transcript: ClinicalTranscript, named: ItemMention) -> Iterator[str]:
    who, kind, name = named.speaker, named.item.category, named.item.name
    yield from (*_of_place(transcript, named), f"{name}|{named.text}", f"{name}|{named.text}|{who}")
    before, after = sides_of(transcript, named)
    for length in range(1, _CONTEXT + 1):
        yield from (f"{who}|{length}<{before[-length:]}", f"{kind}|{who}|{length}>{after[:length]}")
    clause = clause_of(transcript, named)
    yield from (f"{kind}|{who}|{clause[at : at + 2]}" for at in range(len(clause) - 1))
    yield from (f"{who}|{clause[at : at + 3]}" for at in range(len(clause) - 2))
    if named.utterance + 1 < len(transcript.utterances):
        reply = transcript.utterances[named.utterance + 1]
        yield from (f"{who}|{reply.speaker}:{reply.text[:length]}" for length in range(1, _REPLY + 1))
    else:
        yield f"{who}|unanswered"


def ontology_of(content: Mapping[str, Any]) -> Ontology:
    return Ontology({category: names for category, names in content.items() if category != "状态"})
