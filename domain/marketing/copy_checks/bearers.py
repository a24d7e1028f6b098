"""Who pays for something, or answers for it: what the seller pays (由卖家承担) the customer does not (由买家承担)."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from domain.marketing.copy_checks import word_lists
from domain.marketing.copy_checks.brief import Fact
from domain.marketing.copy_checks.folding import fold
from domain.marketing.copy_checks.stances import Head, head_of
from llm_backend import patterns

# Who says “we” may be any of them but the customer.
_SIDES = {
    name: frozenset(side["is"]) for side in word_lists.read("denials")["parties"] for name in side["names"]
}
_WHO = "|".join(sorted(map(patterns.escape, _SIDES), key=len, reverse=True))
_BEARS = patterns.compile(
    rf"(?<![不非])(?<![不非]由)由?(?P<who>{_WHO})(?:来|先行|先|全额|全部|自行|统一)?"
    r"(?:承担|负担|负责|支付|垫付|出(?![发门售])|付(?![款费])|买单)"
    rf"|(?<!not )(?:paid|covered|borne|met|provided|handled)(?: for)? by (?:the )?(?P<by>{_WHO})(?![a-z])"
    rf"|(?<![a-z])(?:is|are) on (?:the )?(?P<on>{_WHO})(?![a-z])"
    rf"|(?<![a-z])(?P<pays>{_WHO}) (?:pays?|covers?|bears?)(?![a-z])"
)
_CLAUSES = patterns.compile(r"[,;，；。.!?\n()]")


class Bearing(NamedTuple):
    """`topic`: what is paid for; `said`: the fact as it stands in the brief."""

    topic: Head
    sides: frozenset[str]
    said: str


@lru_cache(maxsize=256)
def bearings(facts: tuple[Fact, ...]) -> tuple[Bearing, ...]:
    """Of every fact that says it."""
    return tuple(bearing for fact in facts for bearing in _of_fact(fact))


def _of_fact(fact: Fact) -> Iterator[Bearing]:
    said = f"{fact.name}：{fact.value}" if fact.name else fact.value
    for clause in _CLAUSES.split(fold(fact.value).plain):
        for sides in sides_in(clause):
            topic = head_of(_BEARS.sub(" ", clause))
            topic = topic if topic.parts else head_of(fold(fact.name).plain)
            if topic.parts:
                yield Bearing(topic, sides, said)


def sides_in(plain: str) -> list[frozenset[str]]:
    """Who bears something by a folded clause: by each statement those that it may be."""
    return [_SIDES[next(filter(None, match.groups()))] for match in _BEARS.finditer(plain)]
