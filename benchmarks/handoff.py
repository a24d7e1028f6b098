"""Would staff have been called? F1 of “unhappy” per user turn: annotators' mean below 3 of 5.

Five folds of whole sessions. The threshold of each fold comes from its own training sessions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.embedded import Embedder, embedder
from domain.text.understanding.classifier import Classifier
from domain.text.understanding.examples import Examples
from domain.text.understanding.terms import terms

COMMAND = "eval handoff"
FOLDS = 5
UNHAPPY_BELOW = 3.0
UNHAPPY, CONTENT = "unhappy", "content"


@dataclass(frozen=True)
class UserTurn:
    session: int
    text: str
    before: str
    is_unhappy: bool


def run(data: Annotated[Path, "directory with role, text, action, scores lines"]) -> dict[str, Any]:
    turns: list[UserTurn] = []
    for path in sorted(data.glob("*.txt")):
        turns += user_turns(path, first_session=turns[-1].session + 1 if turns else 0)
    if not turns:
        raise SystemExit(f"There are no annotated sessions (*.txt) in {data}.")
    with embedder() as embed:
        examples = _examples(embed, turns)
    sessions = np.array([turn.session for turn in turns])
    is_called = np.zeros(len(turns), dtype=bool)
    for fold in range(FOLDS):
        held_out = np.flatnonzero(sessions % FOLDS == fold)
        rest = np.flatnonzero(sessions % FOLDS != fold)
        is_called[held_out] = _unhappy(examples.subset(rest), sessions[rest], examples.subset(held_out))
    names = sorted(path.name for path in data.glob("*.txt"))
    figures = _figures(is_called, np.array([turn.is_unhappy for turn in turns]), sessions)
    return {"trained_on": names, "tested_on": names, "folds": FOLDS, **figures}


def user_turns(path: Path, *, first_session: int) -> list[UserTurn]:
    """With what the system had said before; the rows that rate a whole session are left out."""
    turns, session, before = [], first_session, ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip():
            session, before = session + 1, ""
        role, text, _action, scores = [*line.split("\t"), "", "", ""][:4]
        if role == "USER" and text != "OVERALL" and scores:
            ratings = [int(score) for score in scores.split(",")]
            turns.append(UserTurn(session, text, before, float(np.mean(ratings)) < UNHAPPY_BELOW))
        elif role == "SYSTEM":
            before = text
    return turns


def _examples(embed: Embedder, turns: list[UserTurn]) -> Examples:
    vectors = [
        embed.vectors(texts) for texts in zip(*((turn.text, turn.before) for turn in turns), strict=True)
    ]
    befores = [[f"before:{term}" for term in turn.before.lower().split()] for turn in turns]
    content = [terms(turn.text) + before for turn, before in zip(turns, befores, strict=True)]
    labels = [UNHAPPY if turn.is_unhappy else CONTENT for turn in turns]
    return Examples(content, np.concatenate(vectors, axis=1), labels)


def _unhappy(rest: Examples, sessions: "np.ndarray[Any, Any]", held_out: Examples) -> "np.ndarray[Any, Any]":
    """Which of `held_out`; the threshold is tuned on one half of `rest` by a classifier of the other."""
    is_tuning = sessions % 2 == 0
    learner = Classifier.trained(rest.subset(np.flatnonzero(~is_tuning)))
    tuning = rest.subset(np.flatnonzero(is_tuning))
    column = learner.labels.index(UNHAPPY)
    shares = learner.shares(tuning.texts, tuning.vectors)[:, column]
    threshold = best_f1_threshold(shares.tolist(), [label == UNHAPPY for label in tuning.labels])
    return Classifier.trained(rest).shares(held_out.texts, held_out.vectors)[:, column] >= threshold


def best_f1_threshold(shares: Sequence[float], is_positive: Sequence[bool]) -> float:
    """The share from which on “yes” has the best F1."""
    order = np.argsort(-np.asarray(shares))
    hits = np.cumsum(np.asarray(is_positive)[order])
    f1 = 2 * hits / (np.arange(1, len(order) + 1) + max(hits[-1], 1))
    return float(np.asarray(shares)[order][f1.argmax()])


def _figures(
    is_called: "np.ndarray[Any, Any]", unhappy: "np.ndarray[Any, Any]", sessions: "np.ndarray[Any, Any]"
) -> dict[str, Any]:
    """The turns of one session hang together."""
    by_session = [np.bincount(sessions, weights=each) for each in (is_called, unhappy, is_called & unhappy)]
    rows = np.column_stack(by_session).astype(int).tolist()
    f1 = intervals.f1("unhappy_f1", rows, parts=("unhappy_precision", "unhappy_recall"))
    share = intervals.share("unhappy_share", by_session[1], np.bincount(sessions))
    return {**f1, **share, "turns": len(is_called)}
