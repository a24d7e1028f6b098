"""Sessions (a request, a block, an instance) as sequences of template ids: which do not look like the normal ones.

Learnt from sessions that are taken for normal. Four questions are asked of each: does it hold an event that no normal
session had, are its counts far from those of every normal session, is one of its steps unlikely after the two before, and
how unlikely are its steps together. What an answer is worth comes from normal sessions that were left out of learning.
"""

import math
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from scipy.spatial.distance import cdist

from domain.logs.detection.anomalies import MAX_P_VALUE, Anomaly, Detections

Event = Hashable
Session = Sequence[Event]
Question = Literal["new_event", "counts", "step", "order"]
Floats = np.ndarray[Any, np.dtype[np.float64]]

QUESTIONS: tuple[Question, ...] = ("new_event", "counts", "step", "order")
FOLDS = 5
MAX_TRAINING_SESSIONS = 50_000
MAX_EVENTS_PER_SESSION = 5_000
MAX_COUNT_VECTORS = 2_000
MAX_EVENT_TYPES = 1_000
MAX_TRAINING_EVENTS = 2_000_000
SCORED_AT_ONCE = 1_000
# Digits for what was never seen; more would let one question outshout the three others together.
MAX_DIGITS = 6.0
# The count of an event that always occurs equally often may still be off by one without being far away.
MIN_SPREAD = 0.5
CERTAINTY = 0.95
_EDGE = ("edge of the session",)


@dataclass(frozen=True)
class SessionScore:
    """`p_value`: the share of normal sessions that would look at least as odd. `question`: what tells it most."""

    p_value: float
    question: Question
    new_events: tuple[Event, ...] = ()
    unlikely_step: int | None = None

    @property
    def surprise(self) -> float:
        return -math.log10(max(self.p_value, 1e-300))


@dataclass(frozen=True)
class SessionModel:
    """Raises ValueError when trained on fewer than two sessions."""

    normal: "_NormalSessions"
    calibration: "_Calibration"

    @classmethod
    def train(cls, sessions: Sequence[Session]) -> "SessionModel":
        """The last sessions count, as many as memory is set aside for: what is usual changes. Raises ValueError for
        fewer than two.
        """
        bounded_sessions = _last_sessions(sessions)
        if len(bounded_sessions) < 2:
            raise ValueError("a model of sessions needs at least two of them")
        folds = min(FOLDS, len(bounded_sessions))
        left_out = [
            _NormalSessions.learnt(
                [each for place, each in enumerate(bounded_sessions) if place % folds != fold]
            ).answers(bounded_sessions[fold::folds])
            for fold in range(folds)
        ]
        return cls(_NormalSessions.learnt(bounded_sessions), _Calibration.learnt(np.concatenate(left_out)))

    def scores(self, sessions: Sequence[Session]) -> list[SessionScore]:
        bounded_sessions = [tuple(each[:MAX_EVENTS_PER_SESSION]) for each in sessions]
        distinct = list(dict.fromkeys(bounded_sessions))
        digits = self.calibration.digits(self.normal.answers(distinct))
        p_values = self.calibration.p_values(digits)
        by_session = {
            session: SessionScore(
                float(p_value),
                QUESTIONS[int(np.argmax(row))],
                self.normal.new_events(session),
                self.normal.most_unlikely_step(session),
            )
            for session, row, p_value in zip(distinct, digits, p_values, strict=True)
        }
        return [by_session[each] for each in bounded_sessions]

    def detections(self, sessions: Mapping[str, Session], time: float) -> Detections:
        """Of finished sessions by their keys."""
        scores = self.scores(list(sessions.values()))
        anomalies = [
            Anomaly("session", key, time, score.p_value)
            for key, score in zip(sessions, scores, strict=True)
            if score.p_value <= MAX_P_VALUE
        ]
        return Detections("session", time, len(sessions), anomalies)

    def alarm_p_value(self, false_alarm_share: float) -> float:
        """The p-value to alarm at. A few normal sessions cannot tell one in a hundred; then what is odder than all."""
        return max(false_alarm_share, 1 / (len(self.calibration.answers) + 1))

    def held_share(self, false_alarm_share: float) -> float:
        """The share of false alarms that may be promised: the one asked for, or more where there were too few sessions."""
        return max(false_alarm_share, least_share(len(self.calibration.answers)))


def least_share(normal_sessions: int) -> float:
    """No rule learnt from so many normal sessions may promise fewer false alarms: an alarm at what is odder than all of them
    comes at more than this share of further normal sessions once in twenty times.
    """
    return float(1 - (1 - CERTAINTY) ** (1 / normal_sessions))


def least_sessions(false_alarm_share: float) -> int:
    """How many normal sessions it takes to promise this share."""
    return math.ceil(math.log(1 - CERTAINTY) / math.log1p(-false_alarm_share))


