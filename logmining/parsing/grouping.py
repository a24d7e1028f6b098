"""From the distinct shapes of any number of lines to templates: which words of a shape are values after all.

A function of the set of shapes alone: neither their order nor how often they came changes a template. Shapes are compared
only where their delimiters are the same. What is alike in all words but one (or in all words that look like no
identifier) says what may stand in that place, and the evidence that a place holds a value is how many different things
stand there, how they look and what stands before it. The limits were chosen on four systems; see
docs/decisions/log-mining.md.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from llm_backend import patterns
from logmining.parsing.masking import PARAMETER, SPAN
from logmining.parsing.tokens import (
    VALUE_OPENERS,
    Delimiters,
    Words,
    collapse_lists,
    has_letters,
    is_host,
    is_identifier,
    is_numbered,
    join_tokens,
    merge_spacing,
    split_tokens,
)

MIN_WORDS = 6
"""Different plain words in one place that make it a value. Verbs of one message ("started", "paused") are fewer."""
MIN_IDENTIFIERS = 4
MIN_NUMBERED = 2
MIN_FIRST_WORDS = 12
"""The first word is the subject of the message ("klogd startup succeeded"), so it takes much to make it a value."""
MIN_FIRST_HOSTS = 3
MIN_BRACKETS = 6
NAMES_FOLLOW = frozenset({"user ", "username ", "account "})

_BRACKETED = patterns.compile(
    r"\(([^()]{1,400})\)|\[([^\[\]]{1,400})\]|\{([^{}]{1,400})\}|\"([^\"]{1,400})\""
)


@dataclass(frozen=True)
class Place:
    """One position of shapes that are alike elsewhere, and what stands there."""

    position: int
    words: Words
    delimiters: Delimiters
    values: frozenset[str]

    def value_words(self) -> frozenset[str]:
        """Those of the words that stand here which are values; none where the place tells messages apart."""
        if "" in self.values and self._may_be_empty():
            return self.values
        names = self.values - {PARAMETER, SPAN, ""}
        others = (word for position, word in enumerate(self.words) if position != self.position)
        if not names or not any(map(has_letters, others)):
            return frozenset()
        if self.position == 0:
            return self._first_values(names)
        is_value = PARAMETER in self.values or self._is_plural(names) or self._are_many(names)
        return self.values if is_value else frozenset()

    def _may_be_empty(self) -> bool:
        """After "key=" or between brackets, and after a colon at the end."""
        before = self.delimiters[self.position - 1] if self.position else ""
        return before in VALUE_OPENERS or (before == ":" and self.position == len(self.words) - 1)

    def _are_many(self, names: frozenset[str]) -> bool:
        before = self.words[self.position - 1].lower() + self.delimiters[self.position - 1]
        if before in NAMES_FOLLOW:
            return len(names) > 1
        if 2 * sum(map(is_numbered, names)) >= len(names):
            return len(names) >= MIN_NUMBERED
        look_named = 2 * sum(map(is_identifier, names)) >= len(names)
        return len(names) >= (MIN_IDENTIFIERS if look_named else MIN_WORDS)

    def _first_values(self, names: frozenset[str]) -> frozenset[str]:
        if len(names) >= MIN_FIRST_WORDS:
            return self.values
        hosts = frozenset(name for name in names if is_host(name) or is_numbered(name))
        enough = len(hosts) >= MIN_FIRST_HOSTS or (hosts and PARAMETER in self.values)
        return hosts if enough else frozenset()

    def _is_plural(self, names: frozenset[str]) -> bool:
        """ "1 byte", "2 bytes"."""
        if len(names) != 2 or PARAMETER not in self.words[self.position - 1]:
            return False
        shorter, longer = sorted(names, key=len)
        return longer == shorter + "s"


def group_shapes(shapes: Iterable[str]) -> dict[str, str]:
    """Each shape with its template, in the same notation."""
    alike: defaultdict[Delimiters, defaultdict[Words, list[str]]] = defaultdict(lambda: defaultdict(list))
    for shape in set(shapes):
        tokens = split_tokens(shape)
        alike[tokens.delimiters][tokens.words].append(shape)
    templates: dict[str, str] = {}
    for delimiters, shapes_by_words in alike.items():
        members: defaultdict[Words, list[str]] = defaultdict(list)
        for words, template in _generalise(delimiters, set(shapes_by_words)).items():
            members[template] += shapes_by_words[words]
        for template, together in members.items():
            text = join_tokens(template, merge_spacing([split_tokens(shape) for shape in together]))
            templates |= dict.fromkeys(together, text)
    for merge in (_merge_lists, _merge_brackets):
        wider = merge(set(templates.values()))
        templates = {shape: wider.get(template, template) for shape, template in templates.items()}
    return templates


def _generalise(delimiters: Delimiters, shapes: set[Words]) -> dict[Words, Words]:
    """Marks places as values until nothing changes. Every round only adds marks, so it ends."""
    current = {words: words for words in shapes}
    while True:
        distinct = set(current.values())
        values: defaultdict[Words, set[int]] = defaultdict(set)
        if len(distinct) > 1:
            for place, members in (
                *_alike_but_one(delimiters, distinct),
                *_alike_but_names(delimiters, distinct),
            ):
                value_words = place.value_words()
                for words in members:
                    if words[place.position] in value_words:
                        values[words].add(place.position)
        changed = {
            words: tuple(PARAMETER if each in places else word for each, word in enumerate(words))
            for words, places in values.items()
        }
        changed = {words: template for words, template in changed.items() if words != template}
        if not changed:
            return current
        current = {shape: changed.get(words, words) for shape, words in current.items()}


def _alike_but_one(delimiters: Delimiters, shapes: set[Words]) -> Iterable[tuple[Place, list[Words]]]:
    """Shapes that differ in one word only. Found by sums of hashes: a sum without one word is the key for that word."""
    groups: defaultdict[tuple[int, int], list[Words]] = defaultdict(list)
    for words in shapes:
        hashes = [hash(pair) for pair in enumerate(words)]
        total = sum(hashes)
        for position, each in enumerate(hashes):
            groups[position, total - each].append(words)
    for (position, _), members in groups.items():
        if len(members) > 1:
            values = frozenset(words[position] for words in members)
            yield Place(position, members[0], delimiters, values), members


def _alike_but_names(delimiters: Delimiters, shapes: set[Words]) -> Iterable[tuple[Place, list[Words]]]:
    """Shapes that differ in several places, in each of which stand identifiers or values."""
    groups: defaultdict[Words, list[Words]] = defaultdict(list)
    for words in shapes:
        key = tuple(
            PARAMETER if position and (word == PARAMETER or is_identifier(word)) else word
            for position, word in enumerate(words)
        )
        groups[key].append(words)
    for key, members in groups.items():
        if len(members) > 1:
            for position, word in enumerate(key):
                values = frozenset(words[position] for words in members)
                if word == PARAMETER and values - {PARAMETER}:
                    yield Place(position, key, delimiters, values), members


def _merge_lists(templates: set[str]) -> Mapping[str, str]:
    """Templates that differ in how many values their lists have."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for template in templates:
        groups[collapse_lists(template)].append(template)
    return {each: key for key, members in groups.items() if len(members) > 1 for each in members}


def _merge_brackets(templates: set[str]) -> Mapping[str, str]:
    """Templates that differ in what stands in one pair of brackets or quotes, in any number of words."""
    groups: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for template in templates:
        for bracketed in _BRACKETED.finditer(template):
            start, end = bracketed.start() + 1, bracketed.end() - 1
            if end - start > 1:
                groups[template[:start], template[end:]].add(template[start:end])
    wider: dict[str, str] = {}
    for (before, after), contents in sorted(groups.items()):
        if len(contents) >= MIN_BRACKETS and has_letters(before + after):
            wider |= {before + each + after: before + SPAN + after for each in contents}
    return wider
