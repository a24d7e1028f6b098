"""Which of the ordered candidates a line really lists: one after the other, by what is left to explain."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from domain.clinical.coding.features import MORPHOLOGY
from domain.clinical.coding.gram_index import Floats
from domain.clinical.coding.lines import Line, cover
from domain.clinical.coding.normalisation import expand, substrings

# A line lists a few diagnoses: what stands further behind explains nothing new.
MAX_CANDIDATES = 15
# The share from which on a pair is worth naming: about half of the F1 that can be had (Lipton et al. 2014).
WORTH_NAMING = 0.33
# The order of these is that of the stored weights: a new one makes older files unreadable.
STEP = (
    "score",
    "behind_best",
    "before_next",
    "rank",
    "chosen",
    "is_first",
    "new_share",
    "explains",
    "explains_new",
    "unexplained",
    "is_morphology",
    "second_morphology",
    "explained_again",
    "contains_chosen",
    "parts",
    "line_length",
    "score_later",
    "chosen_of_parts",
    "behind_chosen",
)
# A hand-set line: the best candidate is named where it is likely, another one where it explains what is left.
GENERAL: Mapping[str, float] = {
    "score": 0.5,
    "behind_best": -0.3,
    "is_first": 1.0,
    "explains_new": 3.0,
    "new_share": 2.0,
    "contains_chosen": -2.0,
    "chosen": -0.3,
}
GENERAL_BIAS = -3.0


@dataclass(frozen=True)
class ScoredTerm:
    """A candidate: its folded name, its code and the logarithm of its odds."""

    name: str
    code: str
    score: float

    @property
    def is_morphology(self) -> bool:
        return bool(MORPHOLOGY.match(self.code))


@dataclass(frozen=True)
class Chooser:
    mean: Floats
    scale: Floats
    weights: Floats
    bias: float

    @classmethod
    def untrained(cls) -> Self:
        size = len(STEP)
        weights = np.array([GENERAL.get(name, 0.0) for name in STEP], np.float32)
        return cls(np.zeros(size, np.float32), np.ones(size, np.float32), weights, GENERAL_BIAS)

    @classmethod
    def trained(cls, lines: Sequence[tuple[Line, Sequence[ScoredTerm], Sequence[bool]]]) -> Self:
        """Of lines with their candidates, best first, and which of them are right."""
        from sklearn.linear_model import LogisticRegression

        rows: list[list[float]] = []
        right: list[bool] = []
        for line, candidates, is_right in lines:
            verdicts = iter(is_right)
            # Each step is seen as it is when those before it were decided rightly.
            steps, _ = walk_candidates(line, candidates, lambda _step, verdicts=verdicts: next(verdicts))  # type: ignore[misc]
            rows += steps
            right += list(is_right[: len(steps)])
        numbers = np.array(rows, np.float32)
        mean, scale = numbers.mean(axis=0), 1 / (numbers.std(axis=0) + 1e-6)
        model = LogisticRegression(max_iter=500).fit((numbers - mean) * scale, right)
        return cls(mean, scale, model.coef_[0].astype(np.float32), float(model.intercept_[0]))

    def chosen(self, line: Line, candidates: Sequence[ScoredTerm]) -> list[int]:
        """Places of those to name; the best one where none convinces."""
        _, choices = walk_candidates(line, candidates, self._is_worth_naming)
        return choices or [0][: len(candidates)]

    def _is_worth_naming(self, step: Sequence[float]) -> bool:
        numbers = (np.array(step, np.float32) - self.mean) * self.scale
        logit = float(numbers @ self.weights + self.bias)
        return bool(logit > np.log(WORTH_NAMING / (1 - WORTH_NAMING)))


def walk_candidates(
    line: Line, candidates: Sequence[ScoredTerm], is_taken: Callable[[Sequence[float]], bool]
) -> tuple[list[list[float]], list[int]]:
    """What was known at each step, and the places that were taken."""
    text = line.forms[-1]
    is_explained = np.zeros(len(text), bool)
    steps: list[list[float]] = []
    choices: list[int] = []
    for place, candidate in enumerate(candidates[:MAX_CANDIDATES]):
        marks = np.zeros(len(text), bool)
        for form in {candidate.name, expand(candidate.name)}:
            marks |= np.array(cover(text, substrings(form))[0], bool)
        before = [candidates[each] for each in choices]
        step = _step(line, candidates, place, before, marks, is_explained)
        steps.append(step)
        if is_taken(step):
            choices.append(place)
            is_explained |= marks
    return steps, choices


def _step(
    line: Line,
    candidates: Sequence[ScoredTerm],
    place: int,
    before: Sequence[ScoredTerm],
    marks: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    is_explained: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> list[float]:
    candidate = candidates[place]
    size = max(len(is_explained), 1)
    new = int((marks & ~is_explained).sum())
    new_share = new / max(int(marks.sum()), 1)
    following = candidates[place + 1].score if place + 1 < len(candidates) else candidate.score
    again = any(each.is_morphology == candidate.is_morphology for each in before)
    return [
        candidate.score,
        candidates[0].score - candidate.score,
        candidate.score - following,
        float(np.log1p(place)),
        len(before),
        not before,
        new_share,
        int(marks.sum()) / size,
        new / size,
        1 - float(is_explained.mean()) if len(is_explained) else 0.0,
        candidate.is_morphology,
        candidate.is_morphology and again,
        (1 - new_share) * again * (not candidate.is_morphology),
        any(candidate.name in each.name or each.name in candidate.name for each in before),
        min(len(line.units), 12) / 6,
        min(size, 60) / 20,
        candidate.score if before else 0.0,
        len(before) / max(len(line.units) / 2, 1),
        max((each.score for each in before), default=0.0) - candidate.score,
    ]