@dataclass(frozen=True)
class _NormalSessions:
    known_events: frozenset[Event]
    places: dict[Event, int]
    vectors: Floats
    weights: Floats
    follows: dict[tuple[Event, ...], Counter[Event]] = field(repr=False)

    @classmethod
    def learnt(cls, sessions: Sequence[tuple[Event, ...]]) -> "_NormalSessions":
        distinct = Counter(sessions)
        vectors: Counter[tuple[tuple[Event, int], ...]] = Counter()
        for session, count in distinct.items():
            vectors[tuple(sorted(Counter(session).items(), key=repr))] += count
        sums: Counter[Event] = Counter()
        squares: Counter[Event] = Counter()
        for vector, count in vectors.items():
            for event, occurrences in vector:
                sums[event] += count * occurrences
                squares[event] += count * occurrences**2
        places = {event: place for place, (event, _) in enumerate(sums.most_common(MAX_EVENT_TYPES))}
        variances = [squares[each] / len(sessions) - (sums[each] / len(sessions)) ** 2 for each in places]
        spread = np.sqrt(np.maximum(variances, MIN_SPREAD**2))
        usual = [dict(vector) for vector, _ in vectors.most_common(MAX_COUNT_VECTORS)]
        follows: dict[tuple[Event, ...], Counter[Event]] = {}
        for session, count in distinct.items():
            for context, event in _steps(session):
                for length in range(len(context) + 1):
                    follows.setdefault(context[length:], Counter())[event] += count
        return cls(frozenset(sums), places, _matrix(usual, places), 1 / spread, follows)

    def answers(self, sessions: Sequence[tuple[Event, ...]]) -> Floats:
        """One row per session, one column per question; more is odder."""
        rows = []
        for start in range(0, len(sessions), SCORED_AT_ONCE):
            batch = sessions[start : start + SCORED_AT_ONCE]
            vectors = _matrix([Counter(session) for session in batch], self.places)
            distances = cdist(vectors * self.weights, self.vectors * self.weights, "cityblock").min(axis=1)
            for session, distance in zip(batch, distances, strict=True):
                new = len(self.new_events(session))
                surprises = self._step_surprises(session)
                rows.append((new, distance + new, max(surprises), math.fsum(surprises)))
        return np.array(rows, dtype=np.float64).reshape(-1, len(QUESTIONS))

    def new_events(self, session: tuple[Event, ...]) -> tuple[Event, ...]:
        return tuple(dict.fromkeys(event for event in session if event not in self.known_events))

    def most_unlikely_step(self, session: tuple[Event, ...]) -> int | None:
        surprises = self._step_surprises(session)[:-1]
        return int(np.argmax(surprises)) if surprises else None

    def _step_surprises(self, session: tuple[Event, ...]) -> list[float]:
        """Digits of the probability of each event after the two before, mixed with shorter contexts (Witten-Bell)."""
        surprises = []
        for context, event in _steps(session):
            probability = 1 / (len(self.places) + 1)
            for length in range(len(context), -1, -1):
                followers = self.follows.get(context[length:])
                if followers is None:
                    continue
                total, kinds = followers.total(), len(followers)
                probability = (followers[event] + kinds * probability) / (total + kinds)
            surprises.append(min(MAX_DIGITS, -math.log10(probability)))
        return surprises


@dataclass(frozen=True)
class _Calibration:
    """Answers of normal sessions that the model had not learnt, sorted by question, and their highest digits."""

    answers: Floats
    highest_digits: Floats

    @classmethod
    def learnt(cls, answers: Floats) -> "_Calibration":
        calibration = cls(np.sort(answers, axis=0), np.zeros(0))
        return cls(calibration.answers, np.sort(calibration.digits(answers).max(axis=1)))

    def digits(self, answers: Floats) -> Floats:
        columns = [
            tail_digits(self.answers[:, column], answers[:, column]) for column in range(answers.shape[1])
        ]
        return np.stack(columns, axis=1)

    def p_values(self, digits: Floats) -> Floats:
        return np.asarray(10 ** -tail_digits(self.highest_digits, digits.max(axis=1)), dtype=np.float64)


def tail_digits(calibration: Floats, values: Floats) -> Floats:
    """Digits of the share of the calibration that is as large; beyond it an exponential tail as wide as its upper part."""
    count = len(calibration)
    as_large = count - np.searchsorted(calibration, values, side="left")
    upper = calibration[-max(1, count // 20) :]
    scale = max(float(upper.mean() - np.median(calibration)), 0.25)
    beyond = np.maximum(0.0, values - calibration[-1]) / scale * math.log10(math.e)
    return np.asarray(-np.log10((as_large + 1) / (count + 1)) + beyond, dtype=np.float64)


def _matrix(counts: Sequence[Mapping[Event, int]], places: Mapping[Event, int]) -> Floats:
    matrix = np.zeros((len(counts), max(1, len(places))))
    for row, occurrences in enumerate(counts):
        for event, count in occurrences.items():
            if event in places:
                matrix[row, places[event]] = count
    return matrix


def _last_sessions(sessions: Sequence[Session]) -> list[tuple[Event, ...]]:
    bounded_sessions: list[tuple[Event, ...]] = []
    events = 0
    for session in reversed(sessions[-MAX_TRAINING_SESSIONS:]):
        bounded_sessions.append(tuple(session[:MAX_EVENTS_PER_SESSION]))
        events += len(bounded_sessions[-1])
        if events > MAX_TRAINING_EVENTS:
            break
    return bounded_sessions[::-1]


def _steps(session: tuple[Event, ...]) -> list[tuple[tuple[Event, ...], Event]]:
    """Each event with the two before it; the end of the session is an event too."""
    with_edges = (_EDGE, _EDGE, *session, _EDGE)
    return [(with_edges[place - 2 : place], with_edges[place]) for place in range(2, len(with_edges))]
