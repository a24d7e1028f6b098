"""Two things of a text in each other's place: 24 months of warranty and 6 for wearing parts are not 6 and 24.

What both languages write alike, or nearly, is compared: figures, words with an opposite, days, letters that name a thing,
and people. Two texts agree where the same ones stand together in a clause; what stands alone in its clause keeps its order.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from domain.text.translation import dates, denials, designations, numbers, opposites, proportions, things
from domain.text.translation.segments import Pair
from llm_backend import figures, patterns

_CLAUSE_ENDS = {
    "zh": patterns.compile(r"[，。；;：！？、\n和与及而但（）()]|[,:!?](?!\d)"),
    "en": patterns.compile(
        r"[,;:!?](?!\d)|\.(?=\s|$)|[\n()]|(?<![A-Za-z])(?:and|but|while|whereas|if|when|unless)(?![A-Za-z])"
    ),
}
# Clauses that are no equals may change places.
_UNEQUAL = {
    "zh": patterns.compile(r"[如若除因虽比]|[时后前](?=[，,])"),
    "en": patterns.compile(
        r"(?<![A-Za-z])(?:if|when|after|before|unless|once|until|because|since|although|instead|than|which|where|as)(?![A-Za-z])",
        patterns.IGNORECASE,
    ),
}
# Two statements against each other: 不含酒精，但含有香精. “Not X but Y” is “Y, not X” as well.
_CONTRAST = {
    "zh": patterns.compile(r"但|却|不过|而(?!不?是|非|且)"),
    "en": patterns.compile(
        r"(?<![A-Za-z])(?:but|while|whereas|however|yet)(?![A-Za-z])", patterns.IGNORECASE
    ),
}
_NOT = patterns.compile(r"不(?![仅只但同过论管断久少错妨如是])")
OPPOSITE, FIGURE, MONTH, THING, DENIAL = "opposite", "figure", "month", "thing", "denial"
VALUES = (FIGURE, MONTH)
PARTIES = frozenset(f"{OPPOSITE} {row}" for row in range(opposites.PARTIES))
_LETTER = patterns.compile(r"(?<![A-Za-z\d])[A-Z](?![A-Za-z\d'’])")
_WORD = patterns.compile(r"[A-Z][a-zü]{1,10}")
# What both languages surely read as the same.
_UNITS = frozenset({"hour", "week", "month", "year", "yuan", "dollar", "euro", "percent"})
# More of them are a text in which nobody exchanges two things alone.
MAX_CLAUSES = 40


class Item(NamedTuple):
    """`kind`: only what is of one may stand in each other's place."""

    kind: str
    name: str


Group = Mapping[Item, str]
"""The items of a clause, each as it is written there."""


def exchanged(source: str, translation: str, pair: Pair) -> list[str]:
    """Items of the source in each other's place; none for languages not known here."""
    if {pair.source, pair.target} != {"zh", "en"}:
        return []
    chinese, english = (source, translation) if pair.source == "zh" else (translation, source)
    people = {**designations.people_in_full(chinese, english), **dict(designations.people(chinese))}
    groups = [
        _groups(text, language, people)
        for text, language in ((source, pair.source), (translation, pair.target))
    ]
    shared = _said_once(groups[0]) & _said_once(groups[1])
    # A word with an opposite tells two things apart where both are said.
    kinds = Counter(item.kind for item in shared)
    shared = {item for item in shared if kinds[item.kind] > 1 or not item.kind.startswith(OPPOSITE)}
    shared -= {double for some in groups for each in some for double in _doubles(each, shared)}
    clauses, clauses_there = ([shared.intersection(each) for each in some] for some in groups)
    own, others = ([each for each in some if each] for some in (clauses, clauses_there))
    texts = ((source, pair.source), (translation, pair.target))
    items = _between_clauses(own, others)
    if not items and not any(_UNEQUAL[language].search(text) for text, language in texts):
        items = _out_of_order(own, others)
        if not items and all(_CONTRAST[language].search(text) for text, language in texts):
            items = _denial_out_of_order(clauses, clauses_there)
    written = {item: words for group in groups[0] for item, words in group.items()}
    return [" ↔ ".join(written[each] for each in items)] if items else []


def _groups(text: str, language: str, people: Mapping[str, str]) -> list[Group]:
    ends = [0, *(match.end() for match in _CLAUSE_ENDS[language].finditer(text)), len(text)]
    pieces = [text[start:end] for start, end in pairwise(ends)]
    clauses = [each for each in pieces if _CLAUSE_ENDS[language].sub("", each).strip()]
    if len(clauses) > MAX_CLAUSES:
        return []
    return [dict(_items(clause, language, people)) for clause in clauses]


