"""What labelled dialogues teach about the state of what is named in them: linear classifiers over the words around it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.finding_labels import dialogue_labels
from benchmarks.finding_labels.dialogue_labels import STATES, Item, ItemMention, Ontology
from domain.clinical.transcripts.transcript import ClinicalTranscript

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

        model.window_cut = max(_CUTS, key=lambda cut: f1([(w.labels, told) for w, told in told_at(cut)])[2])
        model.dialogue_cut = max(_CUTS, key=lambda cut: f1(labels_by_dialogue(told_at(cut)))[2])
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


def f1(pairs: Sequence[tuple[set[str] | frozenset[str], set[str]]]) -> tuple[float, float, float]:
    """Precision, recall and F1 of all labels together; pairs of what is right and what is told."""
    counts = np.array([(len(right & told), len(told), len(right)) for right, told in pairs] or [(0, 0, 0)])
    hit, told, right = counts.sum(axis=0).tolist()
    return hit / max(1, told), hit / max(1, right), 2 * hit / max(1, told + right)


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
    said, is_answered = named.assertion, dialogue_labels.is_answered(transcript, named)
    state = f"{named.speaker}|{said.status}|{said.is_finding}|{is_answered}"
    return [state, f"{named.item.category}|{state}", f"{named.item.name}|{state}"]


def _of_mention(transcript: ClinicalTranscript, named: ItemMention) -> Iterator[str]:
    who, kind, name = named.speaker, named.item.category, named.item.name
    yield from (*_of_place(transcript, named), f"{name}|{named.text}", f"{name}|{named.text}|{who}")
    before, after = dialogue_labels.sides_of(transcript, named)
    for length in range(1, _CONTEXT + 1):
        yield from (f"{who}|{length}<{before[-length:]}", f"{kind}|{who}|{length}>{after[:length]}")
    clause = dialogue_labels.clause_of(transcript, named)
    yield from (f"{kind}|{who}|{clause[at : at + 2]}" for at in range(len(clause) - 1))
    yield from (f"{who}|{clause[at : at + 3]}" for at in range(len(clause) - 2))
    if named.utterance + 1 < len(transcript.utterances):
        reply = transcript.utterances[named.utterance + 1]
        yield from (f"{who}|{reply.speaker}:{reply.text[:length]}" for length in range(1, _REPLY + 1))
    else:
        yield f"{who}|unanswered"


def ontology_of(content: Mapping[str, Any], states: str = "状态") -> Ontology:
    return Ontology({category: names for category, names in content.items() if category != states})
