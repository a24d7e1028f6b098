"""For whom, or for which order, a price or free shipping is: 首单立减 20 元, 满 99 元包邮.

Copy may neither leave that out nor make it up.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from domain.marketing.copy_checks import numbers, word_lists
from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.folding import Coverage, Span, fold
from llm_backend import figures, patterns

_CONDITIONS = [word_lists.words(each) for each in word_lists.read("facts")["offer_conditions"]]
_PEOPLE = {each[0]: word_lists.words(each) for each in word_lists.read("facts")["offer_people"]}
_CLAUSE_END = patterns.compile(r"[。！？；，、（()）!?;\n]|[.,](?!\d)|(?<!\d)[.,]")
_OFFER_UNITS = frozenset({numbers.MONEY, numbers.DISCOUNT, "%"})
_FREE_SHIPPING = word_lists.words(word_lists.read("facts")["promises"][0]["said"])
SHIPPING = ("", "shipping")
# What comes along: it is given on a condition, too, and no price.
GIFT = "gift"
_GIFTS = patterns.compile(
    r"(?<![a-z])free (?!of|from|to|and|for|shipping|delivery|returns?|postage)(?P<free>[a-z]{3,20})"
    r"|(?P<more>买[一二两三四五\d]送[一二两三四五\d])|(?<![a-z])(?P<bogo>buy (?:one|two|\d),? get (?:one|two|\d))"
    r"|(?:送|赠送?)(?:一?[个份只支条盒杯张]|\d{1,3}\s?[个份只支条盒杯张])?(?P<given>[㐀-鿿]{2})"
)
# How many get it, or how many come together: 前 50 箱, 三人成团, “the first 20 orders”, “groups of four”.
_SHARED = {
    "quota": patterns.compile(
        r"前\s?[\d一二三五十百千]{1,5}\s?(?:名|位|个?人|箱|单|件|份|盒|杯|台|套|瓶|组|张|袋|间)"
        r"|限量|先到先得|(?<![a-z])first (?:\d{1,5}|ten|twenty|fifty|hundred)(?![a-z])|while (?:stocks?|supplies) lasts?"
    ),
    "group": patterns.compile(
        r"[\d二两三四五六八十]{1,3}\s?人(?:及以上|以上|起)?(?:成?团|同行|拼|组团|一起)|拼团|成团|团购"
        r"|(?<![a-z])(?:groups?|part(?:y|ies)) of|(?<![a-z])group (?:price|rate|booking)|(?<![a-z])in a group"
    ),
}
# “月卡 299 元，限首次办卡”: of the price before it.
_LIMITS_BEFORE = patterns.compile(
    r"\s{0,3}[(（]?(?:仅?限于?|只限|只对|须|需|only|for|limited to)|[\w ]{1,40}(?<= only)\W{0,4}$"
)
# The least that has to be spent. 满 18 岁 and 满一年 are no sums.
_LEAST = patterns.compile(
    r"满\s?(\d{1,6}(?:\.\d{1,2})?)(?![\d.]|\s?(?:周?岁|[天年月周日件人名位次]|个月|小时|分钟))"
    r"|(?<![a-z])(?:(?:orders?|purchases?) (?:of|over|above|from)|spend(?:ing)?(?: (?:over|at least|more than))?"
    r"|minimum (?:order|spend|purchase)(?: of)?|over|above) ?[$€£¥] ?(\d{1,6}(?:\.\d{1,2})?)"
)
Condition = int | str
"""A line of `offer_conditions`, the first word of one of `offer_people`, or the least sum."""


class ConditionProblem(NamedTuple):
    """`fact`: the one whose condition was left out."""

    code: str
    field: str
    span: Span
    fact: str = ""


class Price(NamedTuple):
    """`conditions`: where each of those stands that it is given on; `earlier`: those of the clause before it."""

    key: tuple[str, str]
    span: Span
    conditions: Mapping[Condition, Span]
    earlier: Mapping[Condition, Span]


def condition_problems(fields: Mapping[str, str], brief: BriefFacts) -> Iterator[ConditionProblem]:
    """A condition that stands anywhere in the copy is said."""
    folded = {field: fold(text) for field, text in fields.items()}
    said = {each for text in folded.values() for each in (*_conditions(text.plain), *_sums(text.plain))}
    told = fold("\n".join((brief.text, brief.audience))).plain
    known = {number for number, pattern in enumerate(_CONDITIONS) if pattern.search(told)}
    required = _required(brief.facts)
    for field, text in folded.items():
        for price in _prices(text.plain):
            conditions, fact = required.get(price.key, (frozenset[Condition](), ""))
            # “Welcome back, existing customers! 15% off” of what is for others.
            named = price.conditions or (price.earlier if conditions else {})
            for each in named.keys() - known:
                # A sum is held to the brief as a figure, and children may like what costs the same for all.
                if isinstance(each, int) and price.key[1] != GIFT:
                    yield ConditionProblem("condition_not_in_brief", field, text.span(*named[each]))
            if conditions and not conditions & said:
                yield ConditionProblem("condition_left_out", field, text.span(*price.span), fact)


@lru_cache(maxsize=256)
def _required(facts: tuple[Fact, ...]) -> Mapping[tuple[str, str], tuple[frozenset[Condition], str]]:
    """Of each price what the facts always give it on, and such a fact."""
    found: dict[tuple[str, str], tuple[frozenset[Condition], str]] = {}
    for fact in facts:
        of_name = _conditions(fold(fact.name).plain)
        said = f"{fact.name}：{fact.value}" if fact.name else fact.value
        for price in _prices(fold(said).plain):
            conditions = frozenset(price.conditions or price.earlier or of_name)
            # Whom a gift is for may be left out, as any limit may; how many there are may not.
            conditions = conditions & frozenset[Condition](_SHARED) if price.key[1] == GIFT else conditions
            before, _ = found.get(price.key, (conditions, ""))
            found[price.key] = (conditions & before, said)
    return found


def _prices(plain: str) -> Iterator[Price]:
    """A condition is of the prices behind it in its clause, or of the only one there."""
    start, earlier = 0, dict[Condition, Span]()
    ends = [*(match.end() for match in _CLAUSE_END.finditer(plain)), len(plain)]
    for end, behind in zip(ends, [*ends[1:], len(plain)], strict=True):
        conditions = _conditions_in(plain, start, end)
        prices = [
            (key, Span(start + span.start, start + span.end)) for key, span in _benefits(plain[start:end])
        ]
        for key, span in prices:
            own = {each: at for each, at in conditions.items() if len(prices) == 1 or at.end <= span.start}
            if not own and key == prices[-1][0] and _LIMITS_BEFORE.match(plain[end:behind]):
                own = {} if any(_benefits(plain[end:behind])) else _conditions_in(plain, end, behind)
            yield Price(key, span, own, earlier)
        earlier, start = {} if prices else conditions, end


def _conditions_in(plain: str, start: int, end: int) -> dict[Condition, Span]:
    return {
        each: Span(start + span.start, start + span.end)
        for each, span in _conditions(plain[start:end]).items()
    }


def _benefits(clause: str) -> Iterator[tuple[tuple[str, str], Span]]:
    least = Coverage(len(clause), (match.span() for match in _LEAST.finditer(clause)))
    for number in numbers.numbers(clause):
        if number.unit in _OFFER_UNITS and number.is_certain and not least.touches(number.span):
            yield (number.value, number.unit), number.span
    for match in _FREE_SHIPPING.finditer(clause):
        yield SHIPPING, Span(*match.span())
    for match in _GIFTS.finditer(clause):
        yield (str(next(filter(None, match.groups()))), GIFT), Span(*match.span())


def _conditions(plain: str) -> dict[Condition, Span]:
    """Each with the first place where it stands."""
    unless = word_lists.pattern("facts", "not_offer_conditions")
    found: dict[Condition, Span] = {
        each: Span(*first.span())
        for each, pattern in (*enumerate(_CONDITIONS), *_PEOPLE.items(), *_SHARED.items())
        if (first := next(word_lists.matches(plain, pattern, unless), None))
    }
    for match in _LEAST.finditer(plain):
        found.setdefault(figures.decimal(match[1] or match[2]), Span(*match.span()))
    return found


def _sums(plain: str) -> Iterator[str]:
    return (number.value for number in numbers.numbers(plain))
