"""For whom, or for which order, a price is: 首单立减 20 元. Copy may neither leave that out nor make it up."""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from domain.marketing.copy_checks import numbers, word_lists
from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.folding import Span, fold
from llm_backend import patterns

_CONDITIONS = [word_lists.words(each) for each in word_lists.read("facts")["offer_conditions"]]
_CLAUSE_END = patterns.compile(r"[。！？；，、（()）!?;\n]|[.,](?!\d)|(?<!\d)[.,]")
_OFFER_UNITS = frozenset({numbers.MONEY, numbers.DISCOUNT, "%"})


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
    conditions: Mapping[int, Span]
    earlier: frozenset[int]


def condition_problems(fields: Mapping[str, str], brief: BriefFacts) -> Iterator[ConditionProblem]:
    """A condition that stands anywhere in the copy is said."""
    folded = {field: fold(text) for field, text in fields.items()}
    said = {each for text in folded.values() for each in _conditions(text.plain)}
    told = fold("\n".join((brief.text, brief.audience))).plain
    known = {number for number, pattern in enumerate(_CONDITIONS) if pattern.search(told)}
    required = _required(brief.facts)
    for field, text in folded.items():
        for price in _prices(text.plain):
            for each in price.conditions.keys() - known:
                span = text.span(*price.conditions[each])
                yield ConditionProblem("condition_not_in_brief", field, span)
            conditions, fact = required.get(price.key, (frozenset[int](), ""))
            if conditions and not conditions & said:
                yield ConditionProblem("condition_left_out", field, text.span(*price.span), fact)


@lru_cache(maxsize=256)
def _required(facts: tuple[Fact, ...]) -> Mapping[tuple[str, str], tuple[frozenset[int], str]]:
    """Of each price what the facts always give it on, and such a fact."""
    found: dict[tuple[str, str], tuple[frozenset[int], str]] = {}
    for fact in facts:
        of_name = _conditions(fold(fact.name).plain)
        for price in _prices(fold(fact.value).plain):
            conditions = frozenset(price.conditions) or price.earlier or frozenset(of_name)
            before, _ = found.get(price.key, (conditions, ""))
            said = f"{fact.name}：{fact.value}" if fact.name else fact.value
            found[price.key] = (conditions & before, said)
    return found


def _prices(plain: str) -> Iterator[Price]:
    """A condition is of the prices behind it in its clause, or of the only one there."""
    start, earlier = 0, frozenset[int]()
    for end in (*(match.end() for match in _CLAUSE_END.finditer(plain)), len(plain)):
        conditions = {
            each: Span(start + span.start, start + span.end)
            for each, span in _conditions(plain[start:end]).items()
        }
        prices = [
            (number, Span(start + number.span.start, start + number.span.end))
            for number in numbers.numbers(plain[start:end])
            if number.unit in _OFFER_UNITS and number.is_certain
        ]
        for number, span in prices:
            own = {each: at for each, at in conditions.items() if len(prices) == 1 or at.end <= span.start}
            yield Price((number.value, number.unit), span, own, earlier)
        earlier, start = frozenset() if prices else frozenset(conditions), end


def _conditions(plain: str) -> dict[int, Span]:
    """Each with the first place where it stands."""
    unless = word_lists.pattern("facts", "not_offer_conditions")
    return {
        number: Span(*first.span())
        for number, pattern in enumerate(_CONDITIONS)
        if (first := next(word_lists.matches(plain, pattern, unless), None))
    }
