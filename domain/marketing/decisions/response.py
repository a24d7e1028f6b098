"""Who is likely to answer: the probability of a response from what is known before anybody is asked.

Two models see the same rows, a logistic regression and gradient boosting of trees, and their log-odds are averaged:
one knows slopes, the other thresholds and pairs. Lift at 10 % is the response among the likeliest tenth over the
response of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from domain.marketing.decisions.arrays import Floats, Numbers, finite, same_length
from domain.marketing.decisions.features import Row, RowEncoder
from domain.marketing.decisions.outcome_models import fit_on_one_core

MIN_OF_EACH = 10


@dataclass(frozen=True)
class ResponseModel:
    encoder: RowEncoder
    models: tuple[Any, ...]

    @classmethod
    def learn(cls, rows: Sequence[Row], responses: Numbers) -> "ResponseModel":
        """`responses`: 0 or 1. Raises ValueError where there are fewer than `MIN_OF_EACH` of either."""
        answers = finite("responses", responses)
        if len(rows) != len(answers) or not np.isin(answers, (0, 1)).all():
            raise ValueError("each row needs a response of 0 or 1")
        if min(answers.sum(), (1 - answers).sum()) < MIN_OF_EACH:
            raise ValueError(
                f"at least {MIN_OF_EACH} people who answered, and as many who did not, are needed"
            )
        # Loaded by who learns: every process knows this module.
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.linear_model import LogisticRegression

        encoder = RowEncoder.learn(rows, with_steps=True)
        matrix = encoder.matrix(rows)
        models = (
            LogisticRegression(C=0.3, l1_ratio=1, solver="liblinear", random_state=0),
            HistGradientBoostingClassifier(
                max_depth=2,
                learning_rate=0.05,
                max_iter=150,
                min_samples_leaf=20,
                l2_regularization=5.0,
                max_features=0.2,
                random_state=0,
            ),
        )
        return cls(encoder, tuple(fit_on_one_core(model, matrix, answers) for model in models))

    def probabilities(self, rows: Sequence[Row]) -> Floats:
        if not rows:
            return np.zeros(0)
        matrix = self.encoder.matrix(rows)
        log_odds = np.mean([model.decision_function(matrix) for model in self.models], axis=0)
        return np.asarray(1 / (1 + np.exp(-log_odds)), dtype=np.float64)


def lift_at(scores: Numbers, responses: Numbers, share: float = 0.1) -> float:
    """Response of the highest scores over that of all; of equal scores at the edge, their mean. 0 where nobody answered."""
    values, answers = finite("scores", scores), finite("responses", responses)
    rows = same_length(scores=values, responses=answers)
    if not answers.any():
        return 0.0
    count = max(1, round(share * rows))
    edge = np.sort(values)[-count]
    above, at_edge = values > edge, values == edge
    hits = answers[above].sum() + answers[at_edge].mean() * (count - above.sum())
    return float(hits / count / answers.mean())
