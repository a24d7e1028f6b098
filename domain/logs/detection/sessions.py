"""Sessions (a request, a block, an instance) as sequences of template ids: which do not look like the normal ones.

Learnt from sessions that are taken for normal. Five questions are asked of each: does it hold an event that no normal
session had, are its counts far from those of every normal session, is one of its steps unlikely after the two before,
how unlikely are its steps together, and, where times are known, did it take longer or shorter than those of the same
events. What an answer is worth comes from normal sessions that were left out of learning.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import scipy

from domain.logs.detection.held_shares import least_share

Event = Hashable
Session = Sequence[Event]
Question = Literal["new_event", "counts", "step", "order", "duration"]
Floats = np.ndarray[Any, np.dtype[np.float64]]

QUESTIONS: tuple[Question, ...] = ("new_event", "counts", "step", "order", "duration")
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
# So many sessions of the same events say how long these take; fewer are compared with all.
MIN_DURATIONS = 20
# In digits of seconds: a quarter more or less is no news, and below a millisecond times are rounded.
MIN_DURATION_SPREAD, SHORTEST_SECONDS = 0.1, 0.001
_EDGE = ("edge of the session",)


@dataclass(frozen=True)
class SessionScore:
    """`p_value`: the share of normal sessions that would look at least as odd. `question`: what tells it most."""

    p_value: float
    question: Question
    new_events: tuple[Event, ...] = ()
    unlikely_step: int | None = None
    usual_seconds: float | None = None
    """How long normal sessions of the same events take; None without times."""

    @property
    def surprise(self) -> float:
        return -math.log10(max(self.p_value, 1e-300))


@dataclass(frozen=True)
class SessionModel:
    """Raises ValueError when trained on fewer than two sessions."""

    normal: "_NormalSessions"
    calibration: "_Calibration"

    @classmethod
    def train(cls, sessions: Sequence[Session], seconds: Sequence[float] | None = None) -> "SessionModel":
        """The last sessions count, as many as memory is set aside for: what is usual changes. `seconds`: how long each
        took. Raises ValueError for fewer than two.
        """
        kept = _last_sessions(sessions)
        if len(kept) < 2:
            raise ValueError("a model of sessions needs at least two of them")
        times = None if seconds is None else seconds[-len(kept) :]
        folds = min(FOLDS, len(kept))
        left_out = []
        for fold in range(folds):
            others = [place for place in range(len(kept)) if place % folds != fold]
            normal = _NormalSessions.learnt(
                [kept[place] for place in others], times and [times[place] for place in others]
            )
            left_out.append(normal.answers(kept[fold::folds], times and times[fold::folds]))
        return cls(_NormalSessions.learnt(kept, times), _Calibration.learnt(np.concatenate(left_out)))

    def scores(
        self, sessions: Sequence[Session], seconds: Sequence[float] | None = None
    ) -> list[SessionScore]:
        """Without `seconds` nothing is said of how long they took."""
        bounded_sessions = [tuple(each[:MAX_EVENTS_PER_SESSION]) for each in sessions]
        digits = self.calibration.digits(self.normal.answers(bounded_sessions, seconds))
        p_values = self.calibration.p_values(digits)
        told = {
            session: (
                self.normal.new_events(session),
                self.normal.most_unlikely_step(session),
                self.normal.durations.usual_seconds(session),
            )
            for session in dict.fromkeys(bounded_sessions)
        }
        return [
            SessionScore(float(p_value), QUESTIONS[int(np.argmax(row))], *told[session])
            for session, row, p_value in zip(bounded_sessions, digits, p_values, strict=True)
        ]

    @property
    def normal_sessions(self) -> int:
        """How many it compares with."""
        return len(self.calibration.answers)

    def alarm_p_value(self, false_alarm_share: float) -> float:
        """The p-value to alarm at. A few normal sessions cannot tell one in a hundred; then what is odder than all."""
        return max(false_alarm_share, 1 / (self.normal_sessions + 1))

    def held_share(self, false_alarm_share: float) -> float:
        """The share of false alarms that may be promised: the one asked for, or more where there were too few sessions."""
        return max(false_alarm_share, least_share(self.normal_sessions))


@dataclass(frozen=True)
class _NormalSessions:
    known_events: frozenset[Event]
    places: dict[Event, int]
    vectors: Floats
    weights: Floats
    follows: dict[tuple[Event, ...], Counter[Event]] = field(repr=False)
    durations: "_Durations"

    @classmethod
    def learnt(
        cls, sessions: Sequence[tuple[Event, ...]], seconds: Sequence[float] | None = None
    ) -> "_NormalSessions":
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
        durations = _Durations.learnt(sessions, seconds)
        return cls(frozenset(sums), places, _matrix(usual, places), 1 / spread, follows, durations)

    def answers(
        self, sessions: Sequence[tuple[Event, ...]], seconds: Sequence[float] | None = None
    ) -> Floats:
        """One row per session, one column per question; more is odder."""
        distinct = {session: place for place, session in enumerate(dict.fromkeys(sessions))}
        by_events = self._answers_of_events(list(distinct))[[distinct[each] for each in sessions]]
        return np.column_stack([by_events, self.durations.distances(sessions, seconds)])

    def _answers_of_events(self, sessions: Sequence[tuple[Event, ...]]) -> Floats:
        rows = []
        for start in range(0, len(sessions), SCORED_AT_ONCE):
            batch = sessions[start : start + SCORED_AT_ONCE]
            vectors = _matrix([Counter(session) for session in batch], self.places)
            distances = scipy.spatial.distance.cdist(
                vectors * self.weights, self.vectors * self.weights, "cityblock"
            ).min(axis=1)
            for session, distance in zip(batch, distances, strict=True):
                new = len(self.new_events(session))
                surprises = self._step_surprises(session)
                rows.append((new, distance + new, max(surprises), math.fsum(surprises)))
        return np.array(rows, dtype=np.float64).reshape(-1, len(QUESTIONS) - 1)

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
class _Durations:
    """How long normal sessions take, in digits of seconds: the median and how far from it is usual."""

    by_events: dict[frozenset[Event], tuple[float, float]] = field(default_factory=dict)
    of_all: tuple[float, float] | None = None

    @classmethod
    def learnt(cls, sessions: Sequence[tuple[Event, ...]], seconds: Sequence[float] | None) -> "_Durations":
        if seconds is None:
            return cls()
        digits = _duration_digits(seconds)
        places: defaultdict[frozenset[Event], list[int]] = defaultdict(list)
        for place, session in enumerate(sessions):
            places[frozenset(session)].append(place)
        frequent = {events: own for events, own in places.items() if len(own) >= MIN_DURATIONS}
        return cls({events: _middle(digits[own]) for events, own in frequent.items()}, _middle(digits))

    def usual_seconds(self, session: tuple[Event, ...]) -> float | None:
        usual = self.by_events.get(frozenset(session), self.of_all)
        return None if usual is None else 10 ** usual[0] - SHORTEST_SECONDS

    def distances(self, sessions: Sequence[tuple[Event, ...]], seconds: Sequence[float] | None) -> Floats:
        if seconds is None or self.of_all is None:
            return np.zeros(len(sessions))
        usual = [self.by_events.get(frozenset(session), self.of_all) for session in sessions]
        medians, spreads = np.array(usual).reshape(-1, 2).T
        return np.asarray(np.abs(_duration_digits(seconds) - medians) / spreads, dtype=np.float64)


def _duration_digits(seconds: Sequence[float]) -> Floats:
    return np.asarray(np.log10(np.maximum(np.array(seconds), 0.0) + SHORTEST_SECONDS), dtype=np.float64)


def _middle(digits: Floats) -> tuple[float, float]:
    median = float(np.median(digits))
    return median, max(MIN_DURATION_SPREAD, float(np.median(np.abs(digits - median))))


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
