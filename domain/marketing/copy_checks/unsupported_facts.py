"""What copy says as a fact and the brief does not hold: figures, awards, materials, origins, names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import NamedTuple

from domain.marketing.copy_checks import numbers, word_lists
from domain.marketing.copy_checks.brief import BriefFacts
from domain.marketing.copy_checks.claims import is_denied
from domain.marketing.copy_checks.folding import Coverage, FoldedText, Span, fold, is_chinese, longest
from domain.marketing.copy_checks.markers import without_markers
from llm_backend import figure_order, figures, patterns
from llm_backend.offers import Offer, offers

_LISTS = word_lists.read("facts")
_COMMON_WORDS = frozenset(_LISTS["common_words"])
_AWARD_VERBS = tuple(_LISTS["award_verbs"])
_SAME_MATERIALS = {name: names for names in _LISTS["same_materials"] for name in names}
_COUNTRY, _ORIGIN_NOUN = (word_lists.alternatives(_LISTS[key]) for key in ("countries", "origin_nouns"))
_MADE_THERE = patterns.compile(rf"(?P<place>{_COUNTRY})的?(?:{_ORIGIN_NOUN})")
_TAKEN_THERE = patterns.compile(
    rf"(?:{word_lists.alternatives(_LISTS['origin_verbs'])})(?P<place>[㐀-鿿]{{2,4}})"
)
_MADE_IN = patterns.compile(
    rf"(?<![a-z])(?:{'|'.join(_LISTS['origin_verbs_en'])}) (?:the )?(?P<place>[a-z][a-z'-]{{1,30}})"
)
_ENDORSED = patterns.compile(
    rf"(?P<who>[㐀-鿿]{{1,3}}[^\W的了是款a-z\d_]|[」》])(?:{word_lists.alternatives(_LISTS['endorsers'])})"
)
_PROMISES = [
    (word_lists.words(each["said"]), word_lists.words([*each["said"], *each["about"]]))
    for each in _LISTS["promises"]
]
# What is free is named: 免费接送, “free parking”.
_FREE = patterns.compile(
    r"免费(?:提供|赠送|享受?|获得|领取|附赠|附送)?(?P<zh>[㐀-鿿]{2})|(?<![a-z-])(?:free|complimentary) (?P<en>[a-z]{4,20})"
)
# “Shipping” is free where the brief speaks of what is shipped.
FREE_LETTERS = 4
_NOT_FREE = frozenset({"from", "time", "spirit", "with", "when", "your", "yourself", "range", "like", "that"})
_WORD = patterns.compile(r"[A-Za-z\u00c0-\u024f][A-Za-z\u00c0-\u024f&'’.-]{0,40}")
_AFTER_WORD = ".'’-"
_SENTENCE_GOES_ON = patterns.compile(r"[\w,;)&] $")
# Figures and capitals around an award belong to its name: “the 2024 Golden Bean award”.
_NAME_BEFORE = patterns.compile(r"(?:(?:[A-Z\d][\w&.'-]{0,30}|the|of) ){1,5}$|[㐀-鿿\d年]{1,10}$")
_NAME_AFTER = patterns.compile(
    r" ?\d{2,6}(?!\d)| (?:the )?[A-Z\d][\w&'-]{0,30}(?: [A-Z\d][\w&'-]{0,30}){0,4}"
)
_WITHOUT = patterns.compile(rf"(?:{word_lists.alternatives(_LISTS['without'])})[^，。！？；,.!?;\n]{{0,10}}$")
COMPARABLE = frozenset(
    {
        "bound_not_in_brief",
        "date_not_in_brief",
        "number_not_in_brief",
        "order_not_in_brief",
        "price_not_in_brief",
        "promise_not_in_brief",
    }
)
_CLOSED = patterns.compile(
    r"[闭休停除]|不(?:可|能|营|开|接)|(?<![a-z])(?:closed|except|excluding|but|not)(?![a-z])"
)
_CLOSED_REACH = 12
_EXCEPTS_REACH = 24
_EXCEPTS = patterns.compile(r"除(?!湿|尘|味)|(?<![a-z])(?:except|unless|excluding)(?![a-z])")
# “After 30 days no returns” turns nothing of “within 30 days” round.
_DENIED_SOON = patterns.compile(
    r"[^。！？!?；;\n]{0,24}?(?:[不没无勿]|(?<![a-z])(?:no|not|never|cannot|can't|won't)(?![a-z]))"
)
_NETWORKS = frozenset({"4g", "5g"})
# What makes a figure of one that is a name, too.
_MEASURES = frozenset({numbers.MONEY, numbers.DISCOUNT, "克", "毫升", "%", "人"})
# Most of a line's words in capitals: a headline, which says nothing of names.
HEADLINE_FROM = 0.6


class Statement(NamedTuple):
    """Something that only the brief can bear out. `is_certain`: False where a person has to look."""

    code: str
    span: Span
    is_known: bool
    is_certain: bool = True


@dataclass(frozen=True)
class KnownFacts:
    """A brief, ready to be asked."""

    plain: str

    @cached_property
    def units_of(self) -> dict[str, set[str]]:
        units: dict[str, set[str]] = {}
        plain = _without(self.plain, (each.span for each in self.moments))
        ones = numbers.terms_of_one(plain, reads_any=True)
        for number in (*numbers.numbers(plain), *numbers.prices_in_words(plain), *ones):
            units.setdefault(number.value, set()).add(number.unit)
        _add_same_terms(units)
        if numbers.says_half_price(plain) or numbers.DISCOUNT in units.get("5", ()):
            for value, unit in numbers.HALF_PRICES:
                units.setdefault(value, set()).add(unit)
        for each in self.moments:
            if not each.is_clock:
                units.setdefault(str(each.second), set()).add(numbers.DAY)
                units.setdefault(each.year, set()).add(numbers.YEAR)
        return units

    @cached_property
    def moments(self) -> list[numbers.Moment]:
        return numbers.moments(self.plain, reads_spoken=True)

    @cached_property
    def weekdays(self) -> frozenset[int]:
        """All that the brief names; none where it says of one that it is closed then: of the others nobody knows."""
        lines = [line for line in self.plain.splitlines() if any(numbers.weekdays(line))]
        is_open = not any(_CLOSED.search(line) for line in lines)
        return numbers.known_weekdays(self.plain) if is_open else frozenset()

    @cached_property
    def offers(self) -> frozenset[Offer]:
        return frozenset(offer for offer, _ in offers(self.plain))

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(
            match[0].rstrip(_AFTER_WORD).removesuffix("'s") for match in _WORD.finditer(self.plain)
        )

    @cached_property
    def holds_award(self) -> bool:
        return word_lists.pattern("facts", "awards").search(self.plain) is not None

    @cached_property
    def bounds(self) -> dict[tuple[str, str], set[str]]:
        """By value and unit, how the brief bounds it: 最多 50 元, within 3 days; "" where it does not."""
        found: dict[tuple[str, str], set[str]] = {}
        plain = _without(self.plain, (each.span for each in self.moments))
        for number in numbers.numbers(plain):
            # What is excepted bounds the rest the other way.
            is_excepted = _EXCEPTS.search(
                plain, max(0, number.span.start - _EXCEPTS_REACH), number.span.start
            )
            bound = "" if is_excepted else numbers.bound(plain, number.span)
            found.setdefault((number.value, number.unit), set()).add(bound)
        return found

    def holds_number(self, number: numbers.Number) -> bool:
        units = self.units_of.get(number.value, set())
        # A fact without a unit may be of any, but 减20 is not 20%.
        is_open = not number.unit or ("" in units and number.unit != numbers.PER_CENT)
        return bool(units) and (is_open or number.unit in units)

    def turns_bound(self, plain: str, number: numbers.Number) -> bool:
        """Whether the copy says at least of what the brief says at most, or the other way round."""
        bound = numbers.bound(plain, number.span)
        known = self.bounds.get((number.value, number.unit), set())
        return bool(bound) and known == set(numbers.BOUNDS) - {bound}

    def bounds_both(self, number: numbers.Number) -> bool:
        """“Under six free; six and up pay.”"""
        return set(numbers.BOUNDS) <= self.bounds.get((number.value, number.unit), set())

    def turns_edge(self, plain: str, moment: numbers.Moment) -> bool:
        """Whether the copy begins on the day on which the brief ends, or the other way round."""
        edge = numbers.edge(plain, moment.span)
        known = {numbers.edge(self.plain, each.span) for each in self.moments if each.agrees(moment)}
        return bool(edge) and known == set(numbers.BOUNDS) - {edge}

    def holds_moment(self, moment: numbers.Moment) -> bool:
        return any(moment.agrees(each) for each in self.moments)


def _add_same_terms(units: dict[str, set[str]]) -> None:
    """48 hours are two days, 30 days a month, and 2.5 kilograms five 斤."""
    for (value, unit), name in numbers.SAME_TERMS.items():
        if unit in units.get(value, ()):
            units.setdefault("1", set()).add(name)
    for kilograms in [each for each, names in units.items() if numbers.KILOGRAM in names]:
        units.setdefault(figures.decimal(kilograms, 2), set()).add(numbers.JIN)
    for jin in [each for each, names in units.items() if numbers.JIN in names]:
        units.setdefault(figures.decimal(str(Decimal(jin) / 2)), set()).add(numbers.KILOGRAM)
    for hours in [each for each, names in units.items() if numbers.HOUR in names]:
        units.setdefault(figures.decimal(str(Decimal(hours) / 24)), set()).add(numbers.DAY)
    for days in [each for each, names in units.items() if numbers.DAY in names]:
        units.setdefault(figures.decimal(days, 24), set()).add(numbers.HOUR)


def unsupported_statements(
    text: str, brief: BriefFacts, *, are_hashtags_closed: bool = False
) -> list[Statement]:
    """In the order of the text. Hashtags and links state no facts; each place is blamed once."""
    prose = without_markers(text, are_closed=are_hashtags_closed)
    folded = fold(prose)
    facts = _known_facts("\n".join((brief.text, *brief.brand_terms, *brief.brand_terms.values())))
    # Words of another language cannot be compared; figures can.
    is_comparable = is_chinese(text) == is_chinese(brief.text)
    statements: list[Statement] = []
    coverage = Coverage(len(folded.plain))
    for read in (_awards, _moments, _numbers, _promises, _materials, _origins, _names):
        new = [each for each in read(folded, prose, facts) if not coverage.touches(each.span)]
        statements += new
        for each in new:
            coverage.add(each.span)
    return [
        each._replace(
            span=folded.span(*each.span),
            is_certain=each.is_certain and (is_comparable or each.code in COMPARABLE),
        )
        for each in sorted(statements, key=lambda each: each.span)
        if not each.is_known
    ]


@lru_cache(maxsize=256)
def _known_facts(text: str) -> KnownFacts:
    return KnownFacts(fold(text).plain)


def _awards(folded: FoldedText, prose: str, facts: KnownFacts) -> Iterator[Statement]:
    plain, last = folded.plain, 0
    for match in _word_list_matches(plain, "awards", unless="not_awards"):
        if match.start() < last or is_denied(plain, match.start()):
            continue
        # Capitals are names: they are looked for in the text as it was given.
        source_span = folded.span(*match.span())
        before = _NAME_BEFORE.search(prose[max(0, source_span.start - 60) : source_span.start])
        after = _NAME_AFTER.match(prose[source_span.end : source_span.end + 120])
        start = folded.at(source_span.start - len(before[0])) if before else match.start()
        last = folded.at(source_span.end + len(after[0])) if after else match.end()
        prefix = plain[start : match.start()].strip()
        is_said = match[0] in facts.plain or (match[0] in _LISTS["award_talk"] and facts.holds_award)
        is_known = is_said and (_ends_known(prefix, facts) or prefix.endswith(_AWARD_VERBS))
        yield Statement("award_not_in_brief", Span(start, last), is_known)


def _ends_known(prefix: str, facts: KnownFacts) -> bool:
    """Whether the word before an award is the brief's, or none of the award's name."""
    word = prefix[-2:] if is_chinese(prefix[-2:]) else prefix.rpartition(" ")[2]
    return not word or word in ("the", "of") or word in facts.plain


def _moments(folded: FoldedText, prose: str, facts: KnownFacts) -> Iterator[Statement]:
    moments = numbers.moments(folded.plain)
    # What is told as one tells a story is a time of day where the brief has that time.
    spoken = numbers.moments(folded.plain, reads_spoken=True)
    for moment in (*moments, *(each for each in spoken if facts.holds_moment(each))):
        yield Statement("date_not_in_brief", moment.span, facts.holds_moment(moment))
    for moment in moments:
        yield Statement("bound_not_in_brief", moment.span, not facts.turns_edge(folded.plain, moment))
    # Of a day of the brief nobody reckons which weekday it is.
    dated = Coverage(
        len(folded.plain),
        ((max(0, each.span.start - 3), each.span.end + 3) for each in moments if not each.is_clock),
    )
    for days, span in numbers.weekdays(folded.plain):
        is_said_closed = _CLOSED.search(
            folded.plain, max(0, span.start - _CLOSED_REACH), span.end + _CLOSED_REACH
        )
        is_known = not facts.weekdays or days <= facts.weekdays or dated.touches(span) or is_said_closed
        yield Statement("date_not_in_brief", span, bool(is_known))


def _numbers(folded: FoldedText, prose: str, facts: KnownFacts) -> Iterator[Statement]:
    other_spans = [each.span for each in numbers.moments(folded.plain)]
    names = word_lists.pattern("facts", "known_numbers", "idle_numerals")
    other_spans += [
        Span(*match.span())
        for match in names.finditer(folded.plain)
        if not _is_measured(folded, prose, Span(*match.span()))
    ]
    plain = _without(folded.plain, other_spans)
    said = KnownFacts(plain)
    for number in (
        *numbers.numbers(plain),
        *numbers.prices_in_words(plain),
        *numbers.terms_of_one(plain),
    ):
        is_price = number.unit in (numbers.MONEY, numbers.DISCOUNT)
        code = "price_not_in_brief" if is_price else "number_not_in_brief"
        # A single digit without a unit orders or chooses: “1. Shake”, 回复 1.
        is_marker = number.is_bare and len(plain[number.span.start : number.span.end].strip()) == 1
        if number.is_certain and not is_marker:
            yield Statement(code, number.span, facts.holds_number(number))
        if (
            facts.turns_bound(plain, number)
            and not said.bounds_both(number)
            and not _DENIED_SOON.match(plain, number.span.end)
        ):
            yield Statement("bound_not_in_brief", number.span, False)
    offer_spans = []
    for offer, span in offers(folded.plain):
        offer_spans.append(Span(*span))
        # Each of a threshold's figures is held to the brief above; here, that they are not turned round.
        is_elsewhere = offer.kind == "threshold" and not any(each.kind == offer.kind for each in facts.offers)
        yield Statement("price_not_in_brief", Span(*span), is_elsewhere or offer in facts.offers)
    for span in figure_order.turned(_without(folded.plain, offer_spans), facts.plain):
        yield Statement("order_not_in_brief", Span(*span), False)
    for span in numbers.codes(plain):
        yield Statement("number_not_in_brief", span, plain[span.start : span.end] in facts.plain)


def _is_measured(folded: FoldedText, prose: str, name: Span) -> bool:
    """520 元 and 3.8% are no shopping days, 5g of tea is no network."""
    words = folded.plain[name.start : name.end]
    if words in _NETWORKS:
        return not prose[folded.places[name.end - 1]].isupper()
    if not words.replace(".", "", 1).isdigit():
        return False
    around = folded.plain[max(0, name.start - 6) : name.end + 6]
    return any(
        number.value == figures.decimal(words) and number.unit in _MEASURES
        for number in numbers.numbers(around.replace("折扣", "|"))
    )


def _promises(folded: FoldedText, prose: str, facts: KnownFacts) -> Iterator[Statement]:
    plain = folded.plain
    promises = [
        Statement("promise_not_in_brief", Span(*match.span()), about.search(facts.plain) is not None)
        for said, about in _PROMISES
        for match in word_lists.matches(plain, said, word_lists.pattern("facts", "not_promises"))
        if plain[match.start() - 1 : match.start()] not in ("不", "非")
        and not is_denied(plain, match.start())
    ]
    promises += [
        Statement(
            "promise_not_in_brief",
            Span(*match.span()),
            _is_free_known(match["zh"], match["en"], facts),
            False,
        )
        for match in _FREE.finditer(plain)
    ]
    yield from longest(promises, len(plain))


def _is_free_known(zh: str | None, en: str | None, facts: KnownFacts) -> bool:
    """Whether the brief speaks of it at all, in any part of its name."""
    if zh:
        return any(letter in facts.plain for letter in zh)
    return en in _NOT_FREE or str(en)[:FREE_LETTERS] in facts.plain


def _materials(folded: FoldedText, prose: str, facts: KnownFacts) -> Iterator[Statement]:
    for match in _word_list_matches(folded.plain, "materials", unless="not_materials"):
        if not _WITHOUT.search(folded.plain[max(0, match.start() - 16) : match.start()]):
            names = _SAME_MATERIALS.get(match[0], (match[0],))
            is_known = any(name in facts.plain for name in (match[0], *names))
            yield Statement("material_not_in_brief", Span(*match.span()), is_known)


def _origins(folded: FoldedText, prose: str, facts: KnownFacts) -> Iterator[Statement]:
    for pattern in (_MADE_THERE, _TAKEN_THERE, _MADE_IN):
        for match in pattern.finditer(folded.plain):
            if pattern is not _MADE_IN or prose[folded.places[match.start("place")]].isupper():
                is_known = match["place"][: 2 if pattern is _TAKEN_THERE else None] in facts.plain
                yield Statement("origin_not_in_brief", Span(*match.span()), is_known)
    for match in _word_list_matches(folded.plain, "origin_words", "demonyms", unless="not_origins"):
        yield Statement("origin_not_in_brief", Span(*match.span()), match[0] in facts.plain)


def _word_list_matches(plain: str, *keys: str, unless: str) -> Iterator[patterns.Match[str]]:
    return word_lists.matches(plain, word_lists.pattern("facts", *keys), word_lists.pattern("facts", unless))


def _names(folded: FoldedText, prose: str, facts: KnownFacts) -> Iterator[Statement]:
    """Nobody can tell a name from a capital for certain, so that these are for a person to look at."""
    read = _latin_names if is_chinese(prose) else _capitals
    for span in read(prose, facts):
        yield Statement("name_not_in_brief", Span(folded.at(span.start), folded.at(span.end)), False, False)
    for match in _ENDORSED.finditer(folded.plain):
        is_known = match["who"].endswith(tuple(_LISTS["known_endorsers"])) or match["who"] in facts.plain
        yield Statement("name_not_in_brief", Span(*match.span()), is_known, False)


def _latin_names(prose: str, facts: KnownFacts) -> Iterator[Span]:
    for match in _WORD.finditer(prose):
        word = match[0].rstrip(_AFTER_WORD)
        if len(word) > 1 and word != word.lower() and _is_strange(word, facts):
            yield Span(match.start(), match.start() + len(word))


def _capitals(prose: str, facts: KnownFacts) -> Iterator[Span]:
    start = 0
    for line in prose.splitlines(keepends=True):
        strange = [
            match for match in _WORD.finditer(line) if _is_strange(match[0].rstrip(_AFTER_WORD), facts)
        ]
        long = [match[0] for match in strange if len(match[0]) > 3]
        is_headline = len(long) > 1 and sum(word[0].isupper() for word in long) > HEADLINE_FROM * len(long)
        for match in strange:
            is_inside = _SENTENCE_GOES_ON.search(line[max(0, match.start() - 2) : match.start()])
            if match[0][0].isupper() and is_inside and not is_headline:
                yield Span(start + match.start(), start + match.start() + len(match[0].rstrip(_AFTER_WORD)))
        start += len(line)


def _is_strange(word: str, facts: KnownFacts) -> bool:
    plain = fold(word).plain.removesuffix("'s")
    return plain not in _COMMON_WORDS and plain not in facts.words


def _without(plain: str, spans: Iterable[Span]) -> str:
    """As long as before, with a mark that no number goes across where they stood."""
    letters = list(plain)
    for span in spans:
        letters[span.start : span.end] = "|" * (span.end - span.start)
    return "".join(letters)