def _items(clause: str, language: str, people: Mapping[str, str]) -> Iterator[tuple[Item, str]]:
    yield from _amounts(clause, language)
    for row, side, words in opposites.sides(clause, language):
        yield Item(f"{OPPOSITE} {row}", side), words
    for day, words in dates.weekdays(clause):
        yield Item("weekday", str(day)), words
    for month, words in dates.months(clause):
        yield Item(MONTH, str(month)), words
    for letter in _LETTER.findall(clause):
        yield Item("letter", letter), letter
    romanised = set() if language == "zh" else {word.lower() for word in _WORD.findall(clause)}
    for name, words in people.items():
        if name in romanised or (language == "zh" and words in clause):
            yield Item("person", name), words
    yield from _statements(clause, language)


def _amounts(clause: str, language: str) -> Iterator[tuple[Item, str]]:
    for value, units in figures.read(numbers.plain_numbers(clause, language)).items():
        yield Item(f"{FIGURE} {min(units & _UNITS, default='')}", value), value
    for part, words in proportions.written_parts(clause.lower()):
        # 六成 and 60% are one.
        if (hundredths := part * 100).denominator == 1:
            yield Item(f"{FIGURE} percent", str(hundredths)), words


def _statements(clause: str, language: str) -> Iterator[tuple[Item, str]]:
    """What a clause is about, and whether it denies it."""
    for kind, name, words in things.named(clause, language):
        yield Item(f"{THING} {kind}", name), words
    if denials.denies(clause, language) or (language == "zh" and _NOT.search(clause)):
        yield Item(DENIAL, ""), clause.strip()


def _doubles(group: Group, shared: Collection[Item]) -> Iterator[Item]:
    """Things that are sides of a pair of opposites as well, by their words."""
    sides = [words for item, words in group.items() if item.kind.startswith(OPPOSITE) and item in shared]
    for item, words in group.items():
        if item.kind.startswith(THING) and any(words.lower() in each.lower() for each in sides):
            yield item


def _said_once(groups: Sequence[Group]) -> set[Item]:
    counts = Counter(item for group in groups for item in group)
    return {item for item, count in counts.items() if count == 1}


def _between_clauses(own: Sequence[Collection[Item]], others: Sequence[Collection[Item]]) -> list[Item]:
    """Two items of a kind, each of which stands with what the other one should stand with."""
    lost, found = [each for each in own if each not in others], [each for each in others if each not in own]
    if len(lost) != 2 or len(found) != 2:
        return []
    for first, second in (found, found[::-1]):
        change = set(lost[0]) ^ set(first)
        if change != set(lost[1]) ^ set(second) or len({kind for kind, _ in change}) != 1:
            continue
        beside = [set(each) - change for each in lost]
        # “We have coffee and tea” names once who has them.
        if len(change) == 2 and (all(beside) or not _are_things(change)):
            return sorted(change, key=lambda item: item not in lost[0])
        # What was denied of one is denied of the other one of its kind.
        if change == {Item(DENIAL, "")}:
            one, other = ({each.kind: each for each in some if _is_subject(each)} for some in lost)
            return [each[kind] for kind in sorted(one.keys() & other.keys())[:1] for each in (one, other)]
    return []


def _is_subject(item: Item) -> bool:
    return item.kind.startswith(THING) or item.kind in PARTIES


def _are_things(items: Collection[Item]) -> bool:
    return all(each.kind.startswith(THING) for each in items)


def _denial_out_of_order(own: Sequence[Collection[Item]], others: Sequence[Collection[Item]]) -> list[Item]:
    """The denial of one of two statements, where nothing else that both texts say changed its place."""
    denial = Item(DENIAL, "")
    if len(own) != 2 or len(others) != 2:
        return []
    is_moved = (denial in own[0]) != (denial in others[0])
    rest, rest_there = ([set(each) - {denial} for each in some] for some in (own, others))
    return [denial] if is_moved and rest == rest_there else []


def _out_of_order(own: Sequence[Collection[Item]], others: Sequence[Collection[Item]]) -> list[Item]:
    """Figures, or single items of a kind, in other clauses than before, where nothing else in them tells which is whose."""
    # A list of things keeps no order: “children and parents”.
    if any(item.kind.startswith(THING) for each in own for item in each):
        return []
    if Counter(map(frozenset, own)) != Counter(map(frozenset, others)):
        return []
    moved = [one for one, other in zip(own, others, strict=True) if one != other]
    kinds = {tuple(sorted(kind for kind, _ in each)) for each in moved}
    is_told_apart = any(len(each) > 1 and not all(kind.startswith(VALUES) for kind in each) for each in kinds)
    return [item for each in moved for item in each] if len(kinds) == 1 and not is_told_apart else []
