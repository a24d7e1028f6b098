"""The picture of an incident: what was unusual in which service and when, and the changes before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.incidents.models import ChangeMarker, Incident

# Pixels.
LANE_HEIGHT = 26
# What of a lane its bars fill, from its upper edge.
BAR_TOP, BAR_HEIGHT = 0.25, 0.5
# A minute of an incident of days would be thinner than anybody sees.
MIN_BAR_WIDTH = 0.01
MAX_SERVICES = 12
MAX_NAME_CHARACTERS = 18
TICKS = 5


@dataclass(frozen=True)
class Timeline:
    """`changes`: in words, as they stand in the picture from left to right."""

    drawing: Drawing
    changes: list[str]


def timeline(
    incident: Incident,
    anomalies: Sequence[LogAnomaly],
    changes: Sequence[ChangeMarker],
    first_record_at: datetime | None,
) -> Timeline:
    """Services from top to bottom in the order in which they were struck, with the changes and the first odd record."""
    names = list(dict.fromkeys(each.service for each in anomalies))[:MAX_SERVICES]
    earliest = [each.happened_at for each in changes] + [first_record_at or incident.started_at]
    first_at = min([incident.started_at, *earliest])
    margin = max((incident.ended_at - first_at) * 0.05, timedelta(seconds=30))
    since, length = first_at - margin, incident.ended_at - first_at + 2 * margin

    def x(moment: datetime) -> float:
        return min(1.0, max(0.0, (moment - since) / length))

    height = LANE_HEIGHT * len(names)
    drawing = Drawing(_summary(incident, anomalies, changes), css="svg-chart chart-lanes", height=height)
    drawing.grid(
        ((place + 0.5) / len(names), (name or _("without a service"))[:MAX_NAME_CHARACTERS])
        for place, name in enumerate(names)
    )
    words = [f"{_clock(each.happened_at)} {each.name}" for each in changes]
    for change, text in zip(changes, words, strict=True):
        drawing.upright(x(change.happened_at), "log-change", text)
        drawing.label((x(change.happened_at), 0), "▼", "log-change-mark", text)
    for each in anomalies:
        if each.service in names:
            # Bad where its records say that something failed.
            tone = "fill-bad" if each.detector == Detector.ALERT_LINE else "fill-warn"
            left, top = x(each.started_at), (names.index(each.service) + BAR_TOP) / len(names)
            width = max(MIN_BAR_WIDTH, x(each.ended_at) - left)
            text = f"{_clock(each.started_at)} {each.service or _('without a service')}: {_words(each)}"
            drawing.box((left, top, width, BAR_HEIGHT / len(names)), tone, text)
    if first_record_at:
        text = f"{_('First anomaly')} {_clock(first_record_at)}"
        drawing.upright(x(first_record_at), "log-first", text)
    shares = [(place + 0.5) / TICKS for place in range(TICKS)]
    drawing.ticks([(share, _tick(since + length * share, length)) for share in shares])
    return Timeline(drawing, words)


def _summary(incident: Incident, anomalies: Sequence[LogAnomaly], changes: Sequence[ChangeMarker]) -> str:
    """For those who do not see the picture; the anomalies stand in a table below it."""
    text = _("%(anomalies)d anomalies in %(services)s from %(first)s to %(last)s; changes: %(changes)s.")
    return text % {
        "anomalies": len(anomalies),
        "services": ", ".join(incident.services) or _("no named service"),
        "first": _clock(incident.started_at),
        "last": _clock(incident.ended_at),
        "changes": ", ".join(each.name for each in changes) or _("none"),
    }


def _words(anomaly: LogAnomaly) -> str:
    return ", ".join(filter(None, (str(anomaly.get_detector_display()), anomaly.template_words)))


def _tick(moment: datetime, length: timedelta) -> str:
    """As short as it can be told: several stand side by side on a phone."""
    shortest = "%H:%M:%S" if length < timedelta(minutes=10) else "%H:%M"
    return f"{timezone.localtime(moment):{shortest if length < timedelta(days=2) else '%m-%d'}}"


def _clock(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%m-%d %H:%M}"
