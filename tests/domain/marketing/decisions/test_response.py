"""Who is likely to answer, from rows as a table brings them."""

import numpy as np
import pytest

from domain.marketing.decisions.features import Row, RowEncoder
from domain.marketing.decisions.response import ResponseModel, lift_at


def people(count: int, seed: int = 0) -> tuple[list[Row], list[int]]:
    chance = np.random.default_rng(seed)
    rows: list[Row] = []
    responses = []
    for _ in range(count):
        age, city = float(chance.integers(18, 80)), str(chance.choice(["Beijing", "上海", "Chengdu"]))
        rows.append({"age": str(age), "city": city, "visits": "" if chance.random() < 0.2 else "3"})
        responses.append(int(chance.random() < 0.05 + 0.3 * (city == "上海") + 0.3 * (age > 60)))
    return rows, responses


@pytest.mark.slow
def test_likely_people_come_first() -> None:
    rows, responses = people(2_000)
    model = ResponseModel.learn(rows, responses)
    asked, answers = people(1_000, seed=1)

    probabilities = model.probabilities(asked)

    assert lift_at(probabilities, answers) > 1.8
    assert probabilities.mean() == pytest.approx(np.mean(answers), abs=0.04)


def test_a_name_never_met_a_missing_column_and_a_mad_value_are_survived() -> None:
    rows, responses = people(500)
    model = ResponseModel.learn(rows, responses)
    strange: list[Row] = [
        {"city": "Atlantis"},
        {},
        {"age": "1e300", "shoe": "44"},
        {"age": "old", "city": None},
    ]

    probabilities = model.probabilities(strange)

    assert np.isfinite(probabilities).all()
    assert len(model.probabilities([])) == 0


def test_columns_are_amounts_or_names_by_what_stands_in_them() -> None:
    rows: list[Row] = [
        {"age": 30, "zip": "A1", "gap": None, "mixed": "5", "odd": "nan"},
        {"age": "41.5", "zip": "10", "gap": "", "mixed": "x", "odd": "1"},
    ]
    encoder = RowEncoder.learn(rows)

    assert encoder.amounts == ("age",)
    assert encoder.names == ("zip", "gap", "mixed", "odd")
    assert np.isfinite(encoder.matrix(rows)).all()


def test_a_gap_in_an_amount_is_told_apart_from_its_median() -> None:
    rows: list[Row] = [{"age": each} for each in (10.0, 20.0, 30.0, None)]
    matrix = RowEncoder.learn(rows).matrix(rows)

    assert matrix[3].tolist() != matrix[1].tolist()


def test_rows_without_enough_of_both_answers_are_refused() -> None:
    rows, responses = people(100)
    for some, answers, message in (
        (rows, [0] * 100, "at least 10"),
        (rows, [2] * 100, "0 or 1"),
        (rows, responses[:5], "0 or 1"),
        ([{}] * 100, responses, "columns"),
        ([{str(n): 1 for n in range(300)}] * 100, responses, "columns"),
        (rows, [float("nan")] * 100, "finite"),
    ):
        with pytest.raises(ValueError, match=message):
            ResponseModel.learn(some, answers)


def test_lift_shares_the_edge_among_equal_scores() -> None:
    assert lift_at([3, 2, 1, 0], [1, 0, 0, 0], 0.25) == 4
    assert lift_at([1, 1, 1, 1], [1, 0, 0, 0], 0.25) == 1
    assert lift_at([1, 2], [0, 0]) == 0
