"""What detectors hand on, and what people have said is none."""

import math
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

Kind = Literal["new_template", "rate", "level", "heartbeat", "session", "parameter", "metric", "alert_line"]

# A detector hands on what has at most this probability; the rest is only counted.
MAX_P_VALUE = 0.01
MAX_SUPPRESSIONS = 10_000


@dataclass(frozen=True)
class Anomaly:
    """`subject`: the template, service, session or series; `p_value`: how often its own history was as odd. `seconds`: how
    long it took from `time` on, of what is told of several minutes."""

    kind: Kind
    subject: str
    time: float
    p_value: float
    value: float | None = None
    expectation: float | None = None
    seconds: float = 60.0

    @property
    def surprise(self) -> float:
        """Digits of the probability: the one scale on which all kinds are compared."""
        return -math.log10(max(self.p_value, 1e-300))


@dataclass(frozen=True)
class Detections:
    """`tests`: how many questions were asked to find these; without it a probability says nothing about a day."""

    kind: Kind
    time: float
    tests: int
    anomalies: Sequence[Anomaly] = ()


@dataclass
class Suppressions:
    """What people called no anomaly: the same again is as usual as anything, and what is odder counts by how much."""

    _accepted_surprises: OrderedDict[tuple[Kind, str], float] = field(default_factory=OrderedDict)

    def suppress(self, anomaly: Anomaly) -> None:
        key = (anomaly.kind, anomaly.subject)
        self._accepted_surprises[key] = max(anomaly.surprise, self._accepted_surprises.pop(key, 0.0))
        if len(self._accepted_surprises) > MAX_SUPPRESSIONS:
            self._accepted_surprises.popitem(last=False)

    def lift(self, kind: Kind, subject: str) -> None:
        self._accepted_surprises.pop((kind, subject), None)

    def rescore(self, anomaly: Anomaly) -> Anomaly:
        tolerance = self._accepted_surprises.get((anomaly.kind, anomaly.subject), 0.0)
        return (
            replace(anomaly, p_value=min(1.0, 10 ** (tolerance - anomaly.surprise))) if tolerance else anomaly
        )
