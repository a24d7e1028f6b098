"""What the messages of an experiment did beyond no message: by segment, and over people by their attributes."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import numpy as np

from apps.accounts.models import Organisation
from apps.marketing.profiles.models import Person
from apps.marketing.recommendation.decision_log import ExperimentLog
from apps.marketing.recommendation.policy_candidates import interval_json, part
from domain.marketing.decisions.arrays import Floats, Ints
from domain.marketing.decisions.features import RowEncoder
from domain.marketing.decisions.off_policy import doubly_robust_gain
from domain.marketing.decisions.uplift import MIN_GROUP_ROWS, cross_fitted_uplift, heterogeneity, qini_curve

BLOCK_PEOPLE = 5_000
MAX_ATTRIBUTES = 60
MAX_TEXT_CHARACTERS = 80
MAX_NUMBER = 1e15
CURVE_POINTS = 40
# Between the rarest and the commonest tenth of the control group.
MAX_CONTROL_SPREAD = 1.25


def segment_uplift(log: ExperimentLog, predictions: Floats) -> list[dict[str, Any]]:
    """What messages bring as they were sent, against none, for everybody and for each segment; weighed by the
    propensities.
    """
    control = log.control
    if control is None:
        return []
    groups: list[tuple[str | None, Ints]] = [(None, np.arange(len(log.strata)))]
    if len(log.segments) > 1:
        groups += [
            (str(segment or ""), np.flatnonzero(log.strata == place))
            for place, segment in enumerate(log.segments)
        ]
    lines = []
    for name, rows in groups:
        of_group = part(log.log, rows)
        counts = np.bincount(of_group.actions, minlength=len(log.arms)).astype(np.float64)
        line: dict[str, Any] = {
            "segment": name,
            "control": int(counts[control]),
            "messages": int(counts.sum() - counts[control]),
        }
        if min(line["control"], line["messages"]) >= MIN_GROUP_ROWS:
            counts[control] = 0
            messages = np.tile(counts / counts.sum(), (len(rows), 1))
            line |= interval_json(
                doubly_robust_gain(of_group, messages, of_group.single(control), predictions[rows])
            )
        lines.append(line)
    return lines


def people_uplift(log: ExperimentLog, rows: Ints, features: Floats) -> dict[str, Any]:
    """The Qini curve: who is written to first by an uplift that was learnt from others. Empty with too few people."""
    control = log.control
    if control is None:
        return {}
    treatments = (log.log.actions[rows] != control).astype(np.float64)
    if min(treatments.sum(), len(rows) - treatments.sum()) < MIN_GROUP_ROWS:
        return {}
    rewards = log.log.rewards[rows]
    scores = cross_fitted_uplift(features, treatments, rewards)
    whole, curve = heterogeneity(scores, treatments, rewards), qini_curve(scores, treatments, rewards)
    places = np.unique(np.linspace(0, len(curve.people) - 1, CURVE_POINTS).round().astype(np.int64))
    kept_back = log.log.propensities[rows][treatments == 0]
    low, high = np.quantile(kept_back, [0.1, 0.9])
    return {
        "people": len(rows),
        "value": whole.qini,
        "low": whole.low,
        "high": whole.high,
        "is_found": whole.is_found,
        "curve": [[float(curve.people[place]), float(curve.gains[place])] for place in places],
        "is_uneven": bool(high > MAX_CONTROL_SPREAD * low),
    }


def features_of_people(organisation: Organisation, log: ExperimentLog) -> tuple[Ints, Floats] | None:
    """(rows, their people's attributes as numbers); None where nobody has any."""
    attributes: dict[UUID, Mapping[str, Any]] = {}
    ids = [person_id for _row, person_id in log.people]
    for start in range(0, len(ids), BLOCK_PEOPLE):
        found = Person.objects.within(organisation).filter(pk__in=ids[start : start + BLOCK_PEOPLE])
        attributes |= dict(found.values_list("pk", "attributes"))
    counts: dict[str, int] = {}
    for values in attributes.values():
        for name in values:
            counts[name] = counts.get(name, 0) + 1
    names = sorted(counts, key=lambda name: (-counts[name], name))[:MAX_ATTRIBUTES]
    if not names:
        return None
    known = [(row, attributes[person_id]) for row, person_id in log.people if person_id in attributes]
    columns = [{name: _plain(values.get(name)) for name in names} for _row, values in known]
    rows = np.array([row for row, _values in known], dtype=np.int64)
    return rows, RowEncoder.learn(columns).matrix(columns)


def _plain(value: Any) -> str | float | None:
    """Yes and no are 1 and 0; whatever else came in with an import is its text."""
    if isinstance(value, int | float):
        return float(value) if abs(value) < MAX_NUMBER else None
    return None if value is None else str(value)[:MAX_TEXT_CHARACTERS]
