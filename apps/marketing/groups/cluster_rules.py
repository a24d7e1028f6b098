"""A rule for a group that was found by likeness: a shallow decision tree tells it from the others, in words of segments."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from domain.marketing.decisions.arrays import Floats

# What a model of people compares: amounts (days are counted from a beginning), or names.
Row = Mapping[str, str | float | None]
MAX_DEPTH, MAX_NAMES = 3, 15
MIN_LEAF_PEOPLE, MIN_LEAF_SHARE = 5, 0.01
# As much as people read of a number; the rule is measured as it is written.
SIGNIFICANT_DIGITS = 4


@dataclass(frozen=True)
class Question:
    """What a branch of the tree asks: whether an amount is above a limit, or a name is this one."""

    attribute: str
    kind: str
    value: str | None = None
    # Some people lack the attribute: they are among those for whom it does not hold.
    has_gaps: bool = False

    def condition(self, limit: float, *, is_above: bool) -> dict[str, Any]:
        if self.value is not None:
            known: Any = self.value in ("yes", "no") and self.kind == "truth"
            value = self.value == "yes" if known else self.value
            condition = {"attribute": self.attribute, "is": "=", "value": value}
            return condition if is_above else {"not": condition}
        above: dict[str, Any] = {"attribute": self.attribute}
        if self.kind == "day":
            day = date.fromordinal(math.floor(limit) + 1).isoformat()
            above |= {"is": ">=", "value": day}
        else:
            above |= {"is": ">", "value": float(f"{limit:.{SIGNIFICANT_DIGITS}g}")}
        below = above | {"is": "<" if self.kind == "day" else "<="}
        if is_above:
            return above
        return {"not": above} if self.has_gaps else below


def questions_of(rows: Sequence[Row], kinds: Mapping[str, str]) -> tuple[list[Question], Floats]:
    """What may be asked of these people, with the answers as a table: a column for each question."""
    questions: list[Question] = []
    columns: list[list[float]] = []
    for name, kind in kinds.items():
        values = [row.get(name) for row in rows]
        if kind in ("number", "day"):
            amounts = [float(value) for value in values if value is not None]
            if not amounts:
                continue
            below_all = min(amounts) - 1
            questions.append(Question(name, kind, has_gaps=len(amounts) < len(values)))
            columns.append([below_all if value is None else float(value) for value in values])
            continue
        for value, _count in Counter(value for value in values if value is not None).most_common(MAX_NAMES):
            questions.append(Question(name, kind, str(value)))
            columns.append([float(each == value) for each in values])
    return questions, np.array(columns, dtype=np.float64).reshape(len(questions), len(rows)).T


def rule_for_group(
    questions: Sequence[Question], answers: Floats, is_inside: "np.ndarray[Any, Any]"
) -> dict[str, Any]:
    """The branches that lead mostly into the group; at least the one that leads there most often."""
    # Loaded by who learns: every process knows this module.
    from sklearn.tree import DecisionTreeClassifier

    least = max(MIN_LEAF_PEOPLE, round(len(answers) * MIN_LEAF_SHARE))
    tree = DecisionTreeClassifier(max_depth=MAX_DEPTH, min_samples_leaf=least, random_state=0)
    tree.fit(answers, is_inside)
    # Of each leaf: where it lies, and the share of its people who are in the group.
    leaves = tree.apply(answers)
    shares = {int(leaf): float(is_inside[leaves == leaf].mean()) for leaf in np.unique(leaves)}
    most = max(shares.values())
    chosen = {leaf for leaf, share in shares.items() if share > 0.5 or share == most}
    paths = [_tidy(path) for leaf, path in _paths(tree.tree_, questions) if leaf in chosen and path]
    if not paths:
        return {}
    groups = [path[0] if len(path) == 1 else {"all": path} for path in paths]
    return groups[0] if len(groups) == 1 else {"any": groups}


def _paths(tree: Any, questions: Sequence[Question]) -> list[tuple[int, list[dict[str, Any]]]]:
    """Each leaf with the conditions that lead to it."""
    paths: list[tuple[int, list[dict[str, Any]]]] = []
    waiting: list[tuple[int, list[dict[str, Any]]]] = [(0, [])]
    while waiting:
        node, path = waiting.pop()
        if tree.children_left[node] == tree.children_right[node]:
            paths.append((node, path))
            continue
        question, limit = questions[tree.feature[node]], float(tree.threshold[node])
        for child, is_above in ((tree.children_left[node], False), (tree.children_right[node], True)):
            waiting.append((int(child), [*path, question.condition(limit, is_above=is_above)]))
    return paths


def _tidy(path: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Drops limits that say nothing more: of two limits of one attribute in one direction, the later branch's is the
    narrower.
    """
    narrow: dict[object, dict[str, Any]] = {}
    for condition in path:
        inner = condition.get("not", condition)
        is_limit = inner["is"] in ("<", "<=", ">", ">=")
        narrow[(inner["attribute"], inner["is"], "not" in condition) if is_limit else str(condition)] = (
            condition
        )
    return list(narrow.values())
