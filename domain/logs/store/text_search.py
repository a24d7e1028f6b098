"""Where a text can stand in records that are stored in pieces: inside a constant, inside a parameter, or across both.

A text across pieces becomes conditions on the parameters at its ends and the whole ones between; nothing is put together
in the database, so most records are ruled out by their template alone.
"""

import string
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum

from domain.logs.store.errors import SearchTooBroad
from domain.logs.store.record_columns import SLOTS
from domain.logs.store.templates import HEAD, MESSAGE, TAIL, TIME, Catalogue, Layout, Template
from domain.logs.store.time_text import Match, is_possible
from domain.logs.store.whole_values import WholeValue

MAX_SHAPES = 200_000
# Of listing the ways in which the text can stand in a template. In one that takes more, texts are put together in the
# database after all, but only in a few: docs/decisions/log-store.md.
MAX_STEPS = 500
MAX_ALTERNATIVES = 400
MAX_AMBIGUOUS_SHAPES = 50
# At shapes and steps: planning is Python, and holds up everything else in its process. They take 0.3 to 0.9 s of a
# processor. Not a time: between pauses a processor falls asleep, and on a quiet machine the same took four times as long.
MAX_LOOKS = 120_000
# Nearly every text is planned in this. Of what takes longer most of the time belongs to others: without pauses another
# thread waits for Python's lock after each of its queries.
UNDISTURBED_SECONDS = 0.02
WORK_SECONDS, PAUSE_SECONDS = 0.001, 0.005
_CAPITALS = sum(1 << byte for byte in string.ascii_uppercase.encode())
# Around a message that stands alone: what is before and behind it has columns of its own.
_NO_LAYOUT = Layout("", ("", "", "", ""), (HEAD, MESSAGE, TAIL))


@dataclass(frozen=True, slots=True)
class Condition:
    """On a column of the record, or on its time as the layout writes it."""

    column: str
    match: Match
    text: str


Conditions = tuple[Condition, ...]
Shapes = dict[str | None, list[str]]
"""Templates by the layout around them."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A template inside its layout: constant, column, constant, …"""

    constants: tuple[str, ...]
    columns: tuple[str, ...]
    template: str
    layout: Layout | None


@dataclass(frozen=True, slots=True)
class TextPlan:
    """`alternatives`: conditions that together put the text across pieces, and the shapes for which they do."""

    text: str
    alternatives: dict[Conditions, Shapes]
    ambiguous: list[Shape]
    """The text can stand in them in so many ways that they are put together after all."""
    slots: tuple[str, ...]
    """Whose values may hold the whole text, whatever the template."""
    fields: dict[str, tuple[str, ...]]
    """The same for the fields that a layout writes."""
    layouts: Mapping[str, Layout]
    whole: WholeValue | None
    """What may stand around the text, where it is looked for as a whole value."""

    @property
    def minds_capitals(self) -> bool:
        """“timeout” finds Timeout, too; who writes a capital means it."""
        return not self.text.islower()

    def within(self, letters: Mapping[str, int]) -> "TextPlan":
        """Without the columns that cannot hold what is looked for: a hash holds no space, a number no letter.

        `letters`: the bytes of each column that is known, as bits.
        """

        def may_hold(column: str, text: str) -> bool:
            held = letters.get(column, -1)
            if not self.minds_capitals:
                # A to Z stand 32 places before a to z.
                held |= (held & _CAPITALS) << 32
            return not sum(1 << byte for byte in set(text.encode())) & ~held

        return replace(
            self,
            alternatives={
                conditions: shapes
                for conditions, shapes in self.alternatives.items()
                if all(may_hold(each.column, each.text) for each in conditions)
            },
            slots=tuple(slot for slot in self.slots if may_hold(slot, self.text)),
            fields={
                layout: tuple(name for name in names if may_hold(name, self.text))
                for layout, names in self.fields.items()
            },
        )


