"""Facts of the house's other products, which are no facts of this one.

A house that says the colour of each product has the words for colours in its briefs. Copy that names one of them which
this brief does not hold has invented it, however natural it reads; no list of ours could know those words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.marketing.copy_checks.brief import BriefFacts, Fact
from domain.marketing.copy_checks.channels import Channel
from domain.marketing.copy_checks.check import Violation, check_copy
from llm_backend import patterns

CODE = "fact_of_another_product"
REASON_ZH = "“{value}”是其他产品的“{name}”，这份简报里没有"
REASON_EN = "“{value}” is the {name} of another product; this brief does not hold it"


@dataclass(frozen=True)
class CatalogueFacts(BriefFacts):
    """A brief beside the values that other briefs of the house have for the same attributes."""

    others: tuple[Fact, ...] = ()


def check_with_catalogue(
    texts: Mapping[str, str],
    rules: Channel,
    brief: CatalogueFacts,
    *,
    others: Sequence[Mapping[str, str]] = (),
) -> list[Violation]:
    """All that `check_copy` finds, and facts of other products."""
    found = check_copy(texts, rules, brief, others=others)
    return [*found, *foreign_facts(texts, brief)] if brief.others else found


def foreign_facts(texts: Mapping[str, str], brief: CatalogueFacts) -> Iterator[Violation]:
    names = {fact.value.casefold(): fact.name for fact in brief.others}
    foreign = patterns.words(names, flags=patterns.IGNORECASE)
    own = patterns.words(
        [brief.product, *(fact.value for fact in brief.facts), *brief.must_say], flags=patterns.IGNORECASE
    )
    for key, text in texts.items():
        # What the brief says is left out first: “不规则” holds “规则”.
        rest = own.sub(lambda match: "\n" * len(match[0]), text)
        for match in foreign.finditer(rest):
            if _stands_alone(rest, match.start(), match.end()):
                value = match[0]
                shown = {"value": value, "name": names.get(value.casefold(), "")}
                reasons = (REASON_ZH.format_map(shown), REASON_EN.format_map(shown))
                yield Violation(CODE, key, match.start(), match.end(), value, "error", *reasons, source="")


def _stands_alone(text: str, start: int, end: int) -> bool:
    """English words end where no letter follows; Chinese ones have no ends."""
    if not text[start:end].isascii():
        return True
    around = text[max(start - 1, 0) : start] + text[end : end + 1]
    return not any(letter.isascii() and letter.isalnum() for letter in around)
