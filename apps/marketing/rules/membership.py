"""Who is in which segment. Only people of whom something changed, or whose time has come, are looked at.

A rule that time alone makes true or false (“bought within 30 days”, “not bought for 30 days”) leaves the next moment
at which it may turn in `Person.due_at`, for members and others alike; `refresh_due` looks at those whose moment came.
"""

from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F, TextField
from django.db.models.functions import Cast, Greatest
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.core.rounds import tend_each
from apps.core.ttl_cache import TTLCache
from apps.marketing.profiles.models import Person
from apps.marketing.rules.conditions import PERSON, Moment, concatenate
from apps.marketing.rules.rules import due_times, read_rule
from apps.marketing.segments.models import Segment, SegmentMembership

BATCH_PEOPLE = 2000
MEMBERSHIP, SEGMENT = SegmentMembership._meta.db_table, Segment._meta.db_table
# What one round of the periodic task looks at of an organisation; the rest is due still and comes the next time.
MAX_DUE_PEOPLE = 100_000
# By organisation. A new segment is held against everybody by its own job.
_asking_for_sendings = TTLCache[bool](seconds=5)


# A list as one text: as an array each of thousands of ids would be quoted by itself.
IS_AMONG = f'"{PERSON}"."organisation_id" = %s AND "{PERSON}"."id" = ANY(string_to_array(%s, \',\')::uuid[])'
# Of each segment by how many its members changed; written and counted in one statement.
CHANGES = f"""
WITH fit AS MATERIALIZED (
    SELECT "{PERSON}"."id" AS person_id, held.segment_id, held.fits
    FROM "{PERSON}" CROSS JOIN LATERAL (VALUES {{fits}}) AS held(segment_id, fits) WHERE {IS_AMONG}
), begun AS (
    INSERT INTO "{MEMBERSHIP}" (id, organisation_id, segment_id, person_id, since)
    SELECT gen_random_uuid(), %s, segment_id, person_id, %s FROM fit
    JOIN (SELECT id FROM "{SEGMENT}" WHERE organisation_id = %s FOR KEY SHARE) AS segment ON segment.id = segment_id
    WHERE fits ON CONFLICT (segment_id, person_id) DO NOTHING RETURNING segment_id
), ended AS (
    DELETE FROM "{MEMBERSHIP}" AS member USING fit
    WHERE NOT fit.fits AND member.segment_id = fit.segment_id AND member.person_id = fit.person_id
    RETURNING member.segment_id
)
SELECT segment_id, sum(difference) FROM (
    SELECT segment_id, 1 AS difference FROM begun UNION ALL SELECT segment_id, -1 FROM ended
) AS changes GROUP BY segment_id ORDER BY segment_id
"""  # noqa: S608  (constants of this module; what people wrote is among the parameters)
LOCK = f'SELECT FROM "{PERSON}" WHERE {IS_AMONG} ORDER BY id FOR NO KEY UPDATE'
NEXT_DUE = f"""
UPDATE "{PERSON}" SET due_at = LEAST({{times}}) WHERE {IS_AMONG} AND due_at IS DISTINCT FROM LEAST({{times}})
"""  # noqa: S608


def refresh(organisation: Organisation, person_ids: Iterable[UUID]) -> None:
    """Evaluates all segments of the organisation for these people, after something of them changed."""
    segments = _with_rule(organisation)
    if segments:
        # By their numbers, which is how the database orders them, and quicker than by UUID.
        for ids in in_batches(sorted(set(person_ids), key=attrgetter("int"))):
            evaluate(organisation, ids, segments, are_all=True)


def mark_due(organisation: Organisation, person_ids: Iterable[UUID]) -> None:
    """Has these people evaluated by the next round, in the transaction that changes something of them."""
    rows = Person.objects.within(organisation).filter(pk__in=list(person_ids)).order_by("pk")
    locked = list(rows.select_for_update(no_key=True).values_list("pk", flat=True))
    if locked:
        Person.objects.within(organisation).filter(pk__in=locked).update(due_at=timezone.now())


def note_written_to(organisation: Organisation, person_ids: Sequence[UUID]) -> None:
    """For many at a time whom another system writes to: by the next round, where a segment asks for that at all."""
    segments = Segment.objects.within(organisation).annotate(text=Cast("rule", TextField()))
    is_asked = _asking_for_sendings.get(
        organisation.pk, lambda: segments.filter(text__contains='"written_to"').exists()
    )
    if is_asked and person_ids:
        with transaction.atomic():
            mark_due(organisation, person_ids)


def refresh_due() -> None:
    """Those whose `due_at` has come. One statement finds them by index."""
    due = Person.objects.filter(due_at__lte=timezone.now())

    def refresh_of(organisation: Organisation) -> None:
        ids = list(due.within(organisation).order_by("due_at").values_list("pk", flat=True)[:MAX_DUE_PEOPLE])
        segments = _with_rule(organisation)
        for batch in in_batches(ids):
            evaluate(organisation, sorted(batch), segments, are_all=True)

    owners = Organisation.objects.filter(pk__in=due.order_by().values("organisation"))
    tend_each(owners, refresh_of, name="people whose segments are due")


@transaction.atomic
def evaluate(
    organisation: Organisation, ids: Sequence[UUID], segments: Sequence[Segment], *, are_all: bool
) -> None:
    """Writes memberships that begin and deletes those that end. `are_all`: these are all segments of the organisation.

    The people are locked first, in one order: whoever changes them at the same time is seen, or evaluates after this.
    """
    moment = Moment(timezone.now())
    rules = [read_rule(segment.rule) for segment in segments]
    these: list[Any] = [organisation.pk, ",".join(map(str, ids))]
    with connection.cursor() as cursor:
        cursor.execute(LOCK, these)
        if rules:
            pairs = zip(segments, (rule.sql(moment) for rule in rules), strict=True)
            fits = concatenate(
                (f"(%s::uuid, {text})", [segment.pk, *values]) for segment, (text, values) in pairs
            )
            since: list[Any] = [organisation.pk, moment.now, organisation.pk]
            cursor.execute(CHANGES.format(fits=fits[0]), [*fits[1], *these, *since])
            # In one order, as the people: two batches at once wait for each other and never in a ring.
            for segment_id, difference in cursor.fetchall():
                change_count(segment_id, difference)
        times = [each for rule in rules for each in due_times(rule, moment)]
        if not are_all and times:
            # The other segments' next moment stands there already.
            times.append(("due_at", []))
        if times or are_all:
            text, values = concatenate(times) if times else ("NULL::timestamptz", [])
            cursor.execute(NEXT_DUE.format(times=text), [*values, *these, *values])


def change_count(segment_id: UUID, difference: int) -> None:
    count = Greatest(F("members_count") + difference, 0)
    Segment.objects.filter(pk=segment_id).update(members_count=count)


def in_batches(ids: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    return (ids[start : start + BATCH_PEOPLE] for start in range(0, len(ids), BATCH_PEOPLE))


def _with_rule(organisation: Organisation) -> list[Segment]:
    return list(Segment.objects.within(organisation).exclude(rule={}).order_by("pk"))
