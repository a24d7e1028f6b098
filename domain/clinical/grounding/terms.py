"""A text as terms that can be compared: figures, findings and drugs under one name, other words by stem or character."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache, lru_cache
from pathlib import Path

from domain.clinical.grounding.drugs import built_in
from domain.clinical.grounding.quantities import quantities
from domain.clinical.grounding.register_synonyms import find_synonyms
from domain.clinical.word_lists import read_patterns
from llm_backend import patterns
from llm_backend.wording import is_content_word, normalise, stem, tokens

FINDINGS = Path(__file__).with_name("terms.txt")
# One and none are mostly no numbers: “that one”, 一直.
_COUNTS_NOTHING = ("0", "1", "0.5")
FINDING, DRUG, NUMBER, SAME = "@", "%", "#", "="
_WORDS = read_patterns(Path(__file__).with_suffix(".toml"))


# “He uses”, “his eyes” and “use”, “eye” are one: so short a word keeps the e that a longer one loses.
_SHORT_PLURAL = patterns.compile(r"^(?!go|do)([a-z]{2})es$")


@dataclass(frozen=True, slots=True)
class Term:
    """`key`: what makes two terms the same.

    Findings begin with `@`, drugs with `%`, figures with `#`, words of one meaning with `=`.
    """

    key: str
    start: int
    end: int
    is_weighty: bool = True


@lru_cache(maxsize=4096)
def terms(text: str) -> tuple[Term, ...]:
    """In order, without fillers. Places are those of `text`."""
    plain = normalise(text)
    all_terms: list[Term] = []
    # From the longest names to single words; what one step took is blanked for the next.
    for match in _findings_pattern().finditer(plain):
        all_terms.append(Term(f"{FINDING}{_finding_names()[match[0]]}", match.start(), match.end()))
    plain = _without(plain, all_terms)
    for mention in built_in().mentions(plain):
        all_terms.append(Term(f"{DRUG}{mention.drug}", mention.start, mention.end))
    plain = _without(plain, all_terms)
    all_terms.extend(Term(f"{SAME}{name}", start, end) for name, start, end in find_synonyms(plain))
    plain = _without(plain, all_terms)
    for quantity in quantities(plain):
        if not quantity.is_bare or quantity.number not in _COUNTS_NOTHING:
            number = "/".join(quantity.numbers)
            all_terms.append(Term(f"{NUMBER}{number}", quantity.start, quantity.end))
    plain = _WORDS["filler"].sub(lambda match: " " * len(match[0]), _without(plain, all_terms))
    silent = {place for match in _WORDS["reporting"].finditer(plain) for place in range(*match.span())}
    for token in tokens(plain):
        counts = is_content_word(token.text) and token.start not in silent
        all_terms.append(Term(stem(_SHORT_PLURAL.sub(r"\1e", token.text)), token.start, token.end, counts))
    return tuple(sorted(all_terms, key=lambda term: term.start))


def finding_terms(text: str) -> list[Term]:
    """The findings that the list of clinical words knows."""
    return [term for term in terms(text) if term.key.startswith(FINDING)]


def missing_terms(claim: str, source_text: str) -> list[str]:
    """The weighty terms of the claim that were not said, as the claim writes them."""
    spoken_keys = {term.key for term in terms(source_text)}
    return [
        claim[term.start : term.end]
        for term in terms(claim)
        if term.is_weighty and term.key not in spoken_keys
    ]


def coverage(claim: str, source_text: str) -> float:
    """Which part of the claim's weighty terms was said. A claim without any says nothing, and is covered."""
    weighty = sum(term.is_weighty for term in terms(claim))
    return 1.0 - len(missing_terms(claim, source_text)) / weighty if weighty else 1.0


def find_run(claim: str, text: str) -> tuple[int, int] | None:
    """Where the same terms stand in the text one after the other."""
    keys, text_terms = [term.key for term in terms(claim)], terms(text)
    for first in range(len(text_terms) - len(keys) + 1 if keys else 0):
        if [term.key for term in text_terms[first : first + len(keys)]] == keys:
            return text_terms[first].start, text_terms[first + len(keys) - 1].end
    return None


def alignment(claim: str, text: str) -> tuple[float, int, int]:
    """The stretch of the text that holds most of the wanted terms in their order, with the share it holds.

    It may be about twice as long as what is wanted, so that words from all over a long turn make no source.
    """
    mine, text_terms = terms(claim), terms(text)
    weighty = {term.key for term in mine if term.is_weighty}
    # A wrong figure is to be called wrong where it was said, not to have no source.
    keys = {key for key in weighty if key[0] != NUMBER} or weighty
    if not keys:
        return 0.0, 0, 0
    longest = 2 * len(mine) + 6
    best = (0.0, 0, 0)
    # Each stretch begins with a term that is looked for: any other beginning is a longer way to the same.
    for first, term in enumerate(text_terms):
        if term.key in weighty:
            share, end = _align(mine, text_terms[first : first + longest], keys)
            if share > best[0]:
                best = (share, term.start, end)
    return best


def _align(mine: Sequence[Term], window: Sequence[Term], keys: set[str]) -> tuple[float, int]:
    matcher = SequenceMatcher(
        None, [term.key for term in mine], [term.key for term in window], autojunk=False
    )
    matched, end = set(), 0
    for block in matcher.get_matching_blocks():
        for place in range(block.size):
            term = mine[block.a + place]
            if term.is_weighty:
                matched.add(term.key)
                end = window[block.b + place].end
    return len(matched & keys) / len(keys), end


def _without(plain: str, blanked: Sequence[Term]) -> str:
    letters = list(plain)
    for term in blanked:
        letters[term.start : term.end] = "|" * (term.end - term.start)
    return "".join(letters)


@cache
def _finding_names() -> dict[str, str]:
    lines = FINDINGS.read_text(encoding="utf-8").splitlines()
    synonyms = ([name.strip() for name in normalise(line).split(",")] for line in lines if line[:1] != "#")
    return {name: names[0] for names in synonyms for name in names if name}


@cache
def _findings_pattern() -> patterns.Pattern[str]:
    names = _finding_names()
    latin = patterns.words(filter(str.isascii, names), before="(?<![a-z0-9])", after="(?![a-z0-9])")
    # A department or clinic that is named after a finding tells of none: 肿瘤科, 发热门诊.
    chinese = patterns.words((name for name in names if not name.isascii()), after="(?!瘤?科|门诊|中心)")
    return patterns.either(latin, chinese)
