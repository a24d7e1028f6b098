"""A value's surprise: its rank in the history, an exponential tail beyond."""

import math
import time

import numpy as np
import pytest

from domain.logs.detection.tails import MAX_SURPRISE, MIN_HISTORY, TailHistory


def history(values: object, **settings: float) -> TailHistory:
    tail = TailHistory(**settings)  # type: ignore[arg-type]
    for value in values:  # type: ignore[attr-defined]
        tail.add(value)
    return tail


def test_a_short_history_is_surprised_by_nothing() -> None:
    assert history(range(MIN_HISTORY - 1)).surprise(1e9) == 0


def test_the_surprise_of_a_value_inside_the_history_is_its_rank() -> None:
    tail = history(range(1000))

    assert tail.surprise_above(500) == pytest.approx(-math.log10(0.5), abs=0.01)
    assert tail.surprise_above(990) == pytest.approx(2, abs=0.05)
    assert tail.surprise_below(9) == pytest.approx(2, abs=0.05)


def test_further_beyond_the_history_is_more_surprising() -> None:
    normal = history(np.random.default_rng(1).normal(size=2000))

    assert 3 < normal.surprise(4) < normal.surprise(6) < normal.surprise(9) <= MAX_SURPRISE


def test_one_false_alarm_in_a_thousand_is_promised_and_kept() -> None:
    chance = np.random.default_rng(2)
    for values in (chance.normal(size=20_000), chance.exponential(size=20_000)):
        tail = TailHistory()
        alarms = 0
        for value in values:
            alarms += tail.surprise_above(value) > 3
            tail.add(value)
        assert 8 <= alarms <= 40


def test_a_constant_history_is_surprised_at_once_unless_a_step_is_allowed() -> None:
    assert history([7.0] * 100).surprise(7.0) < 0.1
    assert history([7.0] * 100).surprise(7.5) == MAX_SURPRISE
    assert history([7.0] * 100, min_scale=1.0).surprise(7.5) < 3


def test_what_is_no_number_is_neither_learnt_nor_surprising() -> None:
    tail = history([math.nan, math.inf, *range(100)])

    assert len(tail) == 100
    assert tail.surprise(math.nan) == tail.surprise(-math.inf) == 0


def test_a_hundred_thousand_values_keep_the_last_thousand() -> None:
    begin = time.monotonic()
    tail = TailHistory(max_history=1000)
    for value in range(100_000):
        tail.add(value)

    assert len(tail) == 1000
    assert tail.surprise_below(98_000) > 3
    assert time.monotonic() - begin < 20
