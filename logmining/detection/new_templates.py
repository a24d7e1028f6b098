"""A template that was never seen, and how unusual it is here that one comes."""

import math
from collections import OrderedDict
from dataclasses import dataclass, field

from logmining.detection.anomalies import MAX_P_VALUE, Anomaly, Detections
from logmining.detection.budget import DailyCount

MAX_TEMPLATES = 1_000_000
MIN_LINES = 1_000


@dataclass
class NewTemplateDetector:
    """The probability that a line's template is new is the share of new ones among the lines of the last day.

    So the first day of a source, and one that makes up templates without end, raise nothing: there a new template is
    usual. Of a million templates those that were not seen for the longest are forgotten.
    """

    _known_templates: OrderedDict[str, None] = field(default_factory=OrderedDict)
    _lines: DailyCount = field(default_factory=DailyCount)
    _new: DailyCount = field(default_factory=DailyCount)

    def update(self, template: str, time: float, *, lines: int = 1) -> Detections:
        """`lines`: how many of the same template came together."""
        is_new = template not in self._known_templates
        self._known_templates[template] = None
        self._known_templates.move_to_end(template)
        if len(self._known_templates) > MAX_TEMPLATES:
            self._known_templates.popitem(last=False)
        line_count, new_count = self._lines.recent(time), self._new.recent(time)
        self._lines.add(lines, time)
        self._new.add(is_new, time)
        p_value = (new_count + 1) / (line_count + 1)
        if not is_new or line_count < MIN_LINES or p_value > MAX_P_VALUE or not math.isfinite(time):
            return Detections("new_template", time, lines)
        return Detections("new_template", time, lines, [Anomaly("new_template", template, time, p_value)])
