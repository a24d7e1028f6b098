"""The evals of decisions, on small sets of the formats that they read."""

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import bandit, ope
from benchmarks.marketing_tables import read_table
from tests.benchmarks.test_evals import assert_told, measured


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[Any]], delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, delimiter=delimiter)
        writer.writerow(header)
        writer.writerows(rows)


def write_mails(path: Path, rows: int) -> None:
    """The women's mail works on women alone, the men's on nobody in particular."""
    chance, header = np.random.default_rng(0), "row,recency,womens,channel,segment,visit,conversion,spend"
    lines = []
    for row in range(rows):
        womens, segment = (
            int(chance.integers(2)),
            str(chance.choice(["Womens E-Mail", "Mens E-Mail", "No E-Mail"])),
        )
        rate = {"Womens E-Mail": 0.1 + 0.3 * womens, "Mens E-Mail": 0.25, "No E-Mail": 0.1}[segment]
        visit = int(chance.random() < rate)
        spend = round(visit * chance.exponential(20), 2)
        lines.append([row, chance.integers(1, 13), womens, "Web", segment, visit, visit, spend])
    write(path, header.split(","), lines)


@pytest.mark.slow
def test_recommended_campaigns_are_valued_against_the_best_single_one(tmp_path: Path) -> None:
    write_mails(tmp_path / "customers.csv", 3_000)

    figures = measured("channel", "--data", str(tmp_path))

    assert_told(figures, "visit_ratio", "conversion_ratio", "spend_ratio")
    assert figures["visit_live_folds"] == 5
    assert figures["visit_ratio"] > 1.1
    assert figures["visit_best_single"] in ("Womens E-Mail", "Mens E-Mail")
    assert figures["visit_mean_weight"] == pytest.approx(1, abs=0.05)


def test_uplift_is_found_where_there_is_some_and_not_where_all_are_alike(tmp_path: Path) -> None:
    write_mails(tmp_path / "customers.csv", 3_000)

    figures = measured("uplift", "--data", str(tmp_path))

    assert_told(figures, "qini_auc", "mens_qini_auc")
    assert (figures["heterogeneity"], figures["mens_heterogeneity"]) == ("found", "no heterogeneity found")
    assert len(figures["qini_auc_halves"]) == 2


def test_the_click_rate_of_another_policy_is_estimated_from_the_random_log(tmp_path: Path) -> None:
    chance, header = np.random.default_rng(1), ["timestamp", *ope.COLUMNS]
    rates, shares = np.array([0.02, 0.05, 0.3]), {1: np.array([0.1, 0.2, 0.7]), 2: np.array([0.2, 0.2, 0.6])}
    for name in ("random", "bts"):
        rows = []
        for _ in range(6_000):
            position = int(chance.integers(1, 3))
            policy = shares[position] if name == "bts" else np.full(3, 1 / 3)
            item = int(chance.choice(3, p=policy))
            rows.append(["", item, position, int(chance.random() < rates[item]), policy[item]])
        write(tmp_path / f"{name}_toys.csv", header, rows)

    figures = measured("ope", "--data", str(tmp_path))

    assert_told(figures, "truth")
    assert figures["inside_interval"]
    assert figures["error_pct"] < 10
    assert figures["mean_weight"] == pytest.approx(1, abs=0.05)
    assert figures["tested_on"] == ["random_toys.csv", "bts_toys.csv"]


@pytest.mark.slow
def test_thompson_sampling_is_compared_with_ucb1(tmp_path: Path) -> None:
    clicks = np.random.default_rng(2).random((1_500, 4)) < [0.05, 0.1, 0.1, 0.3]
    write(tmp_path / "rounds.csv", [f"Ad {n}" for n in range(1, 5)], clicks.astype(int))

    figures = measured("bandit", "--data", str(tmp_path))

    assert_told(figures, "over_ucb1", "share_of_best")
    assert figures["over_ucb1"] > 1
    assert figures["share_of_best"] > 0.8
    assert bandit.ucb1_clicks(clicks.astype(float)) == figures["ucb1_clicks"]


@pytest.mark.slow
def test_responses_are_predicted_without_what_is_known_afterwards(tmp_path: Path) -> None:
    chance, rows = np.random.default_rng(3), []
    for _ in range(900):
        month, answer = str(chance.choice(["may", "oct"])), chance.random()
        yes = answer < (0.5 if month == "oct" else 0.05)
        rows.append([chance.integers(20, 70), month, 500 if yes else 5, "yes" if yes else "no"])
    write(tmp_path / "calls.csv", ["age", "month", "duration", "y"], rows, delimiter=";")

    figures = measured("response", "--data", str(tmp_path))

    assert_told(figures, "auc", "lift_at_10")
    assert 0.7 < figures["auc"] < 0.9


@pytest.mark.slow
def test_headlines_are_compared_within_tests_that_were_not_learnt_from(tmp_path: Path) -> None:
    chance, rows = np.random.default_rng(4), []
    for test in range(120):
        for variant in range(3):
            good = bool(chance.random() < 0.5)
            words = chance.choice(["tea", "cup", "leaf", "pot", "water", "spring", "green"], 4)
            headline = (
                ("You won't believe " if good else "Report about ") + " ".join(words) + f" {test} {variant}"
            )
            rows.append([f"t{test}", headline, 3_000, chance.binomial(3_000, 0.03 if good else 0.012)])
    write(tmp_path / "packages.csv", ["clickability_test_id", "headline", "impressions", "clicks"], rows)

    figures = measured("headline", "--data", str(tmp_path))

    assert_told(figures, "pair_accuracy")
    assert figures["pair_accuracy"] > 0.95
    assert figures["tests"] == 120


@pytest.mark.parametrize("name", ["channel", "uplift", "ope", "bandit", "headline", "response"])
def test_a_wrong_file_is_told_with_what_it_lacks(name: str, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="There is no"):
        measured(name, "--data", str(tmp_path / "nowhere"))
    with pytest.raises(SystemExit, match="has no table"):
        measured(name, "--data", str(tmp_path))
    for prefix in ("random", "bts", "other"):
        write(tmp_path / f"{prefix}.csv", ["colour", "weight"], [["red", 1]])
    with pytest.raises(SystemExit, match="lacks"):
        measured(name, "--data", str(tmp_path))


def test_a_value_that_is_no_number_is_named_with_its_row(tmp_path: Path) -> None:
    write(tmp_path / "rounds.csv", ["Ad 1", "Ad 2"], [[0, 1], [1, "yes"]])
    with pytest.raises(SystemExit, match=r"Row 2 of rounds.csv has “yes” as Ad 2"):
        measured("bandit", "--data", str(tmp_path))


def test_a_file_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / "rounds.csv").write_bytes(b"Ad 1,Ad 2\n\xff\xfe,1\n")
    with pytest.raises(SystemExit, match="UTF-8"):
        read_table(tmp_path, ["Ad 1"])
