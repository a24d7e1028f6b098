"""Which arm somebody gets: drawn once by the shares of that moment, and kept with the probability of the draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.marketing.experiments.models import Experiment, ExperimentArm, Exposure
from decisioning.arrays import Floats

# By subject, so that two requests for the same people wait for each other and never in a ring.
_INSERT_EXPOSURES = """
    INSERT INTO marketing_exposure
        (id, organisation_id, experiment_id, request_key, created_at, failure, revenue, arm_id, subject, person_id,
        segment_id, propensity)
    SELECT id, %s, %s, %s, %s, '', 0, arm_id, subject, person_id, segment_id, propensity
    FROM unnest(%s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::uuid[], %s::float8[])
        AS new (id, arm_id, subject, person_id, segment_id, propensity)
    ORDER BY subject
    ON CONFLICT (experiment_id, subject, request_key) DO NOTHING
    RETURNING id
"""
# Sorted, as every writer of these rows sorts them: two that write the same ones must not wait for each other.
_COUNT_EXPOSURES = """
    INSERT INTO marketing_armcount (id, organisation_id, arm_id, segment_id, day, exposures, expected,
        opens, clicks, conversions, unsubscribes, revenue, revenue_squares)
    SELECT gen_random_uuid(), %s, arm_id, segment_id, %s, exposures, expected, 0, 0, 0, 0, 0, 0
    FROM unnest(%s::uuid[], %s::uuid[], %s::int[], %s::float8[]) AS new (arm_id, segment_id, exposures, expected)
    ORDER BY arm_id, segment_id
    ON CONFLICT (arm_id, segment_id, day) DO UPDATE SET
        exposures = marketing_armcount.exposures + excluded.exposures,
        expected = marketing_armcount.expected + excluded.expected
"""


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be shown an arm. `channels`: where they may be written to; None is every channel."""

    subject: str
    person_id: UUID | None = None
    segment_ids: frozenset[UUID] = frozenset()
    channels: frozenset[str] | None = None


@dataclass(frozen=True)
class _Draw:
    candidate: Candidate
    arm: ExperimentArm
    segment_id: UUID | None
    chances: Floats
    propensity: float


@transaction.atomic
def assign(
    experiment: Experiment,
    candidates: Iterable[Candidate],
    *,
    request_key: str = "",
    at: datetime | None = None,
) -> dict[str, Exposure]:
    """An exposure for each subject, the one that is there or a new one. Whoever no arm reaches has none.

    `at`: when they were chosen, of people who are made up; else now. Raises Conflict where somebody new comes to an
    experiment that is not running.
    """
    by_subject = {each.subject: each for each in candidates}
    exposures = _stored(experiment, by_subject, request_key)
    new = [each for subject, each in sorted(by_subject.items()) if subject not in exposures]
    if not new:
        return exposures
    if experiment.status != Experiment.Status.RUNNING:
        raise Conflict(_("This experiment is not running."), code="experiment_not_running")
    moment, draws = at or timezone.now(), _draw(experiment, new)
    rows = {draw.candidate.subject: _exposure(experiment, draw, request_key, moment) for draw in draws}
    inserted = _insert(experiment, list(rows.values()), request_key, moment)
    # Where two requests race, the first one's choice stands, and only that is counted.
    own = {subject: row for subject, row in rows.items() if row.pk in inserted}
    _count(experiment, [draw for draw in draws if draw.candidate.subject in own], moment)
    return exposures | own | _stored(experiment, rows.keys() - own.keys(), request_key)


def chances(
    shares: Mapping[str, float], arms: Sequence[ExperimentArm], channels: frozenset[str] | None = None
) -> Floats:
    """The probability of each arm for somebody who is reached on these channels; all 0 where no arm is on them.

    The control keeps its share: with more of those who are hard to reach in it, it would be compared with others.
    """
    shown = np.array([shares.get(str(arm.pk), 0.0) for arm in arms])
    is_control = np.array([arm.is_control for arm in arms])
    is_reached = np.array([channels is None or arm.channel in channels for arm in arms])
    messages = np.where(~is_control & is_reached, shown, 0.0)
    if not messages.sum() > 0:
        return np.zeros(len(arms))
    rest = 1.0 - shown[is_control].sum()
    return np.asarray(np.where(is_control, shown, messages * rest / messages.sum()), dtype=np.float64)


