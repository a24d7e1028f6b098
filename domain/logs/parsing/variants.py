"""Templates that say in some words what another one has a value for: "Quiz midterm of course Algebra I is open" is a
variant of "Quiz <*> of course <*> is open"."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from itertools import chain, islice

from domain.logs.parsing.masking import PARAMETER, SPAN
from domain.logs.parsing.tokens import has_letters, is_state, split_words
from domain.logs.parsing.value_evidence import SWITCHES

MAX_COMPARED = 4_096
MIN_FIXED_WORDS = 2
"""Words that both say: with fewer a template may cover anything."""
MAX_PHRASE = 3
MAX_TOKENS = 120
MAX_CANDIDATES = 64
"""Templates that one is compared with."""


def join_variants(templates: set[str]) -> Mapping[str, str]:
    """Those that are a variant of one, and that one, with a mark for any number of words where it takes several."""
    if len(templates) > MAX_COMPARED:
        return {}
    tokens = {template: tuple(split_words(template)) for template in templates}
    fixed = {template: frozenset(filter(has_letters, own)) for template, own in tokens.items()}
    by_word = _by_rarest_word(tokens, fixed)
    joined: dict[str, str] = {}
    phrases: defaultdict[str, set[int]] = defaultdict(set)
    for template in sorted(templates):
        candidates = chain.from_iterable(by_word.get(word, ()) for word in sorted(fixed[template]))
        for wide in islice(candidates, MAX_CANDIDATES):
            is_possible = wide not in joined and fixed[wide] < fixed[template]
            places = _phrase_places(tokens[wide], tokens[template]) if is_possible else None
            if places:
                joined[template] = wide
                phrases[wide].update(places)
                break
    texts = {
        wide: "".join(SPAN if at in places else token for at, token in enumerate(tokens[wide]))
        for wide, places in phrases.items()
    }
    return {template: texts[wide] for template, wide in joined.items()} | texts


def _by_rarest_word(
    tokens: Mapping[str, tuple[str, ...]], fixed: Mapping[str, frozenset[str]]
) -> dict[str, list[str]]:
    """Templates with values by the rarest of their words, those that say most first."""
    amounts = Counter(word for words in fixed.values() for word in words)
    by_word: defaultdict[str, list[str]] = defaultdict(list)
    for template in sorted(tokens, key=lambda each: (-len(fixed[each]), each)):
        has_values = any(map(_is_mark, tokens[template])) and len(tokens[template]) <= MAX_TOKENS
        if has_values and len(fixed[template]) >= MIN_FIXED_WORDS:
            by_word[min(fixed[template], key=lambda word: (amounts[word], word))].append(template)
    return dict(by_word)


def _phrase_places(wide: tuple[str, ...], tokens: tuple[str, ...]) -> tuple[int, ...] | None:
    """Which marks of a template stand for several words of the other; None where it does not cover that."""
    if not len(wide) < len(tokens) <= MAX_TOKENS:
        return None

    @cache
    def phrases_from(at: int, other: int) -> tuple[int, ...] | None:
        if at == len(wide):
            return () if other == len(tokens) else None
        if not _is_mark(wide[at]):
            same = other < len(tokens) and wide[at] == tokens[other]
            return phrases_from(at + 1, other + 1) if same else None
        for end in _phrase_ends(tokens, other):
            rest = phrases_from(at + 1, end)
            if rest is not None:
                return (at, *rest) if end > other + 1 else rest
        return None

    return phrases_from(0, 0)


def _phrase_ends(tokens: Sequence[str], start: int) -> Iterator[int]:
    plain = marks = 0
    for at in range(start, min(start + 2 * MAX_PHRASE, len(tokens)), 2):
        word = tokens[at]
        if at > start and tokens[at - 1] != " ":
            return
        marks += PARAMETER in word or SPAN in word
        plain += not _is_mark(word)
        if not word or word.lower() in SWITCHES or is_state(word) or (marks and plain > 1):
            return
        yield at + 1


def _is_mark(token: str) -> bool:
    return bool(token) and not token.strip(PARAMETER + SPAN)
