"""Who gets how much: the planned shares, those of Thompson sampling in each segment, or those of a policy."""

from collections.abc import Mapping, Sequence

from apps.marketing.experiments import selectors
from apps.marketing.experiments.models import Experiment, ExperimentArm
from domain.marketing.decisions.bandits import MIN_SHARE, ThompsonShares
from domain.marketing.decisions.posteriors import BetaPosteriors


def current_shares(experiment: Experiment) -> dict[str, dict[str, float]]:
    """Segment's id ("": whoever is in none) → arm's id → share, by what is counted now.

    The control keeps its planned share: what it is compared with must not depend on how the texts do.
    """
    arms, posteriors = selectors.segment_posteriors(experiment)
    if experiment.live_policy:
        return policy_shares(arms, [str(key or "") for key in posteriors], experiment.live_policy)
    texts = [place for place, arm in enumerate(arms) if not arm.is_control]
    planned = {str(arm.pk): arm.planned_share for arm in arms}
    for_texts = sum(arms[place].planned_share for place in texts)
    shares: dict[str, dict[str, float]] = {}
    for segment_id, each in posteriors.items():
        own = dict(planned)
        if experiment.allocation == Experiment.Allocation.THOMPSON and texts:
            of_texts = BetaPosteriors(each.alpha[texts], each.beta[texts])
            learnt = ThompsonShares.of_posteriors(of_texts).shares * for_texts
            own |= {str(arms[place].pk): float(share) for place, share in zip(texts, learnt, strict=True)}
        shares[str(segment_id or "")] = own
    return shares


def policy_shares(
    arms: Sequence[ExperimentArm], segments: Sequence[str], rule: Mapping[str, str]
) -> dict[str, dict[str, float]]:
    """What each segment is split by while a policy is live.

    `rule`: segment's id or "" → arm's id; a segment that it lacks has the arm of whoever is in none.

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
