"""What arrived becomes counts: a job for each organisation, which counts what waits in one transaction at a time."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Func, IntegerField
from django.db.models.functions import Coalesce

from apps.accounts.models import Organisation
from apps.jobs.runs import JobRun
from apps.marketing.experiments import intake, stop_rule
from apps.marketing.experiments.event_rows import CLOCK_TOLERANCE
from apps.marketing.experiments.models import EventBatch, EventIntake, Exposure
from apps.marketing.experiments.order_settings import ORDER_SETTINGS
from apps.marketing.profiles import services as profiles
from apps.marketing.profiles.models import Person
from apps.marketing.profiles.upserts import lock_people
from apps.marketing.rules import membership

# In one transaction: a fraction of a second, so that shares are fresh within two.
MAX_EVENTS, MAX_BATCHES = 5_000, 500
# While something comes, clicks are gathered for so long; with nothing to count after it, the job is set aside.
GATHER_SECONDS = 0.25
# Then an organisation that goes on and on makes way for other jobs, and comes again behind them.
MAX_TURN_SECONDS = 10.0
# Who stores a batch wakes the job; this is for a worker that was killed between two statements.
IDLE_SECONDS = 600.0

# Doubled events fall out at the insert; of the others, first times and revenue go into their exposures, and whom they
# are the first of into the counts. Rows are locked and written in the order of their ids, as everybody does. Nothing is
# joined to more than one other part: PostgreSQL takes each of them for a row or two and would loop over both.
# Orders beyond those that an exposure may have lose their value, and are counted with the values that others left out.
_COUNT = """
WITH sent AS MATERIALIZED (
    SELECT batch.received_at, event.*
    FROM marketing_eventbatch batch, jsonb_to_recordset(batch.events) AS event (
        exposure uuid, experiment uuid, subject text, key text, type text, at timestamptz, revenue float8,
        left_out text, claimed float8)
    WHERE batch.id = ANY(%(batches)s)
), placed AS MATERIALIZED (
    SELECT sent.*, exposure.id AS exposure_id, exposure.created_at AS exposed_at, exposure.orders AS orders_before,
        exposure.experiment_id AS experiment_id
    FROM sent LEFT JOIN LATERAL (
        SELECT id, created_at, orders, experiment_id FROM marketing_exposure
        WHERE sent.exposure IS NOT NULL AND id = sent.exposure AND organisation_id = %(organisation)s
        UNION ALL
        (SELECT id, created_at, orders, experiment_id FROM marketing_exposure
        WHERE sent.exposure IS NULL AND experiment_id = sent.experiment AND subject = sent.subject
            AND organisation_id = %(organisation)s
        ORDER BY created_at <= sent.at DESC, created_at DESC LIMIT 1)
    ) exposure ON true
), judged AS MATERIALIZED (
    SELECT placed.*, CASE
        WHEN exposure_id IS NULL THEN 'unknown'
        WHEN at > received_at + %(tolerance)s THEN 'from_future'
        WHEN at < exposed_at - %(tolerance)s THEN 'too_early'
        ELSE 'valid' END AS verdict
    FROM placed
), orders AS MATERIALIZED (
    SELECT key, experiment_id, revenue,
        orders_before + row_number() OVER (PARTITION BY exposure_id ORDER BY at, key) AS place
    FROM (
        SELECT DISTINCT ON (key) key, exposure_id, experiment_id, orders_before, revenue, at FROM judged
        WHERE verdict = 'valid' AND type = 'conversion' AND revenue > 0 AND NOT EXISTS (
            SELECT FROM marketing_marketingevent known
            WHERE known.organisation_id = %(organisation)s AND known.event_key = judged.key)
        ORDER BY key, at
    ) fresh
), too_many AS MATERIALIZED (
    SELECT * FROM orders WHERE place > %(max_orders)s
), inserted AS (
    INSERT INTO marketing_marketingevent
        (id, organisation_id, event_key, type, exposure_id, revenue, happened_at, received_at)
    SELECT gen_random_uuid(), %(organisation)s, key, type, exposure_id,
        CASE WHEN key IN (SELECT key FROM too_many) THEN 0 ELSE revenue END, at, received_at
    FROM judged WHERE verdict = 'valid' ORDER BY key, at
    ON CONFLICT (organisation_id, event_key) DO NOTHING
    RETURNING exposure_id, event_key, type, revenue, happened_at
), left_out AS (
    INSERT INTO marketing_leftoutrevenue (id, organisation_id, experiment_id, reason, orders, revenue)
    SELECT gen_random_uuid(), %(organisation)s, experiment_id, reason, count(*), sum(amount) FROM (
        SELECT experiment_id, 'too_many' AS reason, revenue AS amount FROM too_many
        UNION ALL
        SELECT * FROM (
            SELECT DISTINCT ON (key) experiment_id, left_out AS reason, claimed AS amount FROM judged
            WHERE verdict = 'valid' AND left_out IS NOT NULL AND key IN (SELECT event_key FROM inserted)
            ORDER BY key, at) claimed
    ) reasons GROUP BY experiment_id, reason ORDER BY experiment_id, reason
    ON CONFLICT (experiment_id, reason) DO UPDATE SET
        orders = marketing_leftoutrevenue.orders + excluded.orders,
        revenue = marketing_leftoutrevenue.revenue + excluded.revenue
), news AS (
    SELECT exposure_id,
        min(happened_at) FILTER (WHERE type = 'open') AS open_at,
        min(happened_at) FILTER (WHERE type = 'click') AS click_at,
        min(happened_at) FILTER (WHERE type = 'conversion') AS conversion_at,
        min(happened_at) FILTER (WHERE type = 'unsubscribe') AS unsubscribe_at,
        coalesce(sum(revenue) FILTER (WHERE type = 'conversion'), 0) AS new_revenue,
        count(*) FILTER (WHERE type = 'conversion' AND revenue > 0) AS new_orders
    FROM inserted GROUP BY exposure_id
), before AS (
    SELECT news.*, exposure.* FROM marketing_exposure exposure JOIN news ON news.exposure_id = exposure.id
    ORDER BY exposure.id FOR NO KEY UPDATE OF exposure
), changed AS (
    UPDATE marketing_exposure exposure SET
        opened_at = least(exposure.opened_at, before.open_at),
        clicked_at = least(exposure.clicked_at, before.click_at),
        converted_at = least(exposure.converted_at, before.conversion_at),
        unsubscribed_at = least(exposure.unsubscribed_at, before.unsubscribe_at),
        revenue = exposure.revenue + before.new_revenue,
        orders = exposure.orders + before.new_orders
    FROM before WHERE exposure.id = before.id
    RETURNING exposure.id, exposure.experiment_id, exposure.arm_id, exposure.segment_id, exposure.person_id,
        exposure.is_compared, (exposure.created_at AT TIME ZONE %(zone)s)::date AS day,
        (before.opened_at IS NULL AND exposure.opened_at IS NOT NULL)::int AS opens,
        (before.clicked_at IS NULL AND exposure.clicked_at IS NOT NULL)::int AS clicks,
        (before.converted_at IS NULL AND exposure.converted_at IS NOT NULL)::int AS conversions,
        (before.unsubscribed_at IS NULL AND exposure.unsubscribed_at IS NOT NULL)::int AS unsubscribes,
        exposure.revenue - before.revenue AS revenue, exposure.revenue ^ 2 - before.revenue ^ 2 AS revenue_squares
), counted AS (
    INSERT INTO marketing_armcount (id, organisation_id, arm_id, segment_id, day, exposures, expected,
        opens, clicks, conversions, unsubscribes, revenue, revenue_squares)
    SELECT gen_random_uuid(), %(organisation)s, arm_id, segment_id, day, 0, 0, sum(opens), sum(clicks),
        sum(conversions), sum(unsubscribes), sum(revenue), sum(revenue_squares)
    FROM changed WHERE is_compared GROUP BY arm_id, segment_id, day ORDER BY arm_id, segment_id, day
    ON CONFLICT (arm_id, segment_id, day) DO UPDATE SET
        opens = marketing_armcount.opens + excluded.opens,
        clicks = marketing_armcount.clicks + excluded.clicks,
        conversions = marketing_armcount.conversions + excluded.conversions,
        unsubscribes = marketing_armcount.unsubscribes + excluded.unsubscribes,
        revenue = marketing_armcount.revenue + excluded.revenue,
        revenue_squares = marketing_armcount.revenue_squares + excluded.revenue_squares
)
SELECT
    (SELECT count(*) FROM inserted) AS counted,
    (SELECT count(*) FROM judged WHERE verdict = 'valid') - (SELECT count(*) FROM inserted) AS doubled,
    (SELECT count(*) FROM judged WHERE verdict = 'unknown') AS unknown,
    (SELECT count(*) FROM judged WHERE verdict = 'from_future') AS from_future,
    (SELECT count(*) FROM judged WHERE verdict = 'too_early') AS too_early,
    (SELECT coalesce(array_agg(DISTINCT experiment_id), '{}') FROM changed) AS experiments,
    (SELECT coalesce(array_agg(DISTINCT person_id), '{}') FROM changed WHERE person_id IS NOT NULL) AS people,
    (SELECT coalesce(array_agg(id), '{}') FROM changed WHERE unsubscribes = 1) AS unsubscribed
