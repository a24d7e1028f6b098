"""From the distinct shapes of any number of lines to templates: which words of a shape are values after all.

A function of the set of shapes alone: neither their order nor how often they came changes a template. Shapes are compared
where their delimiters are the same: what is alike in all words but one, or in all words that may be values, says what may
stand in that place (`value_evidence.py`). Templates that differ in more than a word are joined after (`wider_templates.py`).
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

from domain.logs.parsing.inline_values import merge_inline_values
from domain.logs.parsing.masking import PARAMETER, SPAN
from domain.logs.parsing.tokens import (
    Delimiters,
    Words,
    has_letters,
    join_tokens,
    merge_spacing,
    split_tokens,
)
from domain.logs.parsing.value_evidence import (
    SWITCHES,
    Place,
    Vocabulary,
    is_surely_value,
    may_be_known,
    may_be_value,
)
from domain.logs.parsing.variants import join_variants
from domain.logs.parsing.wider_templates import (
    join_covered,
    join_phrases,
    merge_brackets,
    merge_names,
    merge_optional_parts,
    merge_runs,
    merge_texts,
)

MAX_PASSES = 4
MIN_PLACES = 2
"""Kinds of shapes in which a word stands for another one, until it does so anywhere."""
MIN_LETTER_WORDS = 2
MAX_FIXED = 3
"""Words of a rare variant that stand where its template has values."""
MAX_KINDS = 64

Alike = dict[Delimiters, dict[Words, Words]]
"""Shapes of the same delimiters, each with the template that it has so far."""


def group_shapes(shapes: Iterable[str]) -> dict[str, str]:
    """Each shape with its template, in the same notation."""
    templates = {shape: shape for shape in shapes}
    for _ in range(MAX_PASSES):
        before = set(templates.values())
        # What one step joins another may join with a third.
        for merge in (
            merge_inline_values,
            _merge_words,
            merge_runs,
            merge_brackets,
            merge_texts,
            merge_optional_parts,
            join_phrases,
            merge_names,
            join_variants,
            join_covered,
        ):
            wider = merge(set(templates.values()))
            templates = {shape: wider.get(template, template) for shape, template in templates.items()}
        if before == set(templates.values()):
            break
    return templates


def _merge_words(shapes: set[str]) -> Mapping[str, str]:
    """Shapes that differ in single words."""
    spellings: defaultdict[Delimiters, defaultdict[Words, list[str]]] = defaultdict(lambda: defaultdict(list))
    for shape in shapes:
        tokens = split_tokens(shape)
        spellings[tokens.delimiters][tokens.words].append(shape)
    alike = {delimiters: {words: words for words in by_words} for delimiters, by_words in spellings.items()}
    _generalise(alike)
    templates: dict[str, str] = {}
    for delimiters, current in alike.items():
        members: defaultdict[Words, list[str]] = defaultdict(list)
        for words, template in current.items():
            members[template] += spellings[delimiters][words]
        for template, together in members.items():
            text = join_tokens(template, merge_spacing([split_tokens(shape) for shape in together]))
            templates |= dict.fromkeys(together, text)
    return templates


def _generalise(alike: Alike) -> None:
    """Marks places as values until nothing changes. Every round only adds marks or words, so it ends."""
    vocabulary = Vocabulary()
    open_groups = set(alike)
    varying: dict[Delimiters, Counter[str]] = {}
    while open_groups:
        known = set(vocabulary.known)
        changed: set[Delimiters] = set()
        for delimiters in open_groups:
            shapes = set(alike[delimiters].values())
            places = list(_comparable_shapes(delimiters, shapes, vocabulary))
            varying[delimiters] = Counter(word for place, _ in places for word in place.varying_words())
            for place, _ in places:
                known.update(filter(may_be_known, place.value_words(vocabulary)))
            marks = _with_marks(delimiters, shapes, places, vocabulary)
            if len(shapes) > 1:
                marks = _with_rare_variants(shapes, marks)
            if marks:
                changed.add(delimiters)
                alike[delimiters] = {
                    shape: marks.get(words, words) for shape, words in alike[delimiters].items()
                }
        often = {word for word, amount in sum(varying.values(), Counter()).items() if amount >= MIN_PLACES}
        found = Vocabulary(frozenset(known), vocabulary.varying | often)
        open_groups = changed if found == vocabulary else set(alike)
        vocabulary = found


def _comparable_shapes(
    delimiters: Delimiters, shapes: set[Words], vocabulary: Vocabulary
) -> Iterator[tuple[Place, list[Words]]]:
    if len(shapes) > 1:
        yield from _alike_but_one(delimiters, {words: [words] for words in shapes})
        by_key = _by_fixed_words(delimiters, shapes, vocabulary)
        yield from _alike_but_values(delimiters, by_key)
        if len(by_key) < len(shapes):
            yield from _alike_but_one(delimiters, by_key)


def _with_marks(
    delimiters: Delimiters,
    shapes: set[Words],
    places: Iterable[tuple[Place, list[Words]]],
    vocabulary: Vocabulary,
) -> dict[Words, Words]:
    """The shapes in which something is a value, with marks there."""
    values: dict[Words, set[int]] = {
        words: {at for at in range(1, len(words)) if is_surely_value(words, delimiters, at, vocabulary)}
        for words in shapes
    }
    for place, members in places:
        value_words = place.value_words(vocabulary)
        for words in members:
            if words[place.position] in value_words:
                values[words].add(place.position)
    marks = {
        words: tuple(PARAMETER if each in at else word for each, word in enumerate(words))
        for words, at in values.items()
    }
    return {words: marked for words, marked in marks.items() if words != marked}


def _alike_but_one(
    delimiters: Delimiters, by_key: Mapping[Words, list[Words]]
) -> Iterator[tuple[Place, list[Words]]]:
    """Shapes whose keys differ in one word. Found by sums of hashes: a sum without one word is the key for that word."""
    groups: defaultdict[tuple[int, int], list[Words]] = defaultdict(list)
    for key in by_key:
        hashes = [hash(pair) for pair in enumerate(key)]
        total = sum(hashes)
        for position, each in enumerate(hashes):
            groups[position, total - each].append(key)
    for (position, _), keys in groups.items():
        if len(keys) > 1:
            members = [words for key in keys for words in by_key[key]]
            values = frozenset(words[position] for words in members)
            yield Place(position, keys[0], delimiters, values), members


def _by_fixed_words(
    delimiters: Delimiters, shapes: set[Words], vocabulary: Vocabulary
) -> dict[Words, list[Words]]:
    """Shapes by what they say where no value may stand."""
    groups: defaultdict[Words, list[Words]] = defaultdict(list)
    for words in shapes:
        key = tuple(
            PARAMETER if may_be_value(words, delimiters, position, vocabulary) else word
            for position, word in enumerate(words)
        )
        groups[key].append(words)
    return dict(groups)


def _alike_but_values(
    delimiters: Delimiters, by_key: Mapping[Words, list[Words]]
) -> Iterator[tuple[Place, list[Words]]]:
    """Shapes that differ in several places, in each of which stand values or what may be one."""
    for key, members in by_key.items():
        if len(members) > 1:
            for position, word in enumerate(key):
                values = frozenset(words[position] for words in members)
                if word == PARAMETER and values - {PARAMETER}:
                    yield Place(position, key, delimiters, values), members


def _with_rare_variants(shapes: set[Words], marks: Mapping[Words, Words]) -> dict[Words, Words]:
    """With the rare variants of templates: what has a fixed word where another template has a value is that template's."""
    templates = {marks.get(words, words) for words in shapes}
    kinds: defaultdict[tuple[int, ...], set[Words]] = defaultdict(set)
    for words in templates:
        places = tuple(place for place, word in enumerate(words) if word == PARAMETER)
        if places and sum(map(has_letters, words)) >= MIN_LETTER_WORDS:
            kinds[places].add(words)
    most_first = sorted(kinds, key=lambda places: (-len(kinds[places]), places))[:MAX_KINDS]
    wider = {words: wide for words in templates if (wide := _wider(words, kinds, most_first)) is not None}
    joined = {words: marks.get(words, words) for words in shapes}
    joined = {words: wider.get(template, template) for words, template in joined.items()}
    return {words: template for words, template in joined.items() if words != template}


def _wider(
    words: Words, kinds: Mapping[tuple[int, ...], set[Words]], places_of_kinds: Iterable[tuple[int, ...]]
) -> Words | None:
    """The template that has values where these have a few fixed words."""
    for places in places_of_kinds:
        fixed = [words[place] for place in places if words[place] != PARAMETER]
        if 0 < len(fixed) <= MAX_FIXED and all(
            word not in ("", SPAN) and word.lower() not in SWITCHES for word in fixed
        ):
            marked = tuple(PARAMETER if each in places else word for each, word in enumerate(words))
            if marked in kinds[places]:
                return marked
    return None
