"""Sessions with labelled history."""

import numpy as np
import pytest

from domain.logs.detection.labelled_sessions import LabelledSessionModel, best_f1_threshold
from tests.domain.logs.detection.test_sessions import normal_sessions

SLOW = ["open", "retry", "retry", "retry", "retry", "write", "write", "write", "close"]


def test_what_only_labels_tell_apart_is_learnt_from_them() -> None:
    fine = normal_sessions(150)
    sessions = [*fine, *[SLOW] * 20]
    model = LabelledSessionModel.train(sessions, [False] * len(fine) + [True] * 20)

    assert model.alarms([SLOW, ["open", "read", "verify", "close"]]) == [True, False]
    assert model.alarms([]) == []


def test_history_of_one_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="two anomalies and two normal"):
        LabelledSessionModel.train(normal_sessions(20), [False] * 20)


def test_the_threshold_has_the_best_f1_and_lies_between_two_scores() -> None:
    scores = np.array([0.9, 0.8, 0.8, 0.3, 0.1])

    assert best_f1_threshold(scores, np.array([True, True, False, False, False])) == pytest.approx(0.55)
    assert best_f1_threshold(np.array([0.5, 0.5]), np.array([True, False])) == pytest.approx(0.25)
