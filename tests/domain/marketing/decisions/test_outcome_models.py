"""Expected outcomes of each action, and the policies made of them."""

import numpy as np
import pytest

from domain.marketing.decisions.outcome_models import (
    ActionModels,
    cross_fitted_expectations,
    folds,
    greedy_policy,
)


def test_nobody_is_judged_by_a_model_that_saw_the_person() -> None:
    groups = np.array([0] * 40 + [1] * 10)
    asked = []
    for learn, ask in folds(groups):
        assert not set(learn) & set(ask)
        assert groups[ask].sum() == 2
        asked += ask.tolist()

    assert sorted(asked) == list(range(50))
    assert [ask.tolist() for _, ask in folds(np.array([1, 2]))] in ([[0], [1]], [[1], [0]])


def test_each_action_has_an_expectation_of_its_own() -> None:
    chance = np.random.default_rng(0)
    x = chance.normal(size=(3_000, 2))
    actions = chance.integers(0, 2, 3_000)
    rates = np.column_stack([0.3 + 0.1 * np.sign(x[:, 0]), 0.3 - 0.1 * np.sign(x[:, 0])])
    outcomes = (chance.random(3_000) < rates[np.arange(3_000), actions]).astype(float)

    expectations = cross_fitted_expectations(x, actions, outcomes, action_count=2)
    policy = greedy_policy(expectations)

    assert np.mean(policy.argmax(axis=1) == (x[:, 0] < 0)) > 0.85


def test_a_rare_action_is_known_by_its_mean_and_one_that_never_was_by_that_of_all() -> None:
    outcomes = [1.0] * 10 + [0.0] * 90
    actions = [0] * 10 + [1] * 90

    models = ActionModels.learn(np.zeros((100, 1)), actions, outcomes, action_count=3)

    assert models.expectations([[5.0]]).tolist() == [[1.0, 0.0, pytest.approx(0.1)]]


def test_each_row_gets_the_action_that_is_expected_to_bring_most() -> None:
    expectations = np.array([[0.10, 0.11], [0.10, 0.2], [0.10, 0.05]])

    assert greedy_policy(expectations).argmax(axis=1).tolist() == [1, 1, 0]
