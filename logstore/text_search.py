"""Where a text can stand in records that are stored in pieces: inside a constant, inside a parameter, or across both.

A text across pieces becomes conditions on the parameters at its ends and the whole ones between; nothing is put together
in the database, so most records are ruled out by their template alone.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from logstore.errors import SearchTooBroad
from logstore.record_columns import SLOTS
from logstore.templates import HEAD, MESSAGE, TAIL, TIME, Catalogue, Layout, Template
from logstore.time_text import Match, is_possible

MAX_SHAPES = 200_000
# Of listing the ways in which the text can stand in a template. In one that takes more, texts are put together in the
# database after all, but only in a few: docs/decisions/log-store.md.
MAX_STEPS = 500
MAX_ALTERNATIVES = 400
MAX_AMBIGUOUS_SHAPES = 50


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

    def within(self, letters: Mapping[str, int]) -> "TextPlan":
        """Without the columns that cannot hold what is looked for: a hash holds no space, a number no letter.

        `letters`: the bytes of each column that is known, as bits.
        """

        def may_hold(column: str, text: str) -> bool:
            return not sum(1 << byte for byte in set(text.encode())) & ~letters.get(column, -1)

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


class _TooManySteps(Exception):
    pass


class _Steps:
    """Ways multiply with every parameter that the text may cross; this bounds them."""

    def __init__(self) -> None:
        self.left = MAX_STEPS

    def take(self) -> None:
        self.left -= 1
        if not self.left:
            raise _TooManySteps


def plan_search(text: str, catalogue: Catalogue) -> TextPlan:
    """Raises SearchTooBroad."""
    layouts: list[Layout | None] = [None, *catalogue.layouts.values()]
    if len(layouts) * len(catalogue.templates) > MAX_SHAPES:
        raise SearchTooBroad("There are too many templates in this time.")
    alternatives: dict[Conditions, Shapes] = {}
    ambiguous: list[Shape] = []
    for layout in layouts:
        for template in catalogue.templates.values():
            shape = _shape(template, layout)
            try:
                for conditions in _alternatives(text, shape):
                    shapes = alternatives.setdefault(conditions, {})
                    shapes.setdefault(layout.id if layout else None, []).append(template.id)
            except _TooManySteps:
                ambiguous.append(shape)
    if len(alternatives) > MAX_ALTERNATIVES or len(ambiguous) > MAX_AMBIGUOUS_SHAPES:
        raise SearchTooBroad("The text can stand across too many parameters.")
    slots = max((len(each.stored_constants) - 1 for each in catalogue.templates.values()), default=0)
    fields = {
        layout.id: tuple(
            name
            for name in layout.fields
            if name != MESSAGE and (name != TIME or is_possible(layout.time_format, text, "holds"))
        )
        for layout in catalogue.layouts.values()
    }
    return TextPlan(text, alternatives, ambiguous, (HEAD, *SLOTS[:slots], TAIL), fields, catalogue.layouts)


def _shape(template: Template, layout: Layout | None) -> Shape:
    constants = template.stored_constants
    slots = SLOTS[: len(constants) - 1]
    if layout is None:
        return Shape(("", *constants, ""), (HEAD, *slots, TAIL), template.id, None)
    at = layout.fields.index(MESSAGE)
    before, after = layout.constants[: at + 1], layout.constants[at + 1 :]
    if len(constants) == 1:
        middle: tuple[str, ...] = (before[-1] + constants[0] + after[0],)
    else:
        middle = (before[-1] + constants[0], *constants[1:-1], constants[-1] + after[0])
    columns = (*layout.fields[:at], *slots, *layout.fields[at + 1 :])
    return Shape((*before[:-1], *middle, *after[1:]), columns, template.id, layout)


def _alternatives(text: str, shape: Shape) -> set[Conditions]:
    """Each suffices. One without conditions: a constant holds the text. Raises _TooManySteps."""
    if any(text in constant for constant in shape.constants):
        return {()}
    return set(_across(text, shape, _Steps()))


def _across(text: str, shape: Shape, steps: _Steps) -> Iterator[Conditions]:
    """The text begins inside a constant, or inside a parameter, and goes on behind it."""
    for number, constant in enumerate(shape.constants[:-1]):
        for length in range(1, min(len(constant), len(text) - 1) + 1):
            if constant.endswith(text[:length]):
                yield from _into_slot(text[length:], shape, number, (), steps)
    for number, constant in enumerate(shape.constants[1:]):
        for length in _positions(text, constant, 1):
            start = _condition(shape, number, "ends", text[:length])
            if start:
                yield from _into_constant(text[length:], shape, number + 1, (start,), steps)


def _into_slot(
    rest: str, shape: Shape, number: int, before: Conditions, steps: _Steps
) -> Iterator[Conditions]:
    """The rest of the text begins where this parameter does."""
    steps.take()
    end = _condition(shape, number, "starts", rest)
    if end:
        yield (*before, end)
    for length in _positions(rest, shape.constants[number + 1], 0):
        whole = _condition(shape, number, "equals", rest[:length])
        if whole:
            yield from _into_constant(rest[length:], shape, number + 1, (*before, whole), steps)


def _into_constant(
    rest: str, shape: Shape, number: int, before: Conditions, steps: _Steps
) -> Iterator[Conditions]:
    """The rest of the text begins where this constant does."""
    steps.take()
    constant = shape.constants[number]
    if constant.startswith(rest):
        yield before
    elif rest.startswith(constant) and number < len(shape.columns):
        yield from _into_slot(rest[len(constant) :], shape, number, before, steps)


def _positions(text: str, constant: str, first: int) -> Iterator[int]:
    """Where the constant can begin in the text, or the text's end be the constant's beginning."""
    place = text.find(constant, first)
    while 0 <= place < len(text):
        yield place
        place = text.find(constant, place + 1)
    for place in range(max(first, len(text) - len(constant) + 1), len(text)):
        if constant.startswith(text[place:]):
            yield place


def _condition(shape: Shape, number: int, match: Match, text: str) -> Condition | None:
    column = shape.columns[number]
    if column == TIME and shape.layout and not is_possible(shape.layout.time_format, text, match):
        return None
    return Condition(column, match, text)
