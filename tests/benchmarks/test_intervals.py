"""How sure a figure is."""

import numpy as np
import pytest

from benchmarks.intervals import f1, mean_of_shares, share


def test_nineteen_of_twenty_intervals_hold_the_true_share() -> None:
    chance = np.random.default_rng(7)
    held = 0
    for _ in range(200):
        low, high = share("accuracy", chance.random(150) < 0.8)["accuracy_interval"]
        held += low <= 0.8 <= high

    assert 180 <= held <= 199


def test_more_rows_make_it_narrower_and_the_same_rows_give_the_same() -> None:
    few = share("accuracy", [True] * 30 + [False] * 10)
    many = share("accuracy", [True] * 3000 + [False] * 1000)

    assert few["accuracy"] == many["accuracy"] == 0.75
    assert np.ptp(few["accuracy_interval"]) > 5 * np.ptp(many["accuracy_interval"])
    assert share("accuracy", [True] * 30 + [False] * 10) == few


def test_rows_of_many_things_are_drawn_whole() -> None:
    apart = share("recall", [1, 0] * 50)
    together = share("recall", [10, 0] * 5, [10] * 10)

    assert np.ptp(together["recall_interval"]) > 2 * np.ptp(apart["recall_interval"])


def test_f1_is_of_all_rows_together() -> None:
    figures = f1("strict_f1", [(2, 1, 1), (0, 3, 0), (1, 1, 1)])

    assert figures["strict_f1"] == pytest.approx(2 * 2 / (3 + 5))
    assert (figures["precision"], figures["recall"]) == (0.6667, 0.4)
    low, high = figures["strict_f1_interval"]
    assert low < figures["strict_f1"] < high


def test_groups_count_alike_whatever_their_size() -> None:
    assert mean_of_shares("recall", [([1] * 90, [1] * 90), ([0] * 10, [1] * 10)])["recall"] == 0.5


def test_of_no_rows_there_is_no_figure() -> None:
    assert share("recall", []) == {"recall": None, "recall_interval": None}
    assert mean_of_shares("recall", [([1], [1]), ([], [])])["recall"] == 1.0
