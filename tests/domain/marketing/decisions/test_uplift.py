"""For whom a message makes a difference, on people whose uplift is known."""

import numpy as np
import pytest

from domain.marketing.decisions.arrays import Floats
from domain.marketing.decisions.uplift import cross_fitted_uplift, heterogeneity, qini_coefficient, qini_curve


def experiment(seed: int, rows: int, slope: float) -> tuple[Floats, Floats, Floats, Floats]:
    """Features, who was treated, who responded, and the true uplift of each."""
    chance = np.random.default_rng(seed)
    x = chance.normal(size=(rows, 4))
    treated = (chance.random(rows) < 0.5).astype(float)
    uplift = 0.1 + slope * np.clip(x[:, 0], -2, 2)
    outcomes = (chance.random(rows) < 0.3 + 0.02 * x[:, 1] + treated * uplift).astype(float)
    return x, treated, outcomes, uplift


def test_people_are_ranked_by_their_true_uplift() -> None:
    x, treated, outcomes, uplift = experiment(0, 6_000, 0.08)

    scores = cross_fitted_uplift(x, treated, outcomes)

    assert np.corrcoef(scores, uplift)[0, 1] > 0.9
    assert scores.mean() == pytest.approx(uplift.mean(), abs=0.03)
    assert heterogeneity(scores, treated, outcomes).is_found


@pytest.mark.slow
def test_where_people_do_not_differ_none_is_found() -> None:
    names = []
    for seed in range(6):
        x, treated, outcomes, _ = experiment(100 + seed, 1_000, 0)
        names.append(heterogeneity(cross_fitted_uplift(x, treated, outcomes), treated, outcomes).is_found)

    assert np.sum(names) <= 1


def test_uplift_of_spend_is_learnt_too() -> None:
    x, treated, _, _ = experiment(2, 4_000, 0)
    spend = np.random.default_rng(3).exponential(10, 4_000) + treated * (2 + 3 * x[:, 0])

    scores = cross_fitted_uplift(x, treated, spend)

    assert np.corrcoef(scores, x[:, 0])[0, 1] > 0.9


def test_the_best_ranking_has_a_qini_of_one_and_no_ranking_of_nothing() -> None:
    treated = np.array([1, 0] * 50)
    outcomes = np.array([1, 0, 0, 1] * 25)
    perfect = np.where(treated == outcomes, 2, 0) + (treated == 1)

    assert qini_coefficient(perfect, treated, outcomes) == pytest.approx(1)
    assert qini_coefficient(-perfect, treated, outcomes) < -0.4
    assert qini_coefficient(np.zeros(100), treated, outcomes) == pytest.approx(0)
    assert qini_coefficient(perfect, treated, np.zeros(100)) == 0


def test_the_qini_curve_ends_at_the_gain_of_treating_everybody() -> None:
    _, treated, outcomes, uplift = experiment(4, 4_000, 0.08)
    curve = qini_curve(uplift, treated, outcomes)
    random = np.random.default_rng(0).random(4_000)

    whole = outcomes[treated == 1].sum() - outcomes[treated == 0].sum() * treated.sum() / (1 - treated).sum()
    assert curve.gains[-1] == pytest.approx(whole)
    assert curve.area > qini_curve(random, treated, outcomes).area


def test_equal_scores_are_treated_together_whatever_the_order_of_the_rows() -> None:
    scores, treated, outcomes = np.array([2, 2, 1, 1]), np.array([1, 0, 1, 0]), np.array([1, 0, 0, 1])
    other = [1, 0, 3, 2]

    assert qini_curve(scores, treated, outcomes).people.tolist() == [0, 2, 4]
    assert qini_curve(scores, treated, outcomes).gains.tolist() == [0, 1, 0]
    assert qini_curve(scores[other], treated[other], outcomes[other]).gains.tolist() == [0, 1, 0]


def test_an_outcome_that_never_happens_has_no_uplift() -> None:
    x, treated, _, _ = experiment(5, 400, 0)

    assert cross_fitted_uplift(x, treated, np.zeros(400)).tolist() == [0] * 400


def test_groups_as_small_as_they_may_be_have_an_uplift() -> None:
    x, _, outcomes, _ = experiment(7, 300, 0)

    assert np.isfinite(cross_fitted_uplift(x, np.arange(300) < 50, outcomes)).all()


def test_what_is_no_experiment_is_refused() -> None:
    x, treated, outcomes, _ = experiment(6, 300, 0)
    few = (np.arange(300) < 20).astype(float)
    hole = x.copy()
    hole[0, 0] = np.nan
    for features, groups, message in (
        (x, np.ones(300), "both"),
        (x, few, "at least 50"),
        (x, treated * 2, "0 or 1"),
        (hole, treated, "finite"),
        (x[:10], treated, "same number"),
    ):
        with pytest.raises(ValueError, match=message):
            cross_fitted_uplift(features, groups, outcomes)
