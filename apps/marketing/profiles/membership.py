"""Who is in which segment. Only people of whom something changed, or whose time has come, are looked at.

A rule that time alone makes true or false (“bought within 30 days”, “not bought for 30 days”) leaves the next moment
at which it may turn in `Person.due_at`, for members and others alike; `refresh_due` looks at those whose moment came.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import connection, transaction
from django.db.models import BooleanField, DateTimeField, F, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.functions import Greatest
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.marketing.profiles.conditions import PERSON, Moment, listed
from apps.marketing.profiles.models import Person, Segment, SegmentMembership
from apps.marketing.profiles.rules import due_times, read_rule

BATCH_PEOPLE = 2000
# What one round of the periodic task looks at of an organisation; the rest is due still and comes the next time.
MAX_DUE_PEOPLE = 100_000


def refresh(organisation: Organisation, person_ids: Iterable[UUID]) -> None:
    """Evaluates all segments of the organisation for these people, after something of them changed."""
    segments = _with_rule(organisation)
    if segments:
        for ids in in_batches(sorted(set(person_ids))):
            evaluate(organisation, ids, segments, are_all=True)


def refresh_due() -> None:
    """Those whose `due_at` has come. One statement finds them by index."""
    due = Person.objects.filter(due_at__lte=timezone.now())
    for organisation in Organisation.objects.filter(pk__in=due.order_by().values("organisation")):
        ids = list(due.within(organisation).order_by("due_at").values_list("pk", flat=True)[:MAX_DUE_PEOPLE])
        segments = _with_rule(organisation)
        for batch in in_batches(ids):
            evaluate(organisation, sorted(batch), segments, are_all=True)


@transaction.atomic
def evaluate(
    organisation: Organisation, ids: Sequence[UUID], segments: Sequence[Segment], *, are_all: bool
) -> None:
    """Writes memberships that begin and deletes those that end. `are_all`: these are all segments of the organisation.

    The people are locked first, in one order: whoever changes them at the same time is seen, or evaluates after this.
    """
    people = Person.objects.within(organisation).filter(pk__in=ids)
    due_before = dict(people.order_by("pk").select_for_update(no_key=True).values_list("pk", "due_at"))
    moment = Moment(timezone.now())
    wanted: set[tuple[UUID, UUID]] = set()
    due_changes: dict[UUID, Any] = {}
    for person_id, fits, due in _evaluated(people, segments, moment):
        wanted.update((segment.pk, person_id) for segment, fit in zip(segments, fits, strict=True) if fit)
        if not are_all:
            due = min((each for each in (due_before.get(person_id), due) if each), default=None)
        if due != due_before.get(person_id):
            due_changes[person_id] = due
    memberships = SegmentMembership.objects.within(organisation).filter(
        person__in=list(due_before), segment__in=[each.pk for each in segments]
    )
    present = {
        (segment, person): pk for pk, segment, person in memberships.values_list("pk", "segment", "person")
    }
    ended, begun = present.keys() - wanted, sorted(wanted - present.keys())
    SegmentMembership.objects.within(organisation).filter(pk__in=[present[key] for key in ended]).delete()
    SegmentMembership.objects.bulk_create(
        SegmentMembership(organisation=organisation, segment_id=segment, person_id=person, since=moment.now)
        for segment, person in begun
    )
    difference = Counter(segment for segment, _person in begun)
    difference.subtract(segment for segment, _person in ended)
    # In one order, as the people: two batches at once wait for each other and never in a ring.
    for segment_id, count in sorted(difference.items()):
        change_count(segment_id, count)
    if due_changes:
        _store_due(due_changes)


def change_count(segment_id: UUID, difference: int) -> None:
    count = Greatest(F("members_count") + difference, 0)
    Segment.objects.filter(pk=segment_id).update(members_count=count)


def in_batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + BATCH_PEOPLE] for start in range(0, len(ids), BATCH_PEOPLE))


def _evaluated(
    people: OrganisationQuerySet[Person], segments: Sequence[Segment], moment: Moment
) -> QuerySet[Person, tuple[UUID, list[bool], datetime | None]]:
    """Of each of the people: whether each rule holds, and when one of them may turn by itself. One statement."""
    rules = [read_rule(segment.rule) for segment in segments]
    times = [each for rule in rules for each in due_times(rule, moment)]
    fits_sql, fits_values = listed(rule.sql(moment) for rule in rules)
    due_sql, due_values = listed(times) if times else ("NULL::timestamptz", [])
    fits = RawSQL(f"ARRAY[{fits_sql}]::boolean[]", fits_values, ArrayField(BooleanField()))  # noqa: S611
    due = RawSQL(f"LEAST({due_sql})", due_values, DateTimeField())  # noqa: S611
    return people.annotate(fits=fits, due=due).values_list("pk", "fits", "due")


def _with_rule(organisation: Organisation) -> list[Segment]:
    return list(Segment.objects.within(organisation).exclude(rule={}).order_by("pk"))


def _store_due(due_changes: dict[UUID, Any]) -> None:
    statement = (
        f'UPDATE "{PERSON}" AS person SET due_at = new.due'  # noqa: S608
        " FROM unnest(%s::uuid[], %s::timestamptz[]) AS new(id, due) WHERE person.id = new.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [list(due_changes), list(due_changes.values())])
