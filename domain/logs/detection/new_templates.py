"""A template that was not seen before, and how unusual it is here that one comes."""

import math
from collections import OrderedDict, deque
from dataclasses import dataclass, field

from domain.logs.detection.anomalies import MAX_P_VALUE, Anomaly, Detections

MAX_TEMPLATES = 1_000_000
HOUR_SECONDS = 3_600
# Four weeks, as far as they were watched: what is new once a fortnight cannot be told from what never is in less.
MAX_HOURS = 28 * 24
# The mean of a Poisson rate is (events + ½) / time where nothing is known of it before (Jeffreys).
PRIOR_EVENTS = 0.5


@dataclass
class NewTemplateDetector:
    """How often an hour brings a new template is estimated from those that were seen in one hour alone (Good and Turing;
    with hours for samples it is Chao's). One that came again is no sign of more to come, so the first look at a source,
    where all are new, does not count for weeks as it would if new ones were counted.

    The probability is that of the hour, which is asked once: the first days of a source, and one that makes up templates
    without end, raise nothing. Of a million templates those that were not seen for the longest are forgotten.
    """

    _known_templates: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _hours: deque[int] = field(default_factory=lambda: deque(maxlen=MAX_HOURS))
    # The hour of each template that was seen in no other, of the hours above; the oldest first.
    _single_hours: OrderedDict[str, int] = field(default_factory=OrderedDict)

    def update(self, template: str, time: float) -> Detections:
        is_new = template not in self._known_templates
        self._known_templates[template] = None
        self._known_templates.move_to_end(template)
        if len(self._known_templates) > MAX_TEMPLATES:
            oldest, _ = self._known_templates.popitem(last=False)
            self._single_hours.pop(oldest, None)
        if not math.isfinite(time):
            return Detections("new_template", time, 0)
        tests = int(self._begin_hour(int(time // HOUR_SECONDS)))
        p_value = (len(self._single_hours) + PRIOR_EVENTS) / len(self._hours)
        hour = self._hours[-1]
        if is_new:
            self._single_hours[template] = hour
        elif self._single_hours.get(template, hour) != hour:
            del self._single_hours[template]
        if not is_new or p_value > MAX_P_VALUE:
            return Detections("new_template", time, tests)
        return Detections("new_template", time, tests, [Anomaly("new_template", template, time, p_value)])

    def _begin_hour(self, hour: int) -> bool:
        """Whether it is another than the last; time that runs backwards stands still."""
        if self._hours and hour <= self._hours[-1]:
            return False
        self._hours.append(hour)
        while self._single_hours and next(iter(self._single_hours.values())) < self._hours[0]:
            self._single_hours.popitem(last=False)
        return True
