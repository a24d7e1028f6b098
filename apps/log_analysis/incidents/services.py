"""Anomalies become incidents; people take them, note what they find, and say what solved them."""

import sys
from collections.abc import Iterable, Mapping, Sequence, Set
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypedDict, Unpack
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Min, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership, Organisation
from apps.audit import services as audit
from apps.jobs import services as jobs
from apps.jobs import webhooks
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.subjects import LONGEST_TEXT, Subject, of_rows
from apps.log_analysis.detection import selectors as detection
from apps.log_analysis.detection import services as detection_services
from apps.log_analysis.detection import session_labels
from apps.log_analysis.detection.models import Detector, LogAnomaly
from apps.log_analysis.incidents import citations, selectors
from apps.log_analysis.incidents.headlines import Headline, headline_of
from apps.log_analysis.incidents.models import ChangeMarker, Incident, IncidentNote, IncidentQuerySet
from apps.log_analysis.incidents.titles import incident_title
from apps.log_analysis.templates.models import Level
from domain.logs.detection.alert_lines import ALERT_SCORE, line_evidence, tells_of_recovery
from domain.logs.event_families import family_of
from domain.logs.incidents import Change, Signal, SignalGroup, condense, group_signals

# Anomalies so near to the judged ones may belong to the same incident.
NEIGHBOURHOOD = timedelta(hours=1)
MAX_SIGNALS = 2_000
GRAVE = (Level.ERROR, Level.CRITICAL)
# What a program that writes levels does not call usual.
UNUSUAL = (Level.WARNING, *GRAVE)


class Decisions(TypedDict, total=False):
    """What people decide about an incident; what is left out stays as somebody else may decide it meanwhile."""

    status: str
    severity: int
    owner: Membership | None
    solution: str


DECISIONS = tuple(Decisions.__annotations__)
EXPLAIN_INCIDENT = JobType(
    "log_analysis.explain_incident",
    queue="interactive",
    label=gettext_lazy("Find the cause of an incident"),
    stages={"explaining": gettext_lazy("Finding the cause")},
    may_see=holders_of("logs.view"),
    # An incident's title is a text of records: who sees jobs does not see those by that alone.
    subject=of_rows(
        Incident.objects.within,
        lambda incident: Subject(
            incident.title[:LONGEST_TEXT], reverse("log_analysis:incident", args=[incident.pk])
        ),
        permission="logs.view",
    ),
    is_sealed=True,
)


@transaction.atomic
def group(actor: Actor, *, since: int | None, until: int | None, is_whole: bool = False) -> int:
    """Groups the organisation's anomalies around two times (microseconds UTC) into incidents. Answers how many are new.
    `is_whole`: of a file, whose incidents are weighed against each other; in a stream each is told when it comes.

    An incident that was there grows and keeps its status, owner and notes; what ranks behind the day's limit stays
    with the anomalies.
    """
    if since is None or until is None:
        return 0
    organisation = actor.organisation
    # One at a time for an organisation: two workers would make two incidents of one.
    Organisation.objects.select_for_update(no_key=True).get(pk=organisation.pk)
    start, end = _moment(since) - NEIGHBOURHOOD, _moment(until) + NEIGHBOURHOOD
    rows = LogAnomaly.objects.within(organisation)
    near = rows.filter(ended_at__gte=start, started_at__lte=end)
    # With all of an incident that is touched: its beginning may lie long before.
    near_incidents = near.exclude(incident=None).values("incident")
    anomalies = {
        str(each.pk): each
        for each in rows.filter(Q(pk__in=near.values("pk")) | Q(incident__in=near_incidents))
        .select_related("template", "source", "incident")
        .order_by("-surprise")[:MAX_SIGNALS]
    }
    first = min((each.started_at for each in anomalies.values()), default=start)
    markers = ChangeMarker.objects.within(organisation).filter(
        happened_at__gte=first - NEIGHBOURHOOD, happened_at__lte=end
    )
    changes = {str(each.pk): each for each in markers}
    known_changes = [Change(key, each.happened_at.timestamp(), each.service) for key, each in changes.items()]
    signals = [_signal(key, each) for key, each in anomalies.items()]
    groups = condense(group_signals(signals, known_changes), known_changes, is_whole=is_whole)
    slight = set(anomalies) - {signal.key for each in groups for signal in each.signals}
    LogAnomaly.objects.filter(pk__in=slight).update(incident=None)
    days = _DayLimit(
        organisation, groups, incident_ids={each.incident.pk for each in anomalies.values() if each.incident}
    )
    opened_count, used_ids = 0, set[UUID]()
    for signal_group in groups:
        members = [anomalies[signal.key] for signal in signal_group.signals]
        # Of several that grow together the first found stays; one that falls apart stays with its greatest part.
        earlier = {each.incident.pk: each.incident for each in members if each.incident}
        incident = next((earlier[key] for key in sorted(earlier) if key not in used_ids), None)
        if incident is None and not days.has_room(signal_group):
            LogAnomaly.objects.filter(pk__in=[each.pk for each in members]).update(incident=None)
            continue
        is_new = incident is None
        with translation.override(organisation.output_language):
            incident = _save_incident(organisation, incident, signal_group, members, changes)
        used_ids.add(incident.pk)
        LogAnomaly.objects.filter(pk__in=[each.pk for each in members]).update(incident=incident)
        if is_new:
            opened_count += 1
            subject = f"incident:{incident.pk}"
            webhooks.record_event(organisation.pk, "incident.opened", _payload(incident), subject=subject)
    _drop_empty(organisation, {each.incident.pk for each in anomalies.values() if each.incident} - used_ids)
    return opened_count