def plan_search(text: str, catalogue: Catalogue, *, is_whole: bool = False) -> TextPlan:
    """`is_whole`: as a whole value, which the time of a record is not. Raises SearchTooBroad."""
    catalogue = catalogue.in_small_letters() if text.islower() else catalogue
    layouts: list[Layout | None] = [None, *catalogue.layouts.values()]
    if len(layouts) * len(catalogue.templates) > MAX_SHAPES:
        raise SearchTooBroad("There are too many templates in this time.")
    whole = WholeValue(text) if is_whole else None
    search = _Search(text, whole)
    around = {layout: search.touch(_outer_constants(layout)) for layout in layouts}
    alternatives: dict[Conditions, Shapes] = {}
    ambiguous: list[Shape] = []
    for template in catalogue.templates.values():
        inside = search.touch(template.stored_constants[1:-1])
        for layout in layouts:
            try:
                for conditions in search.alternatives(template, layout, max(inside, around[layout])):
                    shapes = alternatives.setdefault(conditions, {})
                    shapes.setdefault(layout.id if layout else None, []).append(template.id)
            except _TooManySteps:
                ambiguous.append(_shape(template, layout))
        if len(alternatives) > MAX_ALTERNATIVES or len(ambiguous) > MAX_AMBIGUOUS_SHAPES:
            raise SearchTooBroad("The text can stand across too many parameters.")
    slots = max((len(each.stored_constants) - 1 for each in catalogue.templates.values()), default=0)
    fields = {
        layout.id: tuple(
            name
            for name in layout.fields
            if name != MESSAGE
            and (name != TIME or (not is_whole and is_possible(layout.time_format, text, "holds")))
        )
        for layout in catalogue.layouts.values()
    }
    columns = (HEAD, *SLOTS[:slots], TAIL)
    return TextPlan(text, alternatives, ambiguous, columns, fields, catalogue.layouts, whole)


def _shape(template: Template, layout: Layout | None) -> Shape:
    constants = template.stored_constants
    around = layout or _NO_LAYOUT
    at = around.fields.index(MESSAGE)
    outer = _outer_constants(layout)
    return Shape(
        (
            *outer[:at],
            *_borders(template, layout)[:1],
            *constants[1:-1],
            *_borders(template, layout)[1:],
            *outer[at:],
        ),
        (*around.fields[:at], *SLOTS[: len(constants) - 1], *around.fields[at + 1 :]),
        template.id,
        layout,
    )


def _outer_constants(layout: Layout | None) -> tuple[str, ...]:
    """Those that touch no message."""
    around = layout or _NO_LAYOUT
    at = around.fields.index(MESSAGE)
    return (*around.constants[:at], *around.constants[at + 2 :])


def _borders(template: Template, layout: Layout | None) -> tuple[str, ...]:
    """The constants in which the line around a message and the message meet: two, or one where it is all constant."""
    around, constants = layout or _NO_LAYOUT, template.stored_constants
    at = around.fields.index(MESSAGE)
    before, after = around.constants[at], around.constants[at + 1]
    if len(constants) == 1:
        return (before + constants[0] + after,)
    return (before + constants[0], constants[-1] + after)


class _Touch(IntEnum):
    """What a constant, or several, have of the text: nothing, its beginning, end or middle, or all of it."""

    NOTHING = 0
    SHARES = 1
    HOLDS = 2


class _TooManySteps(Exception):
    pass


