"""Segments: made, changed, evaluated for everybody by a job, counted while somebody still writes the rule."""

from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from psycopg.errors import QueryCanceled

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.jobs.subjects import of_rows
from apps.marketing.profiles.models import Person
from apps.marketing.rules import membership
from apps.marketing.rules.rules import Rule, holds, read_rule
from apps.marketing.segments.models import Segment, SegmentMembership

# Each change of a person is held against every rule.
MAX_SEGMENTS = 100
COUNT_MILLISECONDS = 1500

EVALUATE_SEGMENT = JobType(
    "marketing.evaluate_segment",
    queue="batch",
    label=_("Compute segment members"),
    stages={"evaluating": _("Filtering people")},
    may_see=holders_of("marketing.people"),
    subject=of_rows(Segment.objects.within, permission="marketing.people"),
    # Asks no model.
    is_free=True,
)


@requires_permission("marketing.people")
@transaction.atomic
def create_segment(
    actor: Actor, *, name: str, rule: object, origin: str = "rule", question: str = "", portrait: str = ""
) -> Segment:
    """Stores the rule and queues a look at everybody. Raises InvalidInput."""
    rows = Segment.objects.within(actor.organisation)
    if rows.count() >= MAX_SEGMENTS:
        reason = _("The limit of %(count)d segments is reached. Delete one first.")
        raise InvalidInput(fields={"name": [reason % {"count": MAX_SEGMENTS}]})
    segment = Segment(
        organisation=actor.organisation,
        origin=origin,
        question=question,
        portrait=portrait,
        member=actor.responsible_member,
    )
    _store(actor, segment, name, rule)
    audit.record(actor, action="segment.created", target=segment)
    return segment


@requires_permission("marketing.people")
@transaction.atomic
def change_segment(actor: Actor, segment: Segment, *, name: str, rule: object) -> Segment:
    """Another rule is held against everybody once more; until then its members are those of the one before."""
    segment = Segment.objects.within(actor.organisation).select_for_update().one(pk=segment.pk)
    _store(actor, segment, name, rule)
    audit.record(actor, action="segment.changed", target=segment)
    return segment


@requires_permission("marketing.people")
@transaction.atomic
def delete_segment(actor: Actor, segment: Segment) -> None:
    """Raises Conflict where a campaign or an experiment counts by it."""
    if segment.campaigns.exists() or segment.experiments.exists():
        reason = _("This segment is used by a campaign or an experiment and cannot be deleted.")
        raise Conflict(reason, code="segment_in_use")
    audit.record(actor, action="segment.deleted", target=segment)
    if segment.job:
        lifecycle.erase(Job.objects.filter(pk=segment.job.pk))
    segment.delete()


@EVALUATE_SEGMENT.service
def evaluate_segment(run: JobRun, *, segment_id: str) -> dict[str, Any]:
    """Looks at everybody, a batch at a time; people who change meanwhile are looked at by whoever changes them."""
    organisation = run.job.organisation
    run.stage("evaluating")
    people = Person.objects.within(organisation).order_by("pk")
    total, done = people.count(), 0
    rest = people
    while ids := list(rest.values_list("pk", flat=True)[: membership.BATCH_PEOPLE]):
        run.check()
        segment = Segment.objects.within(organisation).filter(pk=segment_id, job=run.job).first()
        if segment is None:
            # Deleted, or its rule was changed: the job that came with the new one does it all.
            return {"segment": segment_id, "is_superseded": True}
        membership.evaluate(organisation, ids, [segment], are_all=False)
        rest, done = people.filter(pk__gt=ids[-1]), done + len(ids)
        run.progress(done, total)
    with transaction.atomic():
        segment = (
            Segment.objects.within(organisation)
            .select_for_update()
            .filter(pk=segment_id, job=run.job)
            .first()
        )
        if segment is None:
            return {"segment": segment_id, "is_superseded": True}
        # Counted behind the lock: whoever adds somebody at this moment adds to the new number.
        segment.members_count = SegmentMembership.objects.filter(segment=segment).count()
        segment.evaluated_at = timezone.now()
        segment.save(update_fields=["members_count", "evaluated_at"])
    return {"segment": segment_id, "members": segment.members_count}


def count_fitting(organisation: Organisation, rule: Rule) -> int | None:
    """How many people the rule holds for now; None where it takes longer than somebody waits."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = {COUNT_MILLISECONDS}")
            count = Person.objects.within(organisation).filter(holds(rule)).count()
            # This may be a savepoint of a longer transaction, which would keep the limit.
            cursor.execute("SET LOCAL statement_timeout TO DEFAULT")
            return count
    except OperationalError as error:
        if isinstance(error.__cause__, QueryCanceled):
            return None
        raise


def _store(actor: Actor, segment: Segment, name: str, rule: object) -> None:
    plain = read_rule(rule).as_json()
    if Segment.objects.within(actor.organisation).filter(name=name).exclude(pk=segment.pk).exists():
        raise InvalidInput(fields={"name": [_("A segment with this name already exists.")]})
    segment.name = name
    if segment.rule != plain:
        segment.rule = plain
        segment.job = jobs.create_row_job(actor, EVALUATE_SEGMENT, segment)
    segment.save()