def regroup(actor: Actor, incidents: Iterable[Incident]) -> None:
    """Tells incidents anew by the anomalies that they have left."""
    for incident in incidents:
        remaining = LogAnomaly.objects.within(actor.organisation).filter(incident=incident)
        bounds = remaining.aggregate(first=Min("started_at"), last=Max("ended_at"))
        if bounds["first"]:
            group(actor, since=_microseconds(bounds["first"]), until=_microseconds(bounds["last"]))


@requires_permission("logs.investigate")
@transaction.atomic
def suppress_anomaly(actor: Actor, anomaly: LogAnomaly, *, reason: str = "") -> Incident | None:
    """“Not an anomaly”: the like of it goes everywhere; incidents that rested on it are grouped anew, or go. Answers its own
    incident where that is still there.
    """
    organisation, own = actor.organisation, anomaly.incident_id
    alike = LogAnomaly.objects.within(organisation).filter(
        source=anomaly.source, detector=anomaly.detector, template=anomaly.template
    )
    incidents = list(Incident.objects.within(organisation).filter(anomalies__in=alike).distinct())
    detection_services.suppress(actor, anomaly, reason=reason)
    _drop_empty(organisation, {each.pk for each in incidents})
    regroup(actor, incidents)
    return Incident.objects.within(organisation).filter(pk=own).first() if own else None


@requires_permission("logs.investigate")
@transaction.atomic
def change_incident(actor: Actor, incident: Incident, **decisions: Unpack[Decisions]) -> Incident:
    """What a person decides about an incident. Resolving says what solved it, for the next one like it."""
    # What a worker found meanwhile stays: only what people decide is written, over what is decided by now.
    rows = Incident.objects.within(actor.organisation)
    stored = rows.select_for_update(of=("self",)).one(pk=incident.pk)
    was_open = stored.is_open
    for name in DECISIONS:
        setattr(incident, name, decisions.get(name, getattr(stored, name)))
    incident.solution = incident.solution.strip()
    is_over = incident.status in (Incident.Status.RESOLVED, Incident.Status.DISMISSED)
    incident.resolved_at = (stored.resolved_at or timezone.now()) if is_over else None
    incident.save(update_fields=[*DECISIONS, "resolved_at"])
    if is_over:
        # Sessions are learnt from it: see `detection.session_labels`.
        is_anomaly = incident.status == Incident.Status.RESOLVED
        session_labels.label(incident.anomalies.all(), is_anomaly=is_anomaly)
    details = {"status": incident.status, "severity": incident.severity}
    audit.record(actor, action="incident.changed", target=incident, details=details)
    if was_open and incident.status == Incident.Status.RESOLVED:
        webhooks.record_event(
            incident.organisation_id,
            "incident.resolved",
            _payload(incident),
            subject=f"incident:{incident.pk}",
        )
    return incident


@requires_permission("logs.investigate")
@transaction.atomic
def add_note(actor: Actor, incident: Incident, *, text: str) -> IncidentNote:
    note = IncidentNote.objects.create(
        organisation=actor.organisation, incident=incident, member=actor.member, text=text.strip()
    )
    audit.record(actor, action="incident.noted", target=incident)
    return note


