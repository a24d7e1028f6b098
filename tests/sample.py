"""What a walk that multiplies takes of its cases: all of them, or in the default tier a share that changes with each run."""

import os
import random
from collections.abc import Iterable
from math import ceil
from typing import TypeVar

Case = TypeVar("Case")
# Set by `./kongming test` for the default tier; whoever names files or says `--all` walks through everything.
SEED = "KONGMING_SEED"


def examples(count: int) -> int:
    """How many a property is tried with: a quarter of them in the default tier. Hypothesis chooses others each time."""
    return ceil(count / 4) if os.environ.get(SEED) else count


def sampled(cases: Iterable[Case], share: float) -> list[Case]:
    """In their order. Each test takes others; what it took stands in the output of one that fails."""
    every = list(cases)
    seed = os.environ.get(SEED)
    if not seed:
        return every
    print(f"A share of {share:.0%}: {SEED}={seed} ./kongming test <this file> takes the same again.")  # noqa: T201
    test = os.environ["PYTEST_CURRENT_TEST"].rpartition(" ")[0]
    places = random.Random(f"{seed} {test}").sample(range(len(every)), ceil(len(every) * share))
    return [every[place] for place in sorted(places)]