"""
COUNTERS = ("counted", "doubled", "unknown", "from_future", "too_early")


@dataclass(frozen=True)
class CountedBatches:
    """`experiments`: those whose counts moved. `people`: those who did something, as far as they are known."""

    batches: int = 0
    experiments: tuple[UUID, ...] = ()
    people: tuple[UUID, ...] = ()


@intake.COUNT_EVENTS.service
def count_events(run: JobRun) -> dict[str, Any]:
    """Counts until nothing comes any more, or until other jobs have waited long enough for their turn."""
    organisation, started, was_empty = run.job.organisation, time.monotonic(), False
    while time.monotonic() < started + MAX_TURN_SECONDS:
        run.check()
        found = count_batches(organisation)
        for experiment_id in found.experiments:
            stop_rule.judge(experiment_id)
        membership.refresh(organisation, found.people)
        if not found.batches:
            if was_empty:
                break
            run.wait_for(asyncio.sleep(GATHER_SECONDS))
        was_empty = not found.batches
    waiting = EventBatch.objects.within(organisation)
    run.suspend(seconds=0 if waiting.exists() else IDLE_SECONDS)
    # Whoever stored a batch since the last look met a job that was running, and woke nobody.
    if waiting.exists():
        intake.wake(organisation)
    return {}


@transaction.atomic
def count_batches(organisation: Organisation) -> CountedBatches:
    """Counts what waits, up to `MAX_EVENTS`, each event once whoever else counts and whenever a worker is killed."""
    EventIntake.objects.get_or_create(organisation=organisation)
    # One at a time in an organisation: what the statement below reads must be what it changes.
    counters = EventIntake.objects.select_for_update().get(organisation=organisation)
    batches = _next_batches(organisation)
    if not batches:
        return CountedBatches()
    keys = [batch.pk for batch in batches]
    parameters: dict[str, Any] = {
        "batches": keys,
        "organisation": organisation.pk,
        "tolerance": CLOCK_TOLERANCE,
        "zone": settings.TIME_ZONE,
        "max_orders": ORDER_SETTINGS.read(organisation).max_orders_per_exposure,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COUNT, parameters)
        names = [column.name for column in cursor.description or ()]
        figures = dict(zip(names, cursor.fetchone() or (), strict=True))
    for name in COUNTERS:
        setattr(counters, name, getattr(counters, name) + figures[name])
    counters.malformed += sum(batch.rejected for batch in batches)
    counters.save(update_fields=[*COUNTERS, "malformed"])
    EventBatch.objects.within(organisation).filter(pk__in=keys).delete()
    _unsubscribe(organisation, figures["unsubscribed"])
    # Their segments are evaluated right after this; where the worker dies before, the next round does it.
    membership.mark_due(organisation, figures["people"])
    return CountedBatches(len(batches), tuple(figures["experiments"]), tuple(figures["people"]))


def _next_batches(organisation: Organisation) -> list[EventBatch]:
    """The oldest, as many as one transaction takes."""
    length = Coalesce(Func(F("events"), function="jsonb_array_length", output_field=IntegerField()), 0)
    rows = EventBatch.objects.within(organisation).select_for_update(skip_locked=True).order_by("id")
    chosen: list[EventBatch] = []
    events = 0
    for batch in rows.annotate(length=length).defer("events")[:MAX_BATCHES]:
        events += batch.length
        if chosen and events > MAX_EVENTS:
            break
        chosen.append(batch)
    return chosen


def _unsubscribe(organisation: Organisation, exposure_ids: Sequence[UUID]) -> None:
    """Before anything else is sent to them: in the transaction that counts it."""
    rows = (
        Exposure.objects.filter(pk__in=exposure_ids).exclude(arm__channel="").select_related("person", "arm")
    )
    # Also somebody who was imported after the message; who is imported in this moment looks here, or is found.
    numbers = [exposure.subject for exposure in rows if exposure.person is None]
    if numbers:
        lock_people(organisation)
    later = Person.objects.within(organisation).filter(external_id__in=numbers)
    known = {person.external_id: person for person in later}
    left = [(exposure.person or known.get(exposure.subject), exposure.arm.channel) for exposure in rows]
    for person, channel in sorted(
        ((person, channel) for person, channel in left if person), key=lambda each: each[0].pk
    ):
        profiles.unsubscribe(person, channel)