@requires_permission("logs.investigate")
@transaction.atomic
def explain(actor: Actor, incident: Incident) -> Incident:
    """Asks the model for the likely cause, from the records that the incident rests on; once at a time."""
    incident = Incident.objects.within(actor.organisation).select_for_update(of=("self",)).one(pk=incident.pk)
    if incident.is_being_explained:
        return incident
    incident.job = jobs.create_job(
        actor,
        kind=EXPLAIN_INCIDENT,
        inputs={"incident_id": str(incident.pk)},
        subject=f"incident:{incident.pk}",
    )
    incident.save(update_fields=["job"])
    return incident


class _DayLimit:
    """How many more incidents may begin on a calendar day of the organisation.

    One that ranks higher than the least of a full day takes its place, unless somebody has dealt with that one.
    """

    def __init__(
        self, organisation: Organisation, groups: Sequence[SignalGroup], *, incident_ids: Set[UUID]
    ) -> None:
        """`incident_ids`: incidents that are being grouped anew, which take no part."""
        self._organisation, self._touched = organisation, incident_ids
        limit = detection.settings_of(organisation.pk).max_incidents_per_day
        self._room: dict[date, int] = {}
        for day in {_day(signal_group) for signal_group in groups}:
            self._room[day] = limit - self._of_day(day).count()

    def has_room(self, signal_group: SignalGroup) -> bool:
        """Whether it may be opened; it is counted then."""
        day = _day(signal_group)
        if self._room[day] <= 0:
            others = self._of_day(day).filter(
                status=Incident.Status.OPEN, owner=None, notes=None, job=None, score__lt=signal_group.score
            )
            least = others.exclude(pk__in=self._touched).order_by("score").first()
            if least is None:
                return False
            least.anomalies.update(incident=None)
            least.delete()
            self._room[day] += 1
        self._room[day] -= 1
        return True

    def _of_day(self, day: date) -> IncidentQuerySet:
        return Incident.objects.within(self._organisation).filter(started_at__date=day)


def _day(signal_group: SignalGroup) -> date:
    return timezone.localtime(_moment(int(signal_group.start * 1e6))).date()


def _save_incident(
    organisation: Organisation,
    incident: Incident | None,
    signal_group: SignalGroup,
    members: Sequence[LogAnomaly],
    changes: dict[str, ChangeMarker],
) -> Incident:
    row = None
    if incident:
        # Read anew: people may have decided, or a model written, while signals were grouped.
        known = Incident.objects.within(organisation).filter(pk=incident.pk)
        row = known.select_for_update(of=("self",)).first()
    row = row or Incident(organisation=organisation, severity=_severity(signal_group, members))
    row.started_at, row.ended_at = (
        _moment(int(signal_group.start * 1e6)),
        _moment(int(signal_group.end * 1e6)),
    )
    row.services = signal_group.services
    row.surprise, row.impact, row.score = signal_group.surprise, signal_group.impact, signal_group.score
    row.fingerprint = sorted(
        {each.template.key for each in members if each.template} | set(signal_group.services)
    )[:200]
    headline = headline_of(signal_group, members)
    row.records_count = max(signal_group.records, headline.records)
    # Of what says itself that something failed that is told, however much of it there is.
    own = [each for each in members if each.template == headline.template] or members[:1]
    lead = min(own, key=lambda each: each.detector != Detector.ALERT_LINE)
    row.title = incident_title(headline, str(lead.get_detector_display()))
    # What a model wrote cites these very numbers: both stay as they are until it is asked again.
    if not row.is_cause_from_model:
        first_of_new = selectors.first_of_new_templates(row, members)
        # Of a link that failed nobody wants to read that it came up again.
        shown = [each for each in members if not _tells_of_recovery(each)] or members
        row.citations = citations.select_citations(shown, [*first_of_new, *_value_record(headline)])
        row.cause, row.next_steps = _plain_cause(
            members, row.citations, changes.get(signal_group.change.key) if signal_group.change else None
        )
        row.cause = " ".join(filter(None, (row.cause, _value_sentence(row))))
    row.save()
    return row


def _drop_empty(organisation: Organisation, incident_ids: Iterable[UUID]) -> None:
    """Incidents without an anomaly: what people wrote something on is kept, and said to be none."""
    empty = Incident.objects.within(organisation).filter(pk__in=list(incident_ids), anomalies=None)
    empty.open().filter(notes=None).delete()
    empty.open().update(status=Incident.Status.DISMISSED, resolved_at=timezone.now())


