"""Sessions again, where people have said of earlier ones which were anomalies."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from domain.logs.detection.sessions import (
    MAX_EVENTS_PER_SESSION,
    MAX_TRAINING_SESSIONS,
    SCORED_AT_ONCE,
    Event,
    Floats,
    Session,
    SessionModel,
    tail_digits,
)

TREES = 200
MAX_STEPS = 500
MIN_OF_EACH = 2
Step = tuple[Event, ...]
Matrix = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class LabelledSessionModel:
    """A forest over counts of events and of steps, and over what is odd to the model of the normal sessions.

    The probability to alarm at is the one with the best F1 on sessions that a tree had not learnt (out of bag).
    """

    normal: SessionModel
    features: "_Features"
    forest: Any
    threshold: float
    normal_votes: Floats = field(repr=False)
    """Of normal sessions, by trees that had not learnt them; sorted."""

    @classmethod
    def train(cls, sessions: Sequence[Session], is_anomaly: Sequence[bool]) -> "LabelledSessionModel":
        """Raises ValueError when there are not at least two sessions of each kind."""
        labels = np.array(is_anomaly[-MAX_TRAINING_SESSIONS:], dtype=bool)
        bounded_sessions = [
            tuple(each[:MAX_EVENTS_PER_SESSION]) for each in sessions[-MAX_TRAINING_SESSIONS:]
        ]
        if min(labels.sum(), (~labels).sum()) < MIN_OF_EACH:
            raise ValueError("labelled history needs at least two anomalies and two normal sessions")
        normal = SessionModel.train(
            [each for each, odd in zip(bounded_sessions, labels, strict=True) if not odd]
        )
        features = _Features.learnt(bounded_sessions)
        # Loaded by who learns: every process knows this module.
        from sklearn.ensemble import RandomForestClassifier

        forest = RandomForestClassifier(
            TREES,
            oob_score=True,
            class_weight="balanced_subsample",
            min_samples_leaf=1,
            random_state=0,
            n_jobs=1,
        )
        forest.fit(_with_normal(features, normal, bounded_sessions), labels)
        # A session that every tree has learnt has no vote out of bag; there are hardly any.
        votes = np.nan_to_num(forest.oob_decision_function_[:, 1])
        return cls(normal, features, forest, best_f1_threshold(votes, labels), np.sort(votes[~labels]))

    def probabilities(self, sessions: Sequence[Session]) -> Floats:
        probabilities = [np.zeros(0)]
        for start in range(0, len(sessions), SCORED_AT_ONCE):
            batch = [
                tuple(each[:MAX_EVENTS_PER_SESSION]) for each in sessions[start : start + SCORED_AT_ONCE]
            ]
            probabilities.append(
                self.forest.predict_proba(_with_normal(self.features, self.normal, batch))[:, 1]
            )
        return np.concatenate(probabilities)

    def p_values(self, sessions: Sequence[Session]) -> Floats:
        """The share of normal sessions that look as much like an anomaly; 1 for those that are none by the labels."""
        votes = self.probabilities(sessions)
        p_values = 10 ** -tail_digits(_log_odds(self.normal_votes), _log_odds(votes))
        return np.asarray(np.where(votes >= self.threshold, p_values, 1.0), dtype=np.float64)

    def alarms(self, sessions: Sequence[Session]) -> list[bool]:
        return [bool(each) for each in self.probabilities(sessions) >= self.threshold]


def _log_odds(votes: Floats) -> Floats:
    """In digits, with half a tree for either side: what lies beyond all normal sessions is still told apart."""
    return np.asarray(np.log10((votes * TREES + 0.5) / ((1 - votes) * TREES + 0.5)), dtype=np.float64)


def best_f1_threshold(scores: Floats, labels: np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    """The middle between the last score that is worth an alarm and the next."""
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(labels[order])
    f1 = 2 * right / (np.arange(1, len(scores) + 1) + labels.sum())
    # Equal scores go together, so only the last of them is a place to cut.
    is_last = np.append(np.diff(scores[order]) != 0, True)
    place = int(np.argmax(np.where(is_last, f1, -1.0)))
    following = scores[order[place + 1]] if place + 1 < len(scores) else 0.0
    return float((scores[order[place]] + following) / 2)


@dataclass(frozen=True)
class _Features:
    events: dict[Event, int]
    steps: dict[Step, int]

    @classmethod
    def learnt(cls, sessions: Sequence[tuple[Event, ...]]) -> "_Features":
        events = Counter(event for session in sessions for event in set(session))
        steps = Counter(step for session in sessions for step in set(_pairs(session)))
        return cls(
            {event: place for place, (event, _) in enumerate(events.most_common(MAX_STEPS))},
            {step: place for place, (step, _) in enumerate(steps.most_common(MAX_STEPS))},
        )

    def matrix(self, sessions: Sequence[tuple[Event, ...]]) -> Matrix:
        # Single precision is what the forest works with.
        matrix = np.zeros((len(sessions), len(self.events) + len(self.steps)), dtype=np.float32)
        for row, session in enumerate(sessions):
            for event, count in Counter(session).items():
                if event in self.events:
                    matrix[row, self.events[event]] = count
            for step, count in Counter(_pairs(session)).items():
                if step in self.steps:
                    matrix[row, len(self.events) + self.steps[step]] = count
        return matrix


def _with_normal(features: _Features, normal: SessionModel, sessions: Sequence[tuple[Event, ...]]) -> Matrix:
    lengths = np.array([[len(each)] for each in sessions], dtype=np.float64)
    return np.concatenate(
        [features.matrix(sessions), normal.normal.answers(sessions)[:, :2], lengths], axis=1
    )


def _pairs(session: tuple[Event, ...]) -> list[Step]:
    return list(pairwise(session))
