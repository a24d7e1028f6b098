"""What the recommended campaign for each customer would bring, against the best single campaign for everybody.

DIR holds a CSV as of Hillstrom's e-mail experiment: `segment` is the campaign, given by chance, and `visit`,
`conversion` and `spend` are what came of it. For each outcome and each of five folds the other four decide
everything: the models, the best single campaign, and whether a policy goes live. It does only where the lower bound
of its gain is above 0; otherwise the best single campaign is recommended to all. The fold's customers are then given
what was decided. Values are doubly robust, cross-fitted; the best single campaign is the best of all customers.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.marketing_tables import read_table
from domain.marketing.decisions.arrays import Floats
from domain.marketing.decisions.features import RowEncoder
from domain.marketing.decisions.off_policy import (
    DecisionLog,
    choose_policy,
    doubly_robust,
    doubly_robust_terms,
    snips,
)
from domain.marketing.decisions.outcome_models import (
    ActionModels,
    cross_fitted_expectations,
    folds,
    greedy_policy,
)

COMMAND = "eval channel"

OUTCOMES = ("visit", "conversion", "spend")
MIN_CAMPAIGNS = 2
MAX_CAMPAIGNS = 20


def run(data: Annotated[Path, "directory of the e-mail experiment"]) -> dict[str, Any]:
    table = read_table(data, ["segment", *OUTCOMES])
    campaigns, places = np.unique(table.names("segment"), return_inverse=True)
    if not MIN_CAMPAIGNS <= len(campaigns) <= MAX_CAMPAIGNS:
        raise SystemExit(f"segment of {', '.join(table.files)} names {len(campaigns)} campaigns.")
    customers = table.without("row", "segment", *OUTCOMES)
    features = RowEncoder.learn(customers).matrix(customers)
    # Given by chance, so the share of a campaign is the probability of each customer to get it.
    shares = np.bincount(places) / len(places)
    figures: dict[str, Any] = {}
    for outcome in OUTCOMES:
        rewards = table.numbers(outcome, 0)
        log = DecisionLog.from_rows(places, rewards, shares[places], action_count=len(campaigns))
        figures |= outcome_figures(outcome, log, features, list(campaigns))
    return {**table.sources(), "rows": len(places), "campaigns": list(campaigns), **figures}


def outcome_figures(outcome: str, log: DecisionLog, features: Floats, campaigns: list[str]) -> dict[str, Any]:
    recommended, predictions, live_folds = recommend(log, features)
    policies = [*recommended, *map(log.single, range(len(campaigns)))]
    terms, unguarded_terms, *singles = (doubly_robust_terms(log, policy, predictions) for policy in policies)
    best = int(np.argmax([single.mean() for single in singles]))
    value = doubly_robust(log, recommended[0], predictions)
    by_snips = snips(log, recommended[0]).value / snips(log, log.single(best)).value
    return {
        **intervals.share(f"{outcome}_ratio", terms, singles[best]),
        f"{outcome}_unguarded_ratio": round(float(unguarded_terms.sum() / singles[best].sum()), 4),
        f"{outcome}_snips_ratio": round(by_snips, 4),
        f"{outcome}_value": round(value.value, 5),
        f"{outcome}_value_interval": [round(value.low, 5), round(value.high, 5)],
        f"{outcome}_best_single": campaigns[best],
        f"{outcome}_best_single_value": round(float(singles[best].mean()), 5),
        f"{outcome}_mean_weight": round(value.mean_weight, 4),
        f"{outcome}_live_folds": live_folds,
    }


def recommend(log: DecisionLog, features: Floats) -> tuple[tuple[Floats, Floats], Floats, int]:
    """What each customer is given, decided by the other folds, guarded and not; what was predicted; the live folds."""
    count, live_folds = log.action_count, 0
    policy, unguarded, predictions = np.zeros((3, len(log.actions), count))
    for learn, ask in folds(log.actions):
        past = DecisionLog(log.actions[learn], log.rewards[learn], log.propensities[learn], count)
        known = (features[learn], past.actions, past.rewards)
        expectations = cross_fitted_expectations(*known, action_count=count)
        choice = choose_policy(past, {"for each": greedy_policy(expectations)}, expectations)
        predictions[ask] = ActionModels.learn(*known, action_count=count).expectations(features[ask])
        unguarded[ask] = greedy_policy(predictions[ask])
        is_live = choice.policy is not None
        policy[ask] = unguarded[ask] if is_live else np.eye(count)[choice.best_action]
        live_folds += is_live
    return (policy, unguarded), predictions, live_folds