def _plain_cause(
    members: Sequence[LogAnomaly], citation_rows: Sequence[Mapping[str, Any]], change: ChangeMarker | None
) -> tuple[str, list[str]]:
    """What can be said without a model: which change came before, and what was odd first."""
    services = {each["service"] for each in citation_rows}

    def place(anomaly: LogAnomaly) -> tuple[bool, bool, bool, int, bool]:
        """What a template says tells more than that there is more of everything grave, what went well again tells nothing,
        and what tells of another service came of something else; then the first."""
        first_record = anomaly.evidence[0] if anomaly.evidence else None
        is_recovery = _tells_of_recovery(anomaly)
        if first_record is None:
            return anomaly.template is None, is_recovery, True, sys.maxsize, True
        is_consequence = citations.is_about_another(first_record, services)
        is_quiet = anomaly.detector != Detector.ALERT_LINE
        return anomaly.template is None, is_recovery, is_consequence, first_record["time"], is_quiet

    first = min(members, key=place)
    arrivals = {(record["source"], record["arrival"]) for record in first.evidence}
    number = next(
        (each["number"] for each in citation_rows if (each["source"], each["arrival"]) in arrivals), 1
    )
    steps = [_("Check the records around the first anomaly [%(number)d].") % {"number": number}]
    sign = str(first.get_detector_display())
    if text := citations.without_marks(first.template_words):
        sign = _("%(template)s (%(detector)s)") % {"template": text, "detector": sign}
    if change is None:
        return _("The first sign was: %(what)s [%(number)d].") % {"what": sign, "number": number}, steps
    minutes = max(0, round((first.started_at - change.happened_at).total_seconds() / 60))
    text = _("%(change)s happened %(minutes)d minutes before the first sign [%(number)d]: %(what)s.")
    steps.insert(0, _("Check what %(change)s changed, or roll it back.") % {"change": change.name})
    names = {"change": change.name, "minutes": minutes, "what": sign, "number": number}
    return text % names, steps


def _value_record(headline: Headline) -> list[dict[str, Any]]:
    """The first record that holds the value that most of them hold, to be cited for it."""
    common = headline.concentration
    if common is None or headline.record is None:
        return []
    counts = {"value": common.value.text, "value_records": common.records, "value_total": common.total}
    return [headline.record | counts]


def _value_sentence(incident: Incident) -> str:
    common = incident.concentration
    if common is None:
        return ""
    text = _("%(value)s appears in %(value_records)d of %(value_total)d such records [%(number)d].")
    return text % common


def _severity(signal_group: SignalGroup, members: Sequence[LogAnomaly]) -> int:
    """By what the records say of themselves and by how many services were struck; a person corrects it."""
    # Of no template is what is told of all grave records.
    is_grave = any(each.template is None or each.template.severity in GRAVE for each in members)
    is_failure = any(each.detector == Detector.ALERT_LINE for each in members)
    points = is_grave + is_failure + (len(signal_group.services) > 2)
    return int(Incident.Severity(min(4, 1 + points)))


def _signal(key: str, anomaly: LogAnomaly) -> Signal:
    family = family_of(anomaly.template.text) if anomaly.template else None
    session = anomaly.subject if anomaly.detector == Detector.SESSION else ""
    incident = anomaly.incident
    return Signal(
        key,
        anomaly.started_at.timestamp(),
        anomaly.ended_at.timestamp(),
        anomaly.surprise,
        records=anomaly.records_count,
        service=anomaly.service,
        template=anomaly.template.key if anomaly.template else "",
        traces=frozenset(each["trace"] for each in anomaly.evidence if each.get("trace")),
        is_failure=anomaly.detector == Detector.ALERT_LINE,
        is_normal=_is_normal(anomaly),
        family=family.key if family else "",
        session=session,
        incident=str(incident.pk) if incident else "",
        is_settled=incident is not None and not incident.is_open,
    )


def _is_normal(anomaly: LogAnomaly) -> bool:
    """Whether neither levels nor words of its records say that something is wrong: one of them is a log-out, or news."""
    if anomaly.template is None or anomaly.detector in (Detector.HEARTBEAT, Detector.SESSION):
        return False
    levels = {anomaly.template.severity, *(each["level"] for each in anomaly.evidence)}
    score = max(line_evidence(anomaly.template.text, level).score for level in levels)
    return levels.isdisjoint(UNUSUAL) and score < ALERT_SCORE


def _tells_of_recovery(anomaly: LogAnomaly) -> bool:
    return anomaly.template is not None and tells_of_recovery(anomaly.template.text)


def _payload(incident: Incident) -> dict[str, Any]:
    """Without any text of the records: those are for whoever may read them."""
    return {
        "id": str(incident.pk),
        "status": incident.status,
        "severity": Incident.Severity(incident.severity).name.lower(),
        "services": incident.services,
        "started_at": incident.started_at.isoformat(),
        "score": round(incident.score, 2),
    }


def _microseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000)


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)
