"""The picture of an incident: what was unusual in which service and when, and the changes before it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.incidents.models import ChangeMarker, Incident

# Of the drawing in `log_analysis/incidents/timeline.html`: the names of services stand left of START.
WIDTH, START, TOP, LINE_HEIGHT, FOOT = 720, 130, 22, 24, 20
BAR_HEIGHT = 12
# A minute of an incident of days would be thinner than anybody sees.
MIN_BAR_WIDTH = 5
MAX_SERVICES = 12
MAX_NAME_CHARACTERS = 20
TICKS = 5


@dataclass(frozen=True)
class Bar:
    """One anomaly. `tone`: bad where its records say that something failed."""

    x: str
    y: str
    width: str
    tone: str
    text: str


@dataclass(frozen=True)
class Lane:
    """A service and the height at which it stands."""

    name: str
    y: str


@dataclass(frozen=True)
class Mark:
    """A time at the upper edge: a change, the first odd record, or a number of the axis."""

    x: str
    text: str


@dataclass(frozen=True)
class Timeline:
    height: int
    lanes: list[Lane]
    bars: list[Bar]
    changes: list[Mark]
    ticks: list[Mark]
    first: Mark | None
    summary: str


def timeline(
    incident: Incident,
    anomalies: Sequence[LogAnomaly],
    changes: Sequence[ChangeMarker],
    first_record_at: datetime | None,
) -> Timeline:
    """Services from top to bottom in the order in which they were struck."""
    names = list(dict.fromkeys(each.service for each in anomalies))[:MAX_SERVICES]
    lanes = {name: TOP + place * LINE_HEIGHT for place, name in enumerate(names)}
    earliest = [each.happened_at for each in changes] + [first_record_at or incident.started_at]
    first_at = min([incident.started_at, *earliest])
    margin = max((incident.ended_at - first_at) * 0.05, timedelta(seconds=30))
    since, length = first_at - margin, (incident.ended_at - first_at + 2 * margin).total_seconds()

    def x(moment: datetime) -> float:
        share = (moment - since).total_seconds() / length
        return START + (WIDTH - START) * min(1.0, max(0.0, share))

    bars = [
        Bar(
            f"{x(each.started_at):.1f}",
            f"{lanes[each.service] + (LINE_HEIGHT - BAR_HEIGHT) / 2:.1f}",
            f"{max(MIN_BAR_WIDTH, x(each.ended_at) - x(each.started_at)):.1f}",
            "bad" if each.detector == Detector.ALERT_LINE else "unusual",
            f"{_clock(each.started_at)} {each.service or _('without a service')}: {_words(each)}",
        )
        for each in anomalies
        if each.service in lanes
    ]
    step = timedelta(seconds=length / TICKS)
    moments = [since + step * (place + 0.5) for place in range(TICKS)]
    return Timeline(
        height=TOP + len(lanes) * LINE_HEIGHT + FOOT,
        lanes=[
            Lane((name or _("without a service"))[:MAX_NAME_CHARACTERS], f"{y + LINE_HEIGHT / 2:.1f}")
            for name, y in lanes.items()
        ],
        bars=bars,
        changes=[
            Mark(f"{x(each.happened_at):.1f}", f"{_clock(each.happened_at)} {each.name}") for each in changes
        ],
        ticks=[Mark(f"{x(moment):.1f}", _clock(moment, seconds=length < 600)) for moment in moments],
        first=Mark(f"{x(first_record_at):.1f}", _clock(first_record_at)) if first_record_at else None,
        summary=_summary(incident, anomalies, changes),
    )


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


def _clock(moment: datetime, *, seconds: bool = False) -> str:
    local = timezone.localtime(moment)
    return f"{local:%H:%M:%S}" if seconds else f"{local:%m-%d %H:%M}"
