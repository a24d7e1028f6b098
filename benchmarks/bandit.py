"""Clicks that Thompson sampling earns where the answer of every ad is known for every round, against UCB1.

DIR holds a CSV with a column for each ad ("Ad 1" …) and a row for each round: 1 where that ad would have been
clicked. Rounds come in the order of the file; only the chosen ad's answer is learnt. UCB1 (Auer et al. 2002) has no
chance in it and runs once; Thompson sampling runs with `SEEDS` seeds, and the figures are means over them. Nothing is
set by these rows: the prior is Beta(1, 1).
"""

from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.marketing_tables import MarketingTable, read_table
from domain.marketing.decisions.arrays import Floats
from domain.marketing.decisions.bandits import ThompsonBandit

COMMAND = "eval bandit"

SEEDS = 20


def run(data: Annotated[Path, "directory of a CSV with a column for each ad"]) -> dict[str, Any]:
    table = read_table(data, ["Ad 1", "Ad 2"])
    clicks = click_table(table)
    best = float(clicks.sum(axis=0).max())
    ucb1 = ucb1_clicks(clicks)
    thompson = [thompson_clicks(clicks, seed) for seed in range(SEEDS)]
    if not ucb1:
        raise SystemExit("UCB1 earned no click in these rounds: there is nothing to compare with.")
    return {
        "trained_on": [],
        "tested_on": list(table.files),
        "rounds": len(clicks),
        "arms": clicks.shape[1],
        "seeds": SEEDS,
        "thompson_clicks": round(float(np.mean(thompson)), 1),
        "ucb1_clicks": ucb1,
        "random_clicks": round(float(clicks.mean(axis=1).sum()), 1),
        "best_arm_clicks": best,
        **intervals.share("over_ucb1", thompson, [ucb1] * SEEDS),
        **intervals.share("share_of_best", thompson, [best] * SEEDS),
    }


def click_table(table: MarketingTable) -> Floats:
    columns = [name for name in table.frame if name.startswith("Ad ")]
    return np.column_stack([table.numbers(name, 0, 1) for name in columns])


def thompson_clicks(clicks: Floats, seed: int) -> float:
    bandit, chance, total = ThompsonBandit(clicks.shape[1]), np.random.default_rng(seed), 0.0
    for answers in clicks:
        arm = bandit.choose(chance)
        bandit.learn(arm, answers[arm])
        total += answers[arm]
    return total


def ucb1_clicks(clicks: Floats) -> float:
    """Each arm once, then the one with the highest mean + √(2 ln t / n)."""
    arms = clicks.shape[1]
    counts, sums = np.zeros(arms), np.zeros(arms)
    for place, answers in enumerate(clicks):
        arm = place
        if place >= arms:
            arm = int(np.argmax(sums / counts + np.sqrt(2 * np.log(place + 1) / counts)))
        counts[arm] += 1
        sums[arm] += answers[arm]
    return float(sums.sum())
