"""Which arm somebody gets: drawn once by the shares of that moment, and kept with the probability of the draw."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.core.models import new_id
from apps.core.ttl_cache import TTLCache
from apps.marketing.experiments.models import Experiment, ExperimentArm, Exposure
from domain.marketing.decisions.arrays import Floats

# Exposures and counts in one statement, so that the counts, which everybody writes, are locked no longer than it takes.
# Rows are written in an order that all writers keep: two requests for the same people wait for each other, never in a
# ring. Where two race, the first one's choice stands, and only what was inserted is counted.
_STORE = """
WITH chance AS MATERIALIZED (
    SELECT * FROM unnest(%(strata)s::int[], %(segments)s::uuid[], %(arms)s::uuid[], %(chances)s::float8[],
        %(taken)s::timestamptz[]) AS chance (stratum, segment_id, arm_id, chance, taken_at)
), draw AS MATERIALIZED (
    SELECT * FROM unnest(%(ids)s::uuid[], %(subjects)s::text[], %(people)s::uuid[], %(drawn_strata)s::int[],
        %(drawn_arms)s::uuid[]) AS draw (id, subject, person_id, stratum, arm_id)
), inserted AS (
    INSERT INTO marketing_exposure (id, organisation_id, experiment_id, request_key, created_at, failure, revenue,
        delivered_at, arm_id, subject, person_id, segment_id, propensity, is_compared)
    SELECT draw.id, %(organisation)s, %(experiment)s, %(request_key)s, %(moment)s, '', 0,
        chance.taken_at, arm_id, draw.subject, draw.person_id, chance.segment_id, chance.chance, true
    FROM draw JOIN chance USING (stratum, arm_id)
    ORDER BY draw.subject
    ON CONFLICT (experiment_id, subject, request_key) DO NOTHING
    RETURNING id
), shown AS (
    SELECT stratum, arm_id, count(*) AS people FROM inserted JOIN draw USING (id) GROUP BY stratum, arm_id
), counted AS (
    INSERT INTO marketing_armcount (id, organisation_id, arm_id, segment_id, day, exposures, expected,
        opens, clicks, conversions, unsubscribes, revenue, revenue_squares)
    SELECT gen_random_uuid(), %(organisation)s, arm_id, chance.segment_id, %(day)s,
        coalesce(sum(shown.people), 0), sum(whole.people * chance.chance), 0, 0, 0, 0, 0, 0
    FROM chance JOIN (SELECT stratum, sum(people) AS people FROM shown GROUP BY stratum) whole USING (stratum)
        LEFT JOIN shown USING (stratum, arm_id)
    WHERE chance.chance > 0
    GROUP BY arm_id, chance.segment_id
    ORDER BY arm_id, chance.segment_id
    ON CONFLICT (arm_id, segment_id, day) DO UPDATE SET
        exposures = marketing_armcount.exposures + excluded.exposures,
        expected = marketing_armcount.expected + excluded.expected
)
SELECT id FROM inserted
"""


@dataclass(frozen=True)
class Candidate:
    """Somebody who may be shown an arm. `channels`: where they may be written to; None is every channel."""

    subject: str
    person_id: UUID | None = None
    segment_ids: frozenset[UUID] = frozenset()
    channels: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Assignment:
    """What somebody is shown, as its exposure holds it; `pk` is that of the exposure."""

    pk: UUID
    subject: str
    arm: ExperimentArm
    segment_id: UUID | None
    propensity: float


@dataclass(frozen=True)
class Split:
    """What stays of an experiment from its making on: its arms, and its segments by name."""

    arms: tuple[ExperimentArm, ...]
    segment_ids: tuple[UUID, ...]

    def stratum(self, segment_ids: frozenset[UUID]) -> UUID | None:
        """The first of the experiment's segments, by name, that somebody is in."""
        return next((pk for pk in self.segment_ids if pk in segment_ids), None)


@dataclass(frozen=True)
class _Stratum:
    """People of one segment who are reached on the same channels, and the chances of all arms for each of them."""

    segment_id: UUID | None
    members: Sequence[Candidate]
    chances: Floats


# A segment that is deleted or named anew meanwhile: nobody is in it any more, or it takes seconds to come elsewhere.
_splits = TTLCache[Split](seconds=5)


def assign(
    experiment: Experiment,
    candidates: Iterable[Candidate],
    *,
    request_key: str = "",
    at: datetime | None = None,
    is_taken: bool = False,
) -> dict[str, Assignment]:
    """An assignment for each subject, the one that is there or a new one. Whoever no arm reaches has none.

    `at`: when they were chosen, of people who are made up; else now. `is_taken`: whoever asks sends the messages, which
    counts as written to from then on, and no campaign sends them. Raises Conflict where somebody new comes to an
    experiment that is not running.
    """
    by_subject = {each.subject: each for each in candidates}
    if experiment.status != Experiment.Status.RUNNING:
        stored = _stored(experiment, list(by_subject), request_key)
        if by_subject.keys() - stored.keys():
            raise Conflict(_("This experiment is not running."), code="experiment_not_running")
        return stored
    split = experiment_split(experiment)
    strata = _strata(experiment, split, by_subject.values())
    new = _store(experiment, split, strata, request_key, at or timezone.now(), is_taken)
    return new | _stored(experiment, list(by_subject.keys() - new.keys()), request_key)


