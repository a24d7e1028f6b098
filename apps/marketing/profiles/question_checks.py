"""Holds what a model read in a sentence about people to the sentence itself.

A condition stands only where its own words are in the sentence and say its number, its direction and whether it is denied.
What no condition stands for is told, word for word: nothing is invented, and nothing is left out in silence.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from apps.marketing.profiles.conditions import EVENTS
from apps.marketing.profiles.rules import MAX_DAYS
from apps.marketing.profiles.schemas import ProposedCondition, ProposedRule
from llm_backend import figures, patterns

MAX_LEFT_OUT = 20
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
UPWARDS = patterns.compile(
    r"(?<!不)(?:超过|大于|高于|多于)|至少|不(?:低于|少于|小于)|以上|以后"
    r"|\b(?:(?<!no )(?<!not )more than|over|above|at least|not? less than|older|after|since|or more)\b"
)
DOWNWARDS = patterns.compile(
    r"(?<!不)(?:小于|低于|少于)|不(?:超过|大于|高于|多于|到|足)|至多|最多|以下|以前"
    r"|\b(?:(?<!no )(?<!not )(?:less|fewer) than|under|below|at most|not? more than|younger|before|up to)\b"
)
DENIED = patterns.compile(r"没|未|不|非|除|无|\b(?:no|not|never|nothing|without|except|outside)\b|n't\b")
DATE = patterns.compile(r"\d{4}-\d{2}-\d{2}")
# A time without a number: a rule would have to invent one.
VAGUE = patterns.compile(r"最近|近期|经常|\b(?:recently|lately|often|regularly)\b")
BREAKS = patterns.compile(r"[，,。.；;、！!？?：:\n]|\b(?:and|who|but|or)\b|并且|而且|但是|或者")
# What stands between the words of conditions and says nothing of people.
EMPTY = patterns.compile(
    r"\b(?:the|a|an|of|in|from|with|have|has|had|are|is|that|all|people|customers|everyone|those)\b"
    r"|[的了在和与且但也过]|所有|客户|顾客|用户|人群|人"
)


@dataclass(frozen=True)
class CheckedRule:
    """`left_out`: words of the sentence that no condition says. `translated`: words, and the value taken for them."""

    conditions: list[ProposedCondition]
    left_out: list[str]
    translated: list[tuple[str, str]]


def check(sentence: str, proposed: ProposedRule, values: Mapping[str, Collection[str]]) -> CheckedRule:
    """`values`: attribute → the texts that people have in it."""
    kept, translated, rest = list[ProposedCondition](), list[tuple[str, str]](), sentence
    unsaid = [each for each in proposed.left_out if each and each in sentence]
    for condition in proposed.conditions:
        words = condition.words.strip()
        condition = _with_said_values(condition, values.get(condition.about, ()))
        if not words or words not in sentence or not _is_said(condition):
            continue
        kept.append(condition)
        rest = rest.replace(words, "\n")
        said = sum(len(units) for units in figures.read(words.lower()).values())
        if said > _is_counted(condition) and not any(DATE.fullmatch(each) for each in condition.values):
            # It says more numbers than the condition holds.
            unsaid.append(words)
        if not _is_counted(condition):
            translated += [(words, each) for each in condition.values if each.lower() not in words.lower()]
    runs = [run.strip() for run in BREAKS.split(rest)]
    left_out = [*unsaid, *(run for run in runs if EMPTY.sub(" ", run).strip())]
    return CheckedRule(kept, list(dict.fromkeys(left_out))[:MAX_LEFT_OUT], translated)


def _with_said_values(condition: ProposedCondition, known: Collection[str]) -> ProposedCondition:
    """Values that its words say; where they say none, those that people have, which may be of another language."""
    words = condition.words.lower()
    if _is_counted(condition):
        is_of_all_days = condition.about in EVENTS and not figures.read(words)
        return condition.model_copy(update={"values": [str(MAX_DAYS)]}) if is_of_all_days else condition
    said = [each for each in condition.values if each and each.lower() in words]
    return condition.model_copy(
        update={"values": said or [each for each in condition.values if each in known]}
    )


def _is_said(condition: ProposedCondition) -> bool:
    words = condition.words.lower()
    said = figures.read(words)
    if condition.about in EVENTS and VAGUE.search(words) and not said:
        return False
    if _is_counted(condition):
        upwards, downwards = UPWARDS.search(words), DOWNWARDS.search(words)
        if condition.operator in (">", ">=") and downwards and not upwards:
            return False
        if condition.operator in ("<", "<=") and upwards and not downwards:
            return False
        if not all(_number_is_said(value, said, condition) for value in condition.values):
            return False
        if condition.about not in EVENTS:
            return True
    elif condition.operator != "set" and not condition.values:
        return False
    return bool(DENIED.search(words)) == (condition.is_not or condition.operator == "!=")


def _is_counted(condition: ProposedCondition) -> bool:
    return condition.operator in ("<", "<=", ">", ">=", "within_days")


def _number_is_said(value: str, said: figures.Figures, condition: ProposedCondition) -> bool:
    """In the sentence's own unit of time or in days; what people did without any number is asked of all days."""
    if value in said or (not said and condition.about in EVENTS):
        return True
    if DATE.fullmatch(value):
        return all(str(int(part)) in said for part in value.split("-"))
    in_days = {
        float(number) * DAYS[unit]
        for number, units in said.items()
        for unit in units & DAYS.keys()
        if number.replace(".", "", 1).isdigit()
    }
    return condition.operator == "within_days" and value.isdigit() and float(value) in in_days
