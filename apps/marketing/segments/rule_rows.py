"""A rule as rows of a form: each a condition that follows the one before by “and” or by “or”; “and” binds closer.

Most rules can be shown so. One with groups inside groups is changed as text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from apps.marketing.profiles.person_values import ATTRIBUTE, CONSENT_SEPARATORS, typed_value, value_text
from apps.marketing.rules.conditions import AttributeCondition, Condition, ConsentCondition, EventCondition
from apps.marketing.rules.rules import Group, Rule

EVENT, CONSENT = "event:", "consent:"
TRUE_WORDS, FALSE_WORDS = frozenset(("true", "yes", "是")), frozenset(("false", "no", "否"))


@dataclass(frozen=True)
class ConditionRow:
    """`subject`: “attribute:city”, “event:bought” or “consent:email”. `value` as somebody types it."""

    subject: str
    operator: str = "="
    value: str = ""
    is_negated: bool = False
    is_alternative: bool = False


def rows_of_rule(rule: Rule) -> list[ConditionRow] | None:
    """The rule as rows of the form; None for one that has more than two levels."""
    groups = rule.parts if isinstance(rule, Group) and rule.word == "any" else (rule,)
    rows: list[ConditionRow] = []
    for group in groups:
        parts = group.parts if isinstance(group, Group) and group.word == "all" else (group,)
        for place, part in enumerate(parts):
            is_negated = isinstance(part, Group) and part.word == "not"
            condition = part.parts[0] if isinstance(part, Group) and is_negated else part
            if isinstance(condition, Group):
                return None
            rows.append(_row(condition, is_negated, is_alternative=place == 0 and bool(rows)))
    return rows


def rule_of_rows(rows: Sequence[ConditionRow], kinds: Mapping[str, str]) -> dict[str, Any]:
    """What `rules.read_rule` reads. `kinds`: attribute → what its values are, as `selectors.known_attributes` says."""
    groups: list[list[dict[str, Any]]] = []
    for row in rows:
        condition = _condition(row, kinds)
        condition = {"not": condition} if row.is_negated else condition
        if row.is_alternative or not groups:
            groups.append([condition])
        else:
            groups[-1].append(condition)
    alternatives = [group[0] if len(group) == 1 else {"all": group} for group in groups]
    return alternatives[0] if len(alternatives) == 1 else {"any": alternatives}


def _row(condition: Condition, is_negated: bool, *, is_alternative: bool) -> ConditionRow:
    flags = {"is_negated": is_negated, "is_alternative": is_alternative}
    match condition:
        case EventCondition():
            return ConditionRow(f"{EVENT}{condition.event}", "within_days", str(condition.days), **flags)
        case ConsentCondition():
            return ConditionRow(f"{CONSENT}{condition.channel}", "set", "", **flags)
        case AttributeCondition():
            values = condition.value if isinstance(condition.value, list) else [condition.value]
            text = "; ".join(map(value_text, values))
            return ConditionRow(f"{ATTRIBUTE}{condition.name}", condition.operator, text, **flags)
    raise TypeError(type(condition).__name__)


def _condition(row: ConditionRow, kinds: Mapping[str, str]) -> dict[str, Any]:
    text = row.value.strip()
    if row.subject.startswith(EVENT):
        return {"event": row.subject.removeprefix(EVENT), "within_days": typed_value(text)}
    if row.subject.startswith(CONSENT):
        return {"consent": row.subject.removeprefix(CONSENT)}
    name = row.subject.removeprefix(ATTRIBUTE)
    condition: dict[str, Any] = {"attribute": name, "is": row.operator}
    kind = kinds.get(name, "")
    match row.operator:
        case "set":
            return condition
        case "in":
            parts = [each.strip() for each in text.translate(CONSENT_SEPARATORS).split(";")]
            return condition | {"value": [_value(each, kind) for each in parts if each]}
        case "contains":
            return condition | {"value": text}
        case "=" | "!=":
            return condition | {"value": _value(text, kind)}
    return condition | {"value": typed_value(text)}


def _value(text: str, kind: str) -> Any:
    """As the attribute's values are: a house number is text where the others are."""
    if kind == "truth" and text.lower() in TRUE_WORDS | FALSE_WORDS:
        return text.lower() in TRUE_WORDS
    return text if kind == "text" else typed_value(text)
