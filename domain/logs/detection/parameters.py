"""Numbers in lines: durations, sizes and counts that are far larger or smaller than they have been."""

import math
from collections import OrderedDict
from dataclasses import dataclass, field

from domain.logs.detection.anomalies import MAX_P_VALUE, Anomaly, Detections
from domain.logs.detection.tails import SurpriseHistory, TailHistory

MAX_PARAMETERS = 2_000
MAX_VALUES = 1_000
# A tenth more than ever before is no outlier, however constant a duration has been.
MIN_RELATIVE_STEP = math.log(1.1)
# Above it the scale is logarithmic: durations may be written in seconds and last for microseconds.
SMALLEST_UNIT = 1e-6


@dataclass
class _Parameter:
    values: TailHistory
    surprises: SurpriseHistory


@dataclass
class ParameterDetector:
    """Each numeric parameter of each template against its own history, on a logarithmic scale.

    Counters and ids surprise with every value, so the probability comes from the history of the surprises: for them
    being larger than ever is usual.
    """

    _parameters: OrderedDict[str, _Parameter] = field(default_factory=OrderedDict)

    def update(self, subject: str, value: float, time: float) -> Detections:
        """`subject` names a parameter of a template; what is no number is not counted."""
        if not math.isfinite(value):
            return Detections("parameter", time, 0)
        if subject not in self._parameters:
            self._parameters[subject] = _Parameter(
                TailHistory(max_history=MAX_VALUES, min_scale=MIN_RELATIVE_STEP),
                SurpriseHistory(max_history=MAX_VALUES),
            )
        parameter = self._parameters[subject]
        self._parameters.move_to_end(subject)
        if len(self._parameters) > MAX_PARAMETERS:
            self._parameters.popitem(last=False)
        log_value = math.copysign(math.log1p(abs(value) / SMALLEST_UNIT), value)
        surprise = parameter.values.surprise(log_value)
        p_value = parameter.surprises.p_value(surprise, 10**-surprise)
        usual = parameter.values.median
        parameter.values.add(log_value)
        if p_value > MAX_P_VALUE:
            return Detections("parameter", time, 1)
        expectation = None if usual is None else math.copysign(math.expm1(abs(usual)) * SMALLEST_UNIT, usual)
        return Detections(
            "parameter", time, 1, [Anomaly("parameter", subject, time, p_value, value, expectation)]
        )
