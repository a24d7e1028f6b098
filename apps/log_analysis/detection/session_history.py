"""Sessions as they grow and end: which templates the records of one request, block or user had, in their order."""

from collections import OrderedDict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from domain.logs.detection.sessions import SessionModel

# A session in which nothing comes for so long is over.
IDLE_US = 300_000_000
MAX_OPEN = 50_000
MAX_EVENTS = 500
# Enough to tell one in a thousand, and learnt within two seconds.
MAX_LEARNT = 2_000
MIN_LEARNT = 100
# So much must have come for the model to be learnt anew.
RELEARN_SHARE = 0.2


@dataclass
class LoggedSession:
    """Times in microseconds UTC."""

    key: str
    first: int
    last: int
    events: list[str] = field(default_factory=list)

    @property
    def seconds(self) -> float:
        """From its first record to its last; a host whose clock is late takes no less than no time."""
        return max(0, self.last - self.first) / 1_000_000


@dataclass
class SessionHistory:
    """Open sessions by their key, and the last ones that ended, which are taken for usual."""

    open: OrderedDict[str, LoggedSession] = field(default_factory=OrderedDict)
    ended: deque[LoggedSession] = field(default_factory=lambda: deque(maxlen=MAX_LEARNT))
    _model: SessionModel | None = None
    _new: int = 0

    def add(self, records: pa.Table) -> None:
        """Records in the order of their time. Those of no session are left out."""
        names = pc.coalesce(records["session"], records["trace"])
        is_known = pc.and_(pc.is_valid(names), pc.is_valid(records["template"]))
        columns = (names, records["template"], records["time_ms"])
        for name, template, time_ms in zip(
            *(column.filter(is_known).to_pylist() for column in columns), strict=True
        ):
            session = self.open.get(name)
            if session is None:
                session = self.open[name] = LoggedSession(name, time_ms * 1000, time_ms * 1000)
            session.last = time_ms * 1000
            if len(session.events) < MAX_EVENTS:
                session.events.append(template)

    def end(self, until: int | None) -> list[LoggedSession]:
        """Those in which nothing came for a while before `until`; all of them without it."""
        if until is None:
            over = list(self.open)
        else:
            over = [key for key, each in self.open.items() if each.last < until - IDLE_US]
            over = over or list(self.open)[: max(0, len(self.open) - MAX_OPEN)]
        return [self.open.pop(key) for key in over]

    def learn(self, sessions: list[LoggedSession]) -> None:
        self.ended.extend(sessions)
        self._new += len(sessions)

    def models(self, sessions: list[LoggedSession]) -> Iterator[tuple[SessionModel, list[LoggedSession]]]:
        """What each of the sessions is compared with. Without a history, each half of them with the other: a rare one must
        not have taught the model that it is usual."""
        if len(self.ended) >= MIN_LEARNT:
            if self._model is None or self._new > RELEARN_SHARE * len(self.ended):
                self._model, self._new = _model_of(list(self.ended)), 0
            yield self._model, sessions
        elif len(sessions) >= 2 * MIN_LEARNT:
            halves = sessions[::2], sessions[1::2]
            for one, other in (halves, halves[::-1]):
                yield _model_of(other[:MAX_LEARNT]), one


def _model_of(sessions: list[LoggedSession]) -> SessionModel:
    return SessionModel.train([each.events for each in sessions], [each.seconds for each in sessions])
