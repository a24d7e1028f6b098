"""Who answers a campaign of calls: AUC, and the response of the likeliest tenth over that of all, without `duration`.

DIR holds a CSV with `y` (yes or no) and columns about each person, as UCI 222 (bank marketing). `duration` is known
only after the call and is left out. Five folds: each person is judged by a model that learnt from the others.
`auc_halves` are those of every second row; settings were compared on both.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks import intervals
from benchmarks.marketing_tables import read_table
from domain.marketing.decisions.arrays import Floats
from domain.marketing.decisions.features import Row
from domain.marketing.decisions.outcome_models import folds
from domain.marketing.decisions.response import ResponseModel, lift_at

COMMAND = "eval response"

ANSWER, KNOWN_AFTERWARDS = "y", "duration"


def run(data: Annotated[Path, "directory of a CSV with the column y"]) -> dict[str, Any]:
    table = read_table(data, [ANSWER])
    answers = table.names(ANSWER)
    if set(answers) != {"yes", "no"}:
        raise SystemExit(f"y of {', '.join(table.files)} must be yes or no, and both must be there.")
    responses = np.array([each == "yes" for each in answers], dtype=np.float64)
    probabilities = cross_fitted_probabilities(table.without(ANSWER, KNOWN_AFTERWARDS), responses)

    def auc(people: intervals.Places) -> float:
        has_both = 0 < responses[people].sum() < len(people)
        return float(roc_auc_score(responses[people], probabilities[people])) if has_both else np.nan

    def lift(people: intervals.Places) -> float:
        return lift_at(probabilities[people], responses[people])

    return {
        **table.sources(),
        "rows": len(responses),
        "response_share": round(float(responses.mean()), 4),
        **intervals.statistic("auc", auc, len(responses)),
        "auc_halves": [round(auc(np.arange(half, len(responses), 2)), 4) for half in (0, 1)],
        **intervals.statistic("lift_at_10", lift, len(responses), digits=3),
        "lift_at_20": round(lift_at(probabilities, responses, 0.2), 3),
    }


def cross_fitted_probabilities(rows: Sequence[Row], responses: Floats) -> Floats:
    probabilities = np.zeros(len(rows))
    for learn, ask in folds(responses):
        model = ResponseModel.learn([rows[place] for place in learn], responses[learn])
        probabilities[ask] = model.probabilities([rows[place] for place in ask])
    return probabilities
