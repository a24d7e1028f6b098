"""What is told of an incident: counts, names and a link, in the organisation's language, never a text of a record."""

from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from apps.core.punctuation import colon
from apps.log_analysis.alerting.models import AlertChannel
from apps.log_analysis.incidents import selectors as incidents
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.incidents.titles import FAMILY_NAMES
from apps.log_analysis.sources.models import LogSource

MAX_NAMES = 4
MAX_NAME_CHARACTERS = 60
# What names of services may hold of signs: nothing that Markdown, or a chat program, makes something of.
_NAME_SIGNS = frozenset(" -.:/")


@dataclass(frozen=True)
class AlertText:
    """`facts`: label and value. `machine_readable` is what a webhook gets beside the words; `severity` colours."""

    title: str
    facts: list[tuple[str, str]]
    link_text: str
    url: str
    severity: int = Incident.Severity.LOW
    machine_readable: dict[str, Any] = field(default_factory=dict)

    @property
    def as_plain(self) -> str:
        lines = [f"{label}{colon()}{value}" for label, value in self.facts]
        return "\n".join([self.title, "", *lines, "", f"{self.link_text}{colon()}{self.url}", ""])


def incident_text(incident: Incident, channel: AlertChannel) -> AlertText:
    """The words about an incident as it is now. `incident.organisation` says the language, the channel the time zone."""
    sources = LogSource.objects.within(incident.organisation_id).filter(anomalies__incident=incident)
    names = [plain_name(name) for name in sources.distinct().values_list("name", flat=True)[:MAX_NAMES]]
    services = [plain_name(name) for name in incident.services[:MAX_NAMES] if name]
    started_at = incident.started_at.astimezone(ZoneInfo(channel.time_zone))
    severity = Incident.Severity(incident.severity)
    with translation.override(channel.organisation.output_language):
        where = ", ".join(services or names) or _("log records")
        title = _("%(severity)s incident in %(where)s")
        what = str(FAMILY_NAMES.get(incidents.event_family(incident), ""))
        facts = [
            (_("What happened"), what),
            (_("Severity"), str(severity.label)),
            (_("Services"), ", ".join(services)),
            (_("Sources"), ", ".join(names)),
            (_("Since"), f"{started_at:%Y-%m-%d %H:%M} ({channel.time_zone})"),
            (_("Log records"), str(incident.records_count)),
        ]
        if channel.escalate_minutes:
            facts.append((_("Unassigned for"), _("%(count)d minutes") % {"count": channel.escalate_minutes}))
        return AlertText(
            title=title % {"severity": str(severity.label).capitalize(), "where": where},
            facts=[(label, value) for label, value in facts if value],
            link_text=_("View incident"),
            url=_absolute(reverse("log_analysis:incident", args=[incident.pk])),
            severity=severity,
            machine_readable={
                "type": "incident.alert",
                "incident_id": str(incident.pk),
                "severity": severity.name.lower(),
                "status": incident.status,
                "services": incident.services,
                "started_at": incident.started_at.isoformat(),
                "ended_at": incident.ended_at.isoformat(),
                "records_count": incident.records_count,
            },
        )


def sample_text(channel: AlertChannel) -> AlertText:
    """What “Send a test” sends."""
    with translation.override(channel.organisation.output_language):
        return AlertText(
            title=_("Test: incident alerts arrive here"),
            facts=[
                (_("Organisation"), plain_name(channel.organisation.name)),
                (_("Channel"), plain_name(channel.name)),
                (_("Minimum severity"), str(Incident.Severity(channel.min_severity).label)),
            ],
            link_text=_("View channel"),
            url=_absolute(reverse("log_analysis:alert_channel", args=[channel.pk])),
            machine_readable={"type": "incident.alert_test"},
        )


def plain_name(name: str) -> str:
    """A name that came in with a record, without any sign that formats, links or calls for somebody."""
    letters = "".join(letter if letter.isalnum() or letter in _NAME_SIGNS else " " for letter in name)
    return " ".join(letters.split())[:MAX_NAME_CHARACTERS]


def _absolute(path: str) -> str:
    return settings.PUBLIC_URL + path
