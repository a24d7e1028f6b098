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
                if isinstance(each, int):
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
            before, _ = found.get(price.key, (conditions, ""))
            found[price.key] = (conditions & before, said)
    return found


def _prices(plain: str) -> Iterator[Price]:
    """A condition is of the prices behind it in its clause, or of the only one there."""
    start, earlier = 0, dict[Condition, Span]()
    for end in (*(match.end() for match in _CLAUSE_END.finditer(plain)), len(plain)):
        conditions = {
            each: Span(start + span.start, start + span.end)
            for each, span in _conditions(plain[start:end]).items()
        }
        prices = [
            (key, Span(start + span.start, start + span.end)) for key, span in _benefits(plain[start:end])
        ]
        for key, span in prices:
            own = {each: at for each, at in conditions.items() if len(prices) == 1 or at.end <= span.start}
            yield Price(key, span, own, earlier)
        earlier, start = {} if prices else conditions, end


def _benefits(clause: str) -> Iterator[tuple[tuple[str, str], Span]]:
    least = Coverage(len(clause), (match.span() for match in _LEAST.finditer(clause)))
    for number in numbers.numbers(clause):
        if number.unit in _OFFER_UNITS and number.is_certain and not least.touches(number.span):
            yield (number.value, number.unit), number.span
    for match in _FREE_SHIPPING.finditer(clause):
        yield SHIPPING, Span(*match.span())


def _conditions(plain: str) -> dict[Condition, Span]:
    """Each with the first place where it stands."""
    unless = word_lists.pattern("facts", "not_offer_conditions")
    found: dict[Condition, Span] = {
        each: Span(*first.span())
        for each, pattern in (*enumerate(_CONDITIONS), *_PEOPLE.items())
        if (first := next(word_lists.matches(plain, pattern, unless), None))
    }
    for match in _LEAST.finditer(plain):
        found.setdefault(figures.decimal(match[1] or match[2]), Span(*match.span()))
    return found


def _sums(plain: str) -> Iterator[str]:
    return (number.value for number in numbers.numbers(plain))
