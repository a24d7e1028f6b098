"""Holds what a model read in a sentence about people to the sentence itself.

A condition stands only where its own words are in the sentence and say what it is about, its number with the unit, its
direction and whether it is denied. What no condition stands for is told, word for word: nothing is invented, and nothing is
left out in silence.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from apps.marketing.profiles.person_values import channel_keys
from apps.marketing.rules.conditions import EVENTS
from apps.marketing.rules.rules import MAX_DAYS
from apps.marketing.segments.schemas import ProposedCondition, ProposedRule
from llm_backend import figures, patterns

# Before the key of a channel: a condition is about the consent to it.
AGREED = "agreed:"
MAX_LEFT_OUT = 20
DAYS = {"day": 1, "week": 7, "month": 30, "year": 365}
# Periods without a number, and the days that they may be taken for.
PERIODS = (
    (patterns.compile(r"半年|\bhalf[ -](?:a )?year\b|\bsix months\b"), frozenset({180, 182, 183})),
    (patterns.compile(r"半个?月"), frozenset({14, 15})),
    (patterns.compile(r"一个?(?:星期|礼拜)|一周|\b(?:a|one|the (?:last|past)) week\b"), frozenset({7})),
    (patterns.compile(r"一个?月|\b(?:a|one|the (?:last|past)) month\b"), frozenset({30, 31})),
    (patterns.compile(r"一个?季度|\b(?:a|one|the (?:last|past)) quarter\b"), frozenset({90, 91, 92})),
    (patterns.compile(r"一年|\b(?:a|one|the (?:last|past)) year\b"), frozenset({365, 366})),
)
# 满 of 满18岁 and 不满1000元, not of 满意度.
FULL = r"满(?=\s?[\d一二两三四五六七八九十百千万])"
UPWARDS = patterns.compile(
    r"(?<!不)(?:超过|大于|高于|多于|晚于)|至少|不(?:低于|少于|小于|早于)|以上|以后"
    rf"|(?<![不未没])(?:{FULL}|达到)"
    r"|\b(?:(?<!no )(?<!not )(?:more|later) than|over|above|at least|not? (?:less|fewer|earlier) than|older|after|since"
    r"|or more)\b"
)
DOWNWARDS = patterns.compile(
    r"(?<!不)(?:小于|低于|少于|早于)|不(?:超过|大于|高于|多于|晚于|到|足|及)|至多|最多|以下|以前|以内|之内"
    rf"|[不未没](?:{FULL}|达到)|[未没]到"
    r"|\b(?:(?<!no )(?<!not )(?:less|fewer|earlier) than|under|below|at most|not? (?:more|later) than|younger|before|up to"
    r"|or (?:less|fewer))\b"
)
DENIED = patterns.compile(r"没|未|不|非|除|无|\b(?:no|not|never|nothing|without|except|outside)\b|n't\b")
EVENT_WORDS = {
    "opened": patterns.compile(r"打开|读过|\bopen|\bread\b"),
    "clicked": patterns.compile(r"点击|点开|点过|\bclick"),
    "bought": patterns.compile(r"买|购|下[过了]?单|成交|\b(?:buy|bought|purchas|order)"),
    "written_to": patterns.compile(r"联系|触达|收到|发过|\b(?:contact|written|wrote|sent|receiv)"),
}
CONSENT = patterns.compile(r"同意|订阅|愿意|接受|允许|\b(?:agree|subscri|opt|consent|accept|allow)")
# Of an attribute that is true or not, its name says it.
TRUTHS = ("true", "false")
DATE = patterns.compile(r"\d{4}-\d{2}-\d{2}")
# A time without a number of days, or one of the calendar: a rule would have to invent them.
VAGUE = patterns.compile(
    r"[最新]近|近期|经常|[上本这当]个?[月周季]|[今去前本当]年|[今昨前当][天日晚]|季度|半[年月]|半个月|一个?(?:月|周|年|星期|礼拜|季度)"
    r"|\b(?:recently|lately|often|regularly|yesterday|today|tonight|this|last|past|previous|half|week|month|quarter|year)\b"
)
# 非金卡, of which a model took 金卡 alone for its words.
DENIED_BEFORE = patterns.compile(
    r"(?:非|除了?|不是|不在|不|没有?|无|\b(?:not|non|except|without)(?: (?:in|from|a|the))?[\s-])\s?$"
)
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
        if not words or words not in sentence or _is_denied_before(condition, sentence, words):
            continue
        if condition.about in EVENTS:
            said = _event(condition)
        elif condition.about.startswith(AGREED):
            said = _consent(condition)
        else:
            said = _attribute(condition, sentence, values.get(condition.about, ()))
            translated += _taken_for(said) if said else []
        if said is None:
            continue
        if said not in kept:
            kept.append(said)
        rest = rest.replace(words, "\n")
        numbers = sum(len(units) for units in figures.read(words.lower()).values())
        if numbers > _is_counted(said) and not any(map(DATE.fullmatch, said.values)):
            # It says more numbers than the condition holds.
            unsaid.append(words)
    runs = [run.strip() for run in BREAKS.split(rest)]
    left_out = [*unsaid, *(run for run in runs if EMPTY.sub(" ", run).strip())]
    return CheckedRule(kept, list(dict.fromkeys(left_out))[:MAX_LEFT_OUT], translated)


def _event(condition: ProposedCondition) -> ProposedCondition | None:
    """Within the days that its words say; what people did without any number is asked of all days."""
    words = condition.words.lower()
    said = figures.read(words)
    if not EVENT_WORDS[condition.about].search(words) or _is_denied(condition) != condition.is_not:
        return None
    if not said and not VAGUE.search(words):
        return condition.model_copy(update={"values": [str(MAX_DAYS)]})
    is_said = all(_is_in_days(value, said) or _is_period(value, words) for value in condition.values)
    return condition if condition.values and is_said else None


def _consent(condition: ProposedCondition) -> ProposedCondition | None:
    words, key = condition.words.lower(), condition.about.removeprefix(AGREED)
    is_named = any(name in words for name, channel in channel_keys().items() if channel == key)
    is_said = is_named and CONSENT.search(words) and _is_denied(condition) == condition.is_not
    return condition if is_said else None


def _attribute(
    condition: ProposedCondition, sentence: str, known: Collection[str]
) -> ProposedCondition | None:
    words, is_named = condition.words.lower(), condition.about.lower() in sentence.lower()
    if _is_counted(condition):
        said = figures.read(words)
        is_said = all(
            value in said
            or _is_date(value, said)
            or _is_in_days(value, said)
            or (condition.operator == "within_days" and _is_period(value, words))
            for value in condition.values
        )
        return condition if is_said and not _is_turned(condition) else None
    if _is_denied(condition) != (condition.is_not or condition.operator == "!="):
        return None
    if condition.operator == "set":
        return condition if is_named else None
    # What people have, or what the sentence says of an attribute that it names; else a name in another language.
    said_values = [
        each
        for each in condition.values
        if (each.lower() in words and (is_named or each in known))
        or (each.lower() in TRUTHS and condition.about.lower() in words)
    ]
    foreign = [each for each in condition.values if each in known and each.isascii() != words.isascii()]
    values = said_values or foreign
    return condition.model_copy(update={"values": values}) if values else None


def _is_turned(condition: ProposedCondition) -> bool:
    """Whether a comparison, or its denial, says the contrary of its words."""
    # Neither an attribute's name (未下单天数) nor the no of “no more than” and 不满 is a denial.
    words = condition.words.lower().replace(condition.about.lower(), " ")
    is_denied = bool(DENIED.search(UPWARDS.sub(" ", DOWNWARDS.sub(" ", words))))
    upwards, downwards = bool(UPWARDS.search(words)), bool(DOWNWARDS.search(words))
    if condition.operator == "within_days":
        # 沉睡超过 90 天 says of the last 90 days that nothing was, without a no.
        return not (is_denied or upwards) if condition.is_not else is_denied
    if upwards == downwards:
        return is_denied != condition.is_not
    return (condition.operator in (">", ">=")) ^ condition.is_not != upwards ^ is_denied


def _taken_for(condition: ProposedCondition) -> list[tuple[str, str]]:
    """Where the words do not name it: the attribute of a number, the value of another language."""
    words = condition.words.lower()
    names = [condition.about] if _is_counted(condition) else condition.values
    return [(condition.words, each) for each in names if each.lower() not in words]


def _is_counted(condition: ProposedCondition) -> bool:
    return condition.operator in ("<", "<=", ">", ">=", "within_days")


def _is_denied(condition: ProposedCondition) -> bool:
    return bool(DENIED.search(condition.words.lower()))


def _is_date(value: str, said: figures.Figures) -> bool:
    return bool(DATE.fullmatch(value)) and all(str(int(part)) in said for part in value.split("-"))


def _is_denied_before(condition: ProposedCondition, sentence: str, words: str) -> bool:
    """Whether the sentence denies the words right before them, and the condition does not."""
    before = sentence[: sentence.find(words)].lower()
    return bool(DENIED_BEFORE.search(before)) and not (condition.is_not or condition.operator == "!=")


def _is_period(value: str, words: str) -> bool:
    return value.isdigit() and any(
        int(value) in days and pattern.search(words) is not None for pattern, days in PERIODS
    )


def _is_in_days(value: str, said: figures.Figures) -> bool:
    """In days, or in the sentence's own unit of time as days."""
    in_days = {
        float(number) * DAYS[unit]
        for number, units in said.items()
        for unit in units & DAYS.keys()
        if number.replace(".", "", 1).isdigit()
    }
    return value.isdigit() and float(value) in in_days
