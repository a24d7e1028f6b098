"""The click rate of one policy estimated from the log of another: Open Bandit's `bts` from its random log.

DIR holds `random_*.csv` and `bts_*.csv` with `item_id`, `position`, `click`, `propensity_score`, and perhaps more.
What `bts` would have shown at a position is read from the propensities that its own log has (never from its clicks):
of an item shown n times with propensities p, n / Σ 1/p is its mean probability over time. Clicks are those of the
random log alone. The truth is the click rate in the log of `bts`, itself a sample; `truth_interval` says how sure it
is. Nothing is chosen by these rows.
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.marketing_tables import MarketingTable, read_table
from domain.marketing.decisions.arrays import Floats, Ints
from domain.marketing.decisions.off_policy import DecisionLog, Estimate, doubly_robust, ips, snips

COMMAND = "eval ope"

COLUMNS = ("item_id", "position", "click", "propensity_score")
MAX_ITEMS, MAX_POSITIONS = 1_000, 100


def run(data: Annotated[Path, "directory of random_*.csv and bts_*.csv"]) -> dict[str, Any]:
    random = read_table(data, COLUMNS, begins="random")
    target = read_table(data, COLUMNS, begins="bts")
    log = decision_log(random)
    policy = target_policy(target, positions(random), log.action_count)
    truth = float(target.numbers("click", 0, 1).mean())
    if not truth:
        raise SystemExit(f"{', '.join(target.files)} holds no click: there is no rate to compare with.")
    estimate = doubly_robust(log, policy, interval="bootstrap")
    return {
        "trained_on": [],
        "tested_on": [*random.files, *target.files],
        "rows": len(log.actions),
        "clicks": int(log.rewards.sum()),
        "random_rate": round(float(log.rewards.mean()), 5),
        **intervals.share("truth", target.numbers("click", 0, 1), digits=5),
        "value": round(estimate.value, 5),
        "value_interval": [round(estimate.low, 5), round(estimate.high, 5)],
        "inside_interval": estimate.low <= truth <= estimate.high,
        "error_pct": error_pct(estimate, truth),
        "mean_weight": round(estimate.mean_weight, 4),
        "effective_rows": round(estimate.effective_rows),
        "warnings": list(estimate.warnings),
        "error_pct_ips": error_pct(ips(log, policy), truth),
        "error_pct_snips": error_pct(snips(log, policy), truth),
    }


def decision_log(table: MarketingTable) -> DecisionLog:
    items = table.numbers("item_id", 0, MAX_ITEMS - 1)
    told = table.numbers("click", 0, 1), table.numbers("propensity_score")
    try:
        return DecisionLog.from_rows(items, *told, action_count=int(items.max()) + 1)
    except ValueError as error:
        raise SystemExit(f"{', '.join(table.files)} is no log of decisions: {error}.") from error


def positions(table: MarketingTable) -> Ints:
    return table.numbers("position", 0, MAX_POSITIONS).astype(np.int64)


def target_policy(table: MarketingTable, at_positions: Ints, item_count: int) -> Floats:
    """(row, item) → probability, by the position of the row; an item that the policy was never seen to show has none."""
    items = table.numbers("item_id", 0, item_count - 1).astype(np.int64)
    propensities, shown_at = table.numbers("propensity_score", 0, 1), positions(table)
    if not (propensities > 0).all():
        raise SystemExit(f"{', '.join(table.files)} shows what had the propensity 0.")
    policy = np.zeros((len(at_positions), item_count))
    for position in np.unique(at_positions):
        rows = shown_at == position
        if not rows.any():
            raise SystemExit(f"{', '.join(table.files)} shows nothing at position {position}.")
        counts = np.bincount(items[rows], minlength=item_count)
        inverse = np.bincount(items[rows], 1 / propensities[rows], minlength=item_count)
        means = np.divide(counts, inverse, out=np.zeros(item_count), where=inverse > 0)
        policy[at_positions == position] = means / means.sum()
    return policy


def error_pct(estimate: Estimate, truth: float) -> float:
    return round(100 * abs(estimate.value - truth) / truth, 1)
