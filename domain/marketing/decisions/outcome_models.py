"""Models of an outcome: what uplift, policies and estimates are made of. Nobody is judged by a model that saw the person."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from domain.marketing.decisions.arrays import Floats, Ints, Numbers, Table, finite, same_length

FOLDS = 5
# Of an action that was taken less often only the mean outcome is known.
MIN_ACTION_ROWS = 50


@dataclass(frozen=True)
class ActionModels:
    """The expected outcome of each action, by a model of those who were given it."""

    models: tuple[Any, ...]

    @classmethod
    def learn(
        cls, features: Table, actions: Numbers, outcomes: Numbers, *, action_count: int
    ) -> "ActionModels":
        x, y = finite("features", features, dimensions=2), finite("outcomes", outcomes)
        actions = finite("actions", actions)
        same_length(features=x, actions=actions, outcomes=y)
        models = []
        for action in range(action_count):
            rows = actions == action
            is_rare = rows.sum() < MIN_ACTION_ROWS
            models.append(
                mean_model(y[rows] if rows.any() else y) if is_rare else outcome_model(x[rows], y[rows])
            )
        return cls(tuple(models))

    def expectations(self, features: Table) -> Floats:
        """(row, action) → expected outcome."""
        x = finite("features", features, dimensions=2)
        return np.column_stack([expectation(model, x) for model in self.models])


def cross_fitted_expectations(
    features: Table, actions: Numbers, outcomes: Numbers, *, action_count: int
) -> Floats:
    """(row, action) → expected outcome, by models that were learnt from the other folds."""
    x, actions, y = (
        finite("features", features, dimensions=2),
        finite("actions", actions),
        finite("outcomes", outcomes),
    )
    expectations = np.zeros((same_length(features=x, actions=actions, outcomes=y), action_count))
    for learn, ask in folds(actions):
        models = ActionModels.learn(x[learn], actions[learn], y[learn], action_count=action_count)
        expectations[ask] = models.expectations(x[ask])
    return expectations


def greedy_policy(expectations: Floats) -> Floats:
    """The action expected to bring most."""
    return np.asarray(np.eye(expectations.shape[1])[expectations.argmax(axis=1)], dtype=np.float64)


def folds(groups: Floats | Ints) -> Iterator[tuple[Ints, Ints]]:
    """(rows to learn from, rows to ask), each group spread over all folds."""
    chance = np.random.default_rng(0)
    order = chance.permutation(len(groups))
    order = order[np.argsort(groups[order], kind="stable")]
    fold = np.empty(len(groups), dtype=np.int64)
    fold[order] = np.arange(len(groups)) % FOLDS
    for number in range(FOLDS):
        if (ask := np.flatnonzero(fold == number)).size:
            yield np.flatnonzero(fold != number), ask


def outcome_model(x: Floats, y: Floats) -> Any:
    """Of successes a classifier, of amounts a regression; of an outcome that never differs the outcome itself."""
    # Loaded by who learns: every process knows this module.
    from sklearn.linear_model import LogisticRegression, Ridge

    if len(np.unique(y)) == 1:
        return mean_model(y)
    if np.isin(y, (0, 1)).all():
        return LogisticRegression(C=0.1, max_iter=1_000).fit(x, y)
    return Ridge(alpha=100.0).fit(x, y)


def fit_on_one_core(model: Any, x: Floats, y: Floats) -> Any:
    """Threads that wait for one another take several times as long where other programs want the cores too."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        return model.fit(x, y)


def mean_model(y: Floats) -> Any:
    from sklearn.dummy import DummyRegressor

    return DummyRegressor().fit(np.zeros((len(y), 1)), y)


def expectation(model: Any, x: Floats) -> Floats:
    if hasattr(model, "predict_proba"):
        return np.asarray(model.predict_proba(x)[:, 1], dtype=np.float64)
    return np.asarray(model.predict(x), dtype=np.float64)