def stratum(experiment: Experiment, segment_ids: frozenset[UUID]) -> UUID | None:
    """The first of the experiment's segments, by name, that somebody is in."""
    names = sorted((segment.name, segment.pk) for segment in experiment.segments.all())
    return next((pk for _name, pk in names if pk in segment_ids), None)


def _draw(experiment: Experiment, candidates: Sequence[Candidate]) -> list[_Draw]:
    """People of one stratum who are reached on the same channels are drawn at once."""
    arms = list(experiment.arms.all())
    groups: dict[tuple[UUID | None, frozenset[str] | None], list[Candidate]] = {}
    strata: dict[frozenset[UUID], UUID | None] = {}
    for each in candidates:
        if each.segment_ids not in strata:
            strata[each.segment_ids] = stratum(experiment, each.segment_ids)
        groups.setdefault((strata[each.segment_ids], each.channels), []).append(each)
    chance, draws = np.random.default_rng(), []
    for (segment_id, channels), members in groups.items():
        probabilities = chances(experiment.shares[str(segment_id or "")], arms, channels)
        if not probabilities.sum() > 0:
            continue
        places = chance.choice(len(arms), len(members), p=probabilities / probabilities.sum())
        draws += [
            _Draw(each, arms[place], segment_id, probabilities, float(probabilities[place]))
            for each, place in zip(members, places, strict=True)
        ]
    return draws


def _exposure(experiment: Experiment, draw: _Draw, request_key: str, moment: datetime) -> Exposure:
    return Exposure(
        organisation_id=experiment.organisation_id,
        experiment=experiment,
        arm=draw.arm,
        subject=draw.candidate.subject,
        request_key=request_key,
        person_id=draw.candidate.person_id,
        segment_id=draw.segment_id,
        propensity=draw.propensity,
        created_at=moment,
    )


def _insert(
    experiment: Experiment, rows: Sequence[Exposure], request_key: str, moment: datetime
) -> set[UUID]:
    """The ids of those that were stored. One statement of arrays: rows of an ORM cost more than the draw."""
    if not rows:
        return set()
    cells = [(row.pk, row.arm_id, row.subject, row.person_id, row.segment_id, row.propensity) for row in rows]
    columns: list[Any] = [list(column) for column in zip(*cells, strict=True)]
    with connection.cursor() as cursor:
        shared: list[Any] = [experiment.organisation_id, experiment.pk, request_key, moment]
        cursor.execute(_INSERT_EXPOSURES, [*shared, *columns])
        return {row[0] for row in cursor.fetchall()}


def _count(experiment: Experiment, draws: Sequence[_Draw], moment: datetime) -> None:
    arms = list(experiment.arms.all())
    places = {arm.pk: place for place, arm in enumerate(arms)}
    counts: dict[UUID | None, tuple[Floats, Floats]] = {}
    for draw in draws:
        exposures, expected = counts.setdefault(draw.segment_id, (np.zeros(len(arms)), np.zeros(len(arms))))
        exposures[places[draw.arm.pk]] += 1
        expected += draw.chances
    cells = [
        (arm.pk, segment_id, int(exposures[place]), float(expected[place]))
        for segment_id, (exposures, expected) in counts.items()
        for place, arm in enumerate(arms)
        if expected[place] > 0
    ]
    if cells:
        day = timezone.localdate(moment)
        with connection.cursor() as cursor:
            columns = [list(column) for column in zip(*cells, strict=True)]
            cursor.execute(_COUNT_EXPOSURES, [experiment.organisation_id, day, *columns])


def _stored(experiment: Experiment, subjects: Iterable[str], request_key: str) -> dict[str, Exposure]:
    names = list(subjects)
    if not names:
        return {}
    arms = {arm.pk: arm for arm in experiment.arms.all()}
    rows = Exposure.objects.within(experiment.organisation_id).filter(
        experiment=experiment, request_key=request_key, subject__in=names
    )
    exposures = {row.subject: row for row in rows}
    for row in exposures.values():
        row.arm, row.experiment = arms[row.arm_id], experiment
    return exposures
