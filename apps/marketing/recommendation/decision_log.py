"""An experiment's exposures as the decision log of an off-policy estimate."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import UUID

import numpy as np
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.jobs.runs import JobRun
from apps.marketing.experiments.models import Experiment, ExperimentArm, Exposure
from domain.marketing.decisions.arrays import Floats, Ints
from domain.marketing.decisions.off_policy import DecisionLog

MAX_ROWS = 500_000
# Of rows times arms: a policy is a table of so many numbers, and a few of them are held at a time.
MAX_CELLS = 5_000_000
# Rows whose people are remembered, for what is learnt from attributes.
MAX_PEOPLE = 50_000
BLOCK_ROWS = 20_000


@dataclass(frozen=True)
class ExperimentLog:
    """The newest usable rows. `strata`: of each row the place of its segment in `segments`; None is whoever is in none.

    `people`: (row, person) of the newest, one row each. `unusable`: rows whose propensity cannot be. `without_choice`:
    rows of people to whom one arm alone was open: no policy changes anything for them.
    """

    arms: list[ExperimentArm]
    segments: list[UUID | None]
    log: DecisionLog
    strata: Ints
    people: list[tuple[int, UUID]]
    unusable: int
    without_choice: int
    is_cut: bool

    @property
    def control(self) -> int | None:
        """The place of the arm that is shown nothing."""
        return next((place for place, arm in enumerate(self.arms) if arm.is_control), None)


def read_log(run: JobRun, experiment: Experiment) -> ExperimentLog:
    """Raises Conflict where nothing usable is there."""
    arms = list(experiment.arms.all())
    arm_places = {arm.pk: place for place, arm in enumerate(arms)}
    segment_places: dict[UUID | None, int] = {None: 0}
    limit = min(MAX_ROWS, MAX_CELLS // max(1, len(arms)))
    blocks: list[Floats] = []
    people: dict[UUID, int] = {}
    usable = unusable = without_choice = read = 0
    for block in _read_rows(experiment, limit):
        run.check()
        read += len(block)
        table = _numbers(block, arm_places, segment_places)
        propensities = table[:, 2]
        is_possible = np.isfinite(propensities) & (propensities > 0) & (propensities <= 1)
        has_choice = is_possible & ((propensities < 1) | (len(arms) == 1))
        unusable += int((~is_possible).sum())
        without_choice += int((is_possible & ~has_choice).sum())
        kept = np.flatnonzero(has_choice)
        for number, row in enumerate(kept, start=usable):
            if (person_id := block[row][4]) is not None and len(people) < MAX_PEOPLE:
                people.setdefault(person_id, number)
        usable += len(kept)
        blocks.append(table[kept])
        run.progress(read, limit)
    if not usable:
        raise Conflict(_("The log has no assignments to estimate from yet."))
    whole = np.concatenate(blocks)
    log = DecisionLog.from_rows(whole[:, 0], whole[:, 1], whole[:, 2], action_count=len(arms))
    return ExperimentLog(
        arms,
        list(segment_places),
        log,
        whole[:, 3].astype(np.int64),
        [(number, person) for person, number in people.items()],
        unusable,
        without_choice,
        is_cut=read == limit,
    )


def _numbers(
    block: list[tuple[Any, ...]], arm_places: dict[UUID, int], segment_places: dict[UUID | None, int]
) -> Floats:
    """For each row the arm's place, the reward, the propensity and the segment's place."""
    rows = [
        (arm_places[arm_id], reward, propensity, segment_places.setdefault(segment_id, len(segment_places)))
        for arm_id, segment_id, propensity, reward, _person_id in block
    ]
    return np.array(rows, dtype=np.float64)


def _read_rows(experiment: Experiment, limit: int) -> Iterator[list[tuple[Any, ...]]]:
    """Arm, segment, propensity, whether it succeeded, person; the newest first."""
    moment = "clicked_at" if experiment.metric == Experiment.Metric.CLICK else "converted_at"
    succeeded = ExpressionWrapper(Q(**{f"{moment}__isnull": False}), output_field=BooleanField())
    rows = Exposure.objects.within(experiment.organisation_id).filter(experiment=experiment, is_compared=True)
    columns = rows.annotate(reward=succeeded).order_by("-id")
    values = columns.values_list("arm_id", "segment_id", "propensity", "reward", "person_id")[:limit]
    iterator = values.iterator(chunk_size=BLOCK_ROWS)
    while block := list(islice(iterator, BLOCK_ROWS)):
        yield block
