"""Claims that no advertisement may make: `claims.toml`, found through whatever hides them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from domain.marketing.copy_checks import word_lists
from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.folding import FoldedText, Span, fold, is_chinese, longest
from llm_backend import patterns

Severity = Literal["error", "warning"]
INDUSTRIES = ("food", "health_food", "cosmetics", "medical", "finance", "education")
MAX_LETTERS_BETWEEN = 4
_SHORT_WORD = 2
_CLAUSE_END = patterns.compile(r"[,.;:!?\n]")
# What an English denial makes a praise of: “can't beat our #1”, “not just the best”.
_PRAISES_WHEN_DENIED = frozenset({"miss", "beat", "resist", "regret", "just", "only", "merely"})


@dataclass(frozen=True)
class Claim:
    """`product_words`: those with {product} in them, which depend on the brief."""

    code: str
    severity: Severity
    industries: frozenset[str]
    except_industries: frozenset[str]
    words: patterns.Pattern[str]
    product_words: tuple[str, ...]
    unless: patterns.Pattern[str]
    reason_zh: str
    reason_en: str
    source: str

    def concerns(self, industries: Sequence[str]) -> bool:
        mine = set(industries)
        return not mine & self.except_industries and (not self.industries or bool(mine & self.industries))


class ClaimFinding(NamedTuple):
    code: str
    span: Span
    claim: Claim


@cache
def claims() -> tuple[Claim, ...]:
    return tuple(
        Claim(
            row["code"],
            row.get("severity", "error"),
            frozenset(row.get("industries", ())),
            frozenset(row.get("except_industries", ())),
            patterns.either(
                word_lists.words(word for word in row["words"] if "{product}" not in word),
                *(word_lists.pairs(pair["first"], pair["then"]) for pair in row.get("pairs", ())),
            ),
            tuple(word for word in row["words"] if "{product}" in word),
            word_lists.words(row.get("unless", ())),
            row["reason_zh"],
            row["reason_en"],
            row["source"],
        )
        for row in word_lists.read("claims")["claims"]
    )


def banned_claims(text: str, brief: BriefFacts) -> list[ClaimFinding]:
    """In the order of the text; of claims of one code that overlap the longest."""
    folded = fold(text).tight
    industry = next((each for each in brief.industries if each in INDUSTRIES), "medical")
    findings = [
        ClaimFinding(claim.code.format_map({"industry": industry}), folded.span(start, end), claim)
        for claim in claims()
        if claim.concerns(brief.industries)
        for start, end in _matches(claim, folded, brief.product)
    ]
    codes = {each.code for each in findings}
    longest_findings = [
        each for code in codes for each in longest((one for one in findings if one.code == code), len(text))
    ]
    return sorted(longest_findings, key=lambda each: each.span)


def _matches(claim: Claim, folded: FoldedText, product: str) -> Iterator[tuple[int, int]]:
    several = [claim.words, *([_of_product(claim.product_words, product)] if claim.product_words else [])]
    for pattern in several:
        for match in word_lists.matches(folded.plain, pattern, claim.unless):
            if not is_denied(folded.plain, match.start()):
                yield match.span()


@lru_cache(maxsize=256)
def _of_product(claim_words: Sequence[str], product: str) -> patterns.Pattern[str]:
    """“best {product}” for every word of “Ledgerly bookkeeping” that says something."""
    names = [name for name in fold(product).plain.split() if name.isascii() and len(name) > _SHORT_WORD]
    return word_lists.words(word.replace("{product}", name) for word in claim_words for name in names)


def is_denied(plain: str, start: int) -> bool:
    """“It is not a cure”, 不承诺保本: what is denied is not claimed."""
    before = plain[max(0, start - 24) : start]
    if is_chinese(before[-6:]):
        return _chinese_denial().search(before) is not None
    words = _CLAUSE_END.split(before)[-1].split()[-2:]
    return not _english_denials().isdisjoint(words) and _PRAISES_WHEN_DENIED.isdisjoint(words)


@cache
def _chinese_denial() -> patterns.Pattern[str]:
    """What a denied verb describes is claimed all the same: 不可错过的, 无法抗拒的."""
    denials = word_lists.read("claims")
    clause = r"，。！？；,.!?;\n"
    verb = patterns.words(
        denials["negated_verbs_zh"], after=rf"(?:所谓的|绝对的|[^的{clause}]{{0,{MAX_LETTERS_BETWEEN}}})$"
    )
    word = patterns.words(denials["negations_zh"], after=rf"[^{clause}]{{0,{MAX_LETTERS_BETWEEN}}}$")
    return patterns.either(word, verb)


@cache
def _english_denials() -> frozenset[str]:
    return frozenset(word_lists.read("claims")["negations_en"])