def assign_winner(experiment: Experiment, candidates: Iterable[Candidate]) -> None:
    """To those who come after an experiment has ended: what won, where it reaches them. Nothing of it is compared.

    Whoever has an arm keeps it.
    """
    winner = experiment.winner
    if winner is None or winner.is_control:
        return
    split = experiment_split(experiment)
    # In the order that all writers keep, see `_STORE`.
    rows = [
        Exposure(
            organisation_id=experiment.organisation_id,
            experiment=experiment,
            arm=winner,
            subject=each.subject,
            person_id=each.person_id,
            segment_id=split.stratum(each.segment_ids),
            propensity=1.0,
            is_compared=False,
        )
        for each in sorted(candidates, key=lambda each: each.subject)
        if each.channels is None or winner.channel in each.channels
    ]
    Exposure.objects.bulk_create(rows, ignore_conflicts=True)


def experiment_split(experiment: Experiment) -> Split:
    return _splits.get(
        experiment.pk,
        lambda: Split(
            tuple(experiment.arms.all()),
            tuple(experiment.segments.order_by("name").values_list("pk", flat=True)),
        ),
    )


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


def _strata(experiment: Experiment, split: Split, candidates: Iterable[Candidate]) -> list[_Stratum]:
    """Without those whom no arm reaches. What is the same for many is looked up once."""
    groups: dict[tuple[frozenset[UUID], frozenset[str] | None], list[Candidate]] = {}
    for each in candidates:
        groups.setdefault((each.segment_ids, each.channels), []).append(each)
    by_segment: dict[tuple[UUID | None, frozenset[str] | None], list[Candidate]] = {}
    for (segment_ids, channels), members in groups.items():
        by_segment.setdefault((split.stratum(segment_ids), channels), []).extend(members)
    strata = [
        _Stratum(segment_id, members, chances(experiment.shares[str(segment_id or "")], split.arms, channels))
        for (segment_id, channels), members in by_segment.items()
    ]
    return [each for each in strata if each.chances.sum() > 0]


def _store(
    experiment: Experiment,
    split: Split,
    strata: Sequence[_Stratum],
    request_key: str,
    moment: datetime,
    is_taken: bool,
) -> dict[str, Assignment]:
    """Draws an arm for everybody and stores it; those who had one before are left out of the answer."""
    chance, drawn = np.random.default_rng(), list[Assignment]()
    people: list[UUID | None] = []
    numbers: list[int] = []
    for number, stratum in enumerate(strata):
        # numpy refuses chances that do not add up to 1 to the last digits.
        places = chance.choice(
            len(split.arms), len(stratum.members), p=stratum.chances / stratum.chances.sum()
        )
        propensities = stratum.chances.tolist()
        drawn += [
            Assignment(new_id(), each.subject, split.arms[place], stratum.segment_id, propensities[place])
            for each, place in zip(stratum.members, places.tolist(), strict=True)
        ]
        people += [each.person_id for each in stratum.members]
        numbers += [number] * len(stratum.members)
    if not drawn:
        return {}
    cells = [
        (number, stratum.segment_id, arm.pk, share, moment if is_taken and not arm.is_control else None)
        for number, stratum in enumerate(strata)
        for arm, share in zip(split.arms, stratum.chances.tolist(), strict=True)
    ]
    columns: dict[str, Any] = dict(
        zip(
            ("strata", "segments", "arms", "chances", "taken"),
            map(list, zip(*cells, strict=True)),
            strict=True,
        )
    )
    columns |= {"ids": [each.pk for each in drawn], "subjects": [each.subject for each in drawn]}
    columns |= {
        "people": people,
        "drawn_strata": numbers,
        "drawn_arms": [each.arm.pk for each in drawn],
        "organisation": experiment.organisation_id,
        "experiment": experiment.pk,
        "request_key": request_key,
        "moment": moment,
        "day": timezone.localdate(moment),
    }
    with connection.cursor() as cursor:
        cursor.execute(_STORE, columns)
        inserted = {row[0] for row in cursor.fetchall()}
    return {each.subject: each for each in drawn if each.pk in inserted}


def _stored(experiment: Experiment, subjects: Sequence[str], request_key: str) -> dict[str, Assignment]:
    if not subjects:
        return {}
    arms = {arm.pk: arm for arm in experiment_split(experiment).arms}
    rows = Exposure.objects.within(experiment.organisation_id).filter(
        experiment=experiment, request_key=request_key, subject__in=subjects
    )
    columns = rows.values_list("pk", "subject", "arm", "segment", "propensity")
    return {
        subject: Assignment(pk, subject, arms[arm_id], segment_id, propensity)
        for pk, subject, arm_id, segment_id, propensity in columns
    }