class _Search:
    """The ways in which a text can stand in shapes. What is left of the text always is its end, so places are counted
    from its beginning, and each constant is looked for once, however many shapes have it.

    Ways multiply with every parameter that the text may cross: MAX_STEPS bounds them in one shape, MAX_LOOKS in all.
    """

    def __init__(self, text: str, whole: WholeValue | None) -> None:
        self.text, self._whole = text, whole
        self._looks_left = MAX_LOOKS
        self._pause_at = time.thread_time() + UNDISTURBED_SECONDS
        self._steps_left = 0
        self._touches: dict[str, _Touch] = {}
        self._overlaps: dict[str, tuple[int, ...]] = {}
        self._places: dict[str, tuple[int, ...]] = {}

    def touch(self, constants: Iterable[str]) -> _Touch:
        return max((self._touch_of(each) for each in constants), default=_Touch.NOTHING)

    def alternatives(self, template: Template, layout: Layout | None, known: _Touch) -> set[Conditions]:
        """Each suffices. One without conditions: a constant holds the text. `known` is what those constants have of it
        in which message and line do not meet. Raises _TooManySteps, SearchTooBroad.
        """
        self._look()
        touch = known if known is _Touch.HOLDS else max(known, self.touch(_borders(template, layout)))
        if touch is _Touch.HOLDS:
            return {()}
        self._steps_left = MAX_STEPS
        return set(self._across(_shape(template, layout))) if touch else set()

    def _touch_of(self, constant: str) -> _Touch:
        known = self._touches.get(constant)
        if known is None:
            shares = self._overlaps_of(constant) or self._places_of(constant)
            known = _Touch.HOLDS if self._is_in(constant) else _Touch.SHARES if shares else _Touch.NOTHING
            self._touches[constant] = known
        return known

    def _is_in(self, constant: str) -> bool:
        if self._whole is None:
            return self.text in constant
        return any(
            self._may_begin(constant[:place]) and self._may_end(constant[place + len(self.text) :])
            for place in _finds(constant, self.text, 0)
        )

    def _may_begin(self, before: str) -> bool:
        return self._whole is None or self._whole.begins_behind(before)

    def _may_end(self, behind: str) -> bool:
        return self._whole is None or self._whole.ends_before(behind)

    def _across(self, shape: Shape) -> Iterator[Conditions]:
        """The text begins inside a constant, or inside a parameter, and goes on behind it."""
        for number, constant in enumerate(shape.constants[:-1]):
            for length in self._overlaps_of(constant):
                yield from self._into_slot(length, shape, number, ())
        for number, constant in enumerate(shape.constants[1:]):
            places = self._places_of(constant)
            for place in places[bisect_left(places, 1) :]:
                start = _condition(shape, number, "ends", self.text[:place])
                if start:
                    yield from self._into_constant(place, shape, number + 1, (start,))

    def _into_slot(self, at: int, shape: Shape, number: int, before: Conditions) -> Iterator[Conditions]:
        """The text from `at` on begins where this parameter does."""
        self._take_step()
        end = _condition(shape, number, "starts", self.text[at:])
        if end:
            yield (*before, end)
        places = self._places_of(shape.constants[number + 1])
        for place in places[bisect_left(places, at) :]:
            whole = _condition(shape, number, "equals", self.text[at:place])
            if whole:
                yield from self._into_constant(place, shape, number + 1, (*before, whole))

    def _into_constant(self, at: int, shape: Shape, number: int, before: Conditions) -> Iterator[Conditions]:
        """The text from `at` on begins where this constant does."""
        self._take_step()
        constant = shape.constants[number]
        rest = self.text[at:]
        if constant.startswith(rest) and self._may_end(constant[len(rest) :]):
            yield before
        elif self.text.startswith(constant, at) and number < len(shape.columns):
            yield from self._into_slot(at + len(constant), shape, number, before)

    def _overlaps_of(self, constant: str) -> tuple[int, ...]:
        """Lengths of the text's beginnings with which the constant ends."""
        known = self._overlaps.get(constant)
        if known is None:
            longest = min(len(constant), len(self.text) - 1)
            begins = _finds(constant, self.text[:1], len(constant) - longest)
            lengths = (len(constant) - place for place in begins)
            known = tuple(
                each
                for each in lengths
                if self.text.startswith(constant[len(constant) - each :])
                and self._may_begin(constant[:-each])
            )
            self._overlaps[constant] = known
        return known

    def _places_of(self, constant: str) -> tuple[int, ...]:
        """Where the constant begins in the text, or the text's end is the constant's beginning."""
        known = self._places.get(constant)
        if known is None:
            whole = _finds(self.text, constant, 0)
            ends = (
                _finds(self.text, constant[:1], max(0, len(self.text) - len(constant) + 1))
                if constant
                else ()
            )
            known = (*whole, *(place for place in ends if constant.startswith(self.text[place:])))
            self._places[constant] = known
        return known

    def _take_step(self) -> None:
        self._look()
        self._steps_left -= 1
        if not self._steps_left:
            raise _TooManySteps

    def _look(self) -> None:
        self._looks_left -= 1
        if not self._looks_left:
            raise SearchTooBroad("Looking through the templates takes too long.")
        if time.thread_time() > self._pause_at:
            time.sleep(PAUSE_SECONDS)
            self._pause_at = time.thread_time() + WORK_SECONDS


def _finds(text: str, part: str, first: int) -> Iterator[int]:
    """From `first` on, before the end."""
    place = text.find(part, first)
    while 0 <= place < len(text):
        yield place
        place = text.find(part, place + 1)


def _condition(shape: Shape, number: int, match: Match, text: str) -> Condition | None:
    column = shape.columns[number]
    if column == TIME and shape.layout and not is_possible(shape.layout.time_format, text, match):
        return None
    return Condition(column, match, text)
