"""The rule of a policy as shares: what each segment is split by while a policy is live."""

from collections.abc import Mapping, Sequence

from apps.marketing.experiments.models import ExperimentArm
from decisioning.bandits import MIN_SHARE


def policy_shares(
    arms: Sequence[ExperimentArm], segments: Sequence[str], rule: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """`rule`: segment's id or "" → arm's id; a segment that it lacks has the arm of whoever is in none.

    Every other arm keeps `MIN_SHARE`, else the next log could say nothing of it; a control group keeps its planned
    share, else nobody would know any more what the messages do.
    """
    shares: dict[str, dict[str, float]] = {}
    for segment in segments:
        chosen = rule.get(segment) or rule[""]
        others = {
            str(arm.pk): max(MIN_SHARE, arm.planned_share) if arm.is_control else MIN_SHARE
            for arm in arms
            if str(arm.pk) != chosen
        }
        shares[segment] = {**others, chosen: 1 - sum(others.values())}
    return shares
