"""Which of two headlines of a test is clicked more: the share of significant pairs whose order is told from the texts
alone.

DIR holds a CSV with `clickability_test_id`, `headline`, `impressions` and `clicks`, as of the Upworthy Research
Archive: variants of one test were shown at random. Five folds of whole tests: no headline of a test is judged by a
model that learnt from another of it. A pair is two different headlines of a test whose click rates differ by more
than 1.96 standard errors; where a headline was tried twice in a test (with another picture), its trials are one.
Settings were chosen by tests with an even place in the order of their names; `halves` has both.
"""

from collections import defaultdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.marketing_tables import MarketingTable, read_table
from domain.marketing.decisions.headlines import HeadlineModel, HeadlineTest
from domain.marketing.decisions.outcome_models import folds

COMMAND = "eval headline"

COLUMNS = ("clickability_test_id", "headline", "impressions", "clicks")
MIN_Z = 1.96
MIN_TESTS = 20


def run(data: Annotated[Path, "directory of headline tests"]) -> dict[str, Any]:
    table = read_table(data, COLUMNS)
    tests = headline_tests(table)
    if len(tests) < MIN_TESTS:
        raise SystemExit(
            f"{', '.join(table.files)} has {len(tests)} tests of several headlines; {MIN_TESTS} are needed."
        )
    hits: list[list[float]] = [[] for _ in tests]
    longer: list[list[float]] = [[] for _ in tests]
    bests: list[bool] = []
    for learn, ask in folds(np.zeros(len(tests))):
        model = HeadlineModel.learn([tests[place] for place in learn])
        for place in ask:
            test = tests[place]
            scores = dict(zip(test.headlines, model.scores(test.headlines), strict=True))
            for one, other, z in test.pairs():
                if abs(z) > MIN_Z:
                    hits[place].append(_is_right(scores[one] - scores[other], z))
                    longer[place].append(_is_right(len(one) - len(other), z))
            rates = test.clicks / np.maximum(1, test.impressions)
            bests.append(rates[np.argmax([scores[each] for each in test.headlines])] == rates.max())
    halves = [intervals.share("half", map(sum, hits[half::2]), map(len, hits[half::2])) for half in (0, 1)]
    return {
        **table.sources(),
        "tests": len(tests),
        "pairs": sum(map(len, hits)),
        **intervals.share("pair_accuracy", map(sum, hits), map(len, hits)),
        "pair_accuracy_halves": [half["half"] for half in halves],
        "longer_wins": intervals.share("longer", map(sum, longer), map(len, longer))["longer"],
        "best_first": round(float(np.mean(bests)), 4),
        "best_first_by_chance": round(float(np.mean([1 / len(test.headlines) for test in tests])), 4),
    }


def headline_tests(table: MarketingTable) -> list[HeadlineTest]:
    """In the order of their names; of one headline alone there is nothing to learn."""
    impressions, clicks = table.numbers("impressions", 0), table.numbers("clicks", 0)
    counts: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0.0, 0.0]))
    names = (table.names(column) for column in COLUMNS[:2])
    for test, headline, impression_count, click_count in zip(*names, impressions, clicks, strict=True):
        if click_count > impression_count:
            raise SystemExit(
                f"“{headline[:50]}” in {', '.join(table.files)} has more clicks than impressions."
            )
        total = counts[test][headline]
        total[0], total[1] = total[0] + impression_count, total[1] + click_count
    return [
        HeadlineTest.from_counts(list(variants), *zip(*variants.values(), strict=True))
        for _, variants in sorted(counts.items())
        if len(variants) > 1
    ]


def _is_right(difference: float, z: float) -> float:
    """Half for what says nothing."""
    return 0.5 if not difference else float((difference > 0) == (z > 0))
