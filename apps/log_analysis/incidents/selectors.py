"""What is known of incidents: the ranked list, what happened around one, and those that were like it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext as _

from apps.accounts.models import Membership, Organisation
from apps.core.models import OrganisationQuerySet
from apps.log_analysis.detection import evidence
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.incidents.models import ChangeMarker, Incident, IncidentNote, IncidentQuerySet
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import Level, TemplateCount
from domain.logs.detection.alert_lines import ALERT_SCORE, LEVELS, line_evidence
from domain.logs.event_families import family_of
from domain.logs.incidents import BLAME_SECONDS, main_family, similarity

# Titles are sealed and searched here: of the highest ranked ones.
MAX_SEARCHED = 2_000
MAX_COMPARED = 500
MAX_SIMILAR = 3
# Two incidents that share less of what they touched are two different things.
MIN_SIMILARITY = 0.3
MAX_TEMPLATES = 6
# Of a source whose lines are hardly ever alike.
MAX_READ_TEMPLATES = 1_000
# Before and after are as long as the incident, within these.
MIN_WINDOW, MAX_WINDOW = timedelta(minutes=10), timedelta(hours=6)
GRAVE = (Level.ERROR, Level.CRITICAL)


@dataclass(frozen=True)
class SimilarIncident:
    incident: Incident
    similarity: float

    @property
    def percent(self) -> int:
        return round(100 * self.similarity)


@dataclass(frozen=True)
class RecordCounts:
    """Records before an incident, while it lasted and after it."""

    label: str
    before: int
    during: int
    after: int


def incident_list(organisation: Organisation) -> IncidentQuerySet:
    """The one to look at first first."""
    rows = Incident.objects.within(organisation).select_related("owner__user", "job")
    return rows.annotate(anomalies_count=Count("anomalies")).ranked()


def search(rows: IncidentQuerySet, text: str) -> list[Incident]:
    """Those whose title, cause, solution or services hold the text."""
    needle = text.casefold()
    return [
        row
        for row in rows[:MAX_SEARCHED]
        if needle in "\n".join((row.title, row.cause, row.solution, *row.services)).casefold()
    ]


def services(organisation: Organisation) -> list[str]:
    """All that incidents touched, by name."""
    lists = Incident.objects.within(organisation).values_list("services", flat=True)
    return sorted({service for each in lists.order_by("-started_at")[:MAX_SEARCHED] for service in each})


def possible_owners(organisation: Organisation) -> OrganisationQuerySet[Membership]:
    rows = Membership.objects.within(organisation).filter(is_active=True)
    return rows.select_related("user").order_by("user__name")


def anomalies(incident: Incident) -> OrganisationQuerySet[LogAnomaly]:
    """In the order in which they began."""
    rows = LogAnomaly.objects.within(incident.organisation_id).filter(incident=incident)
    return rows.select_related("source", "template").order_by("started_at", "-surprise")


def event_family(incident: Incident) -> str:
    """The key of the family of events that most of its records tell of, or nothing. No text of a record is in it."""
    records: Counter[str] = Counter()
    for each in anomalies(incident):
        family = family_of(each.template.text) if each.template else None
        records[family.key if family else ""] += max(1, each.records_count)
    return main_family(records)


def first_of_new_templates(incident: Incident, anomalies: Sequence[LogAnomaly]) -> list[dict[str, Any]]:
    """Records that no detector raised and that nobody had seen before the incident began."""
    template_ids = {each.template.pk for each in anomalies if each.template}
    return evidence.first_of_new_templates(
        incident.organisation, incident.started_at, known_templates=template_ids, earlier=incident.citations
    )


def notes(incident: Incident) -> OrganisationQuerySet[IncidentNote]:
    """What people wrote on it, the first note first."""
    rows = IncidentNote.objects.within(incident.organisation_id).filter(incident=incident)
    return rows.select_related("member__user")


def changes_around(incident: Incident) -> OrganisationQuerySet[ChangeMarker]:
    """Deploys and other changes that may have caused it, and those made while it lasted; the first one first."""
    rows = ChangeMarker.objects.within(incident.organisation_id)
    since = incident.started_at - timedelta(seconds=BLAME_SECONDS)
    return rows.filter(happened_at__range=(since, incident.ended_at)).order_by("happened_at")


def source_names(incident: Incident) -> dict[str, str]:
    """The names of the sources that cited records came from, by their id."""
    ids = {each["source"] for each in incident.citations}
    rows = LogSource.objects.within(incident.organisation_id).filter(pk__in=ids)
    return {str(pk): name for pk, name in rows.values_list("pk", "name")}


def before_and_after(incident: Incident, anomalies: Sequence[LogAnomaly]) -> list[RecordCounts]:
    """Records of the sources that it was found in: all, grave ones, and those of its templates."""
    length = min(max(incident.ended_at - incident.started_at, MIN_WINDOW), MAX_WINDOW)
    start, end = incident.started_at, max(incident.ended_at, incident.started_at + MIN_WINDOW)
    windows = {"before": (start - length, start), "during": (start, end), "after": (end, end + length)}
    sums = {
        name: Sum("count", filter=Q(minute__gte=first, minute__lt=last), default=0)
        for name, (first, last) in windows.items()
    }
    rows = TemplateCount.objects.within(incident.organisation_id).filter(
        source__in={each.source_id for each in anomalies}, minute__gte=start - length, minute__lt=end + length
    )
    lines = [
        RecordCounts(_("All records"), **rows.aggregate(**sums)),
        RecordCounts(_("Errors and above"), **rows.filter(_errors(rows, anomalies)).aggregate(**sums)),
    ]
    templates = {each.template.pk: each.template for each in anomalies if each.template}
    row_counts = (
        rows.filter(template__in=templates).values("template").annotate(**sums).values_list("template", *sums)
    )
    by_template = [RecordCounts(str(templates[key]), *counts) for key, *counts in row_counts]
    return lines + sorted(by_template, key=lambda each: -each.during)[:MAX_TEMPLATES]


def _errors(rows: OrganisationQuerySet[TemplateCount], anomalies: Sequence[LogAnomaly]) -> Q:
    """By level, and where a program writes none, by what its lines say: “error: …”, or words of failure."""
    found = {each.template_id for each in anomalies if each.detector == Detector.ALERT_LINE}
    lines = rows.exclude(level__in=GRAVE).values_list("template", "template__text", "level").distinct()
    for key, text, level in lines[:MAX_READ_TEMPLATES]:
        written = LEVELS.get(text.partition(":")[0].strip().casefold(), 0.0)
        if written >= LEVELS["error"] or line_evidence(text, level).score >= ALERT_SCORE:
            found.add(key)
    return Q(level__in=GRAVE) | Q(template__in=found)


def similar_incidents(incident: Incident) -> list[SimilarIncident]:
    """Earlier ones that touched the same templates and services, those that somebody solved first."""
    rows = Incident.objects.within(incident.organisation_id).exclude(pk=incident.pk)
    rows = rows.exclude(status=Incident.Status.DISMISSED).filter(
        fingerprint__overlap=incident.fingerprint, started_at__lte=incident.started_at
    )
    fingerprint = frozenset(incident.fingerprint)
    scores = [
        SimilarIncident(row, similarity(fingerprint, frozenset(row.fingerprint)))
        for row in rows.order_by("-started_at")[:MAX_COMPARED]
    ]
    near = [each for each in scores if each.similarity >= MIN_SIMILARITY]
    near.sort(key=lambda each: (not each.incident.solution, -each.similarity))
    return near[:MAX_SIMILAR]
