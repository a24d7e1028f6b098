"""What the editing page shows of a file: a card for each of its parts, with what is wrong there, and a picture."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _

from apps.analytics.charts import Drawing
from apps.workbench import part_forms
from apps.workbench.part_fields import words_of
from apps.workbench.problem_words import ProblemView, problem_views
from domain.workflows import outline, yaml_reading
from domain.workflows.outline import HEAD, SECTIONS, Part
from domain.workflows.problems import FileRefused, Problem

# Of the picture, in pixels.
ROW_HEIGHT = 52
TITLE_CHARACTERS = 24


@dataclass(frozen=True)
class Card:
    """`can_rise`, `can_sink`: whether it may change places with the card above or below. `inner_count`: of a loop.
    `is_unused`: of a step whose result nothing takes.
    """

    part: Part
    kind: str
    icon: str
    problems: list[ProblemView] = field(default_factory=list)
    can_rise: bool = False
    can_sink: bool = False
    inner_count: int | None = None
    is_unused: bool = False

    @property
    def id(self) -> str:
        return self.part.address.replace("/", "-")

    @property
    def title(self) -> str:
        return words_of(self.part.value.get("title")) or self.part.name or _("App")

    @property
    def condition(self) -> str:
        return str(self.part.value.get("when") or "")

    @property
    def summary(self) -> str:
        """The first text that says what is done here."""
        value = self.part.value
        told = [
            value.get(name)
            for name in ("description", "prompt", "text", "items", "question", "value", "help")
        ]
        return next((words_of(each) for each in told if each and isinstance(each, str | dict)), "")[:240]


def cards(text: str, problems: list[Problem], unused: Collection[str] = ()) -> Mapping[str, list[Card]]:
    """By section; empty where the file cannot be read. `unused`: ids of steps whose result nothing takes."""
    try:
        document = yaml_reading.read(text)
    except FileRefused:
        return {}
    found: dict[str, list[ProblemView]] = {}
    for problem, view in zip(problems, problem_views(problems), strict=True):
        found.setdefault(outline.part_of_problem(document, problem).address, []).append(view)
    parts = list(outline.parts(document.value))
    paths = {part.path for part in parts}
    made = [
        replace(
            _card(part, paths, found.get(part.address, [])),
            is_unused=part.section == "steps" and part.name in unused,
        )
        for part in parts
    ]
    return {name: [card for card in made if card.part.section == name] for name in (HEAD, *SECTIONS)}


def _card(part: Part, paths: set[Any], problems: list[ProblemView]) -> Card:
    kind = str(part.value.get("kind" if part.section == "steps" else "type", ""))
    label, icon, _hint = part_forms.kind_words(part.section, kind)
    inner, place = part.value.get("steps"), part.path[-1] if part.section == "steps" else None
    return Card(
        part,
        str(label),
        icon,
        problems,
        can_rise=isinstance(place, int) and (*part.path[:-1], place - 1) in paths,
        can_sink=isinstance(place, int) and (*part.path[:-1], place + 1) in paths,
        inner_count=len(inner) if isinstance(inner, list) and part.section == "steps" else None,
    )


def picture(sections: Mapping[str, list[Card]]) -> Drawing | None:
    """Boxes from top to bottom; beside one with a condition goes a way past it, around those of a loop a frame."""
    steps = sections.get("steps") or []
    if not steps:
        return None
    titles = [_("Inputs"), *(card.title for card in steps), _("Outputs")]
    rows = len(titles)
    drawing = Drawing(
        _("Flow: %(steps)s") % {"steps": " → ".join(_spoken(steps))}, css="flow", height=rows * ROW_HEIGHT
    )
    step = 1 / rows
    for number, card in enumerate(steps, start=1):
        inside = [each for each in steps[number:] if each.part.path[: len(card.part.path)] == card.part.path]
        if card.inner_count and not card.part.is_inside:
            frame = (0.08, (number + 0.04) * step, 0.9, (len(inside) + 0.92) * step)
            drawing.box(frame, "flow-frame")
    for number, (title, row) in enumerate(zip(titles, [None, *steps, None], strict=True)):
        if number:
            drawing.line([(0.5, (number - 0.16) * step), (0.5, (number + 0.16) * step)], "flow-line")
        _draw(drawing, row, title, number, step)
    return drawing


def _draw(drawing: Drawing, card: Card | None, title: str, row: int, step: float) -> None:
    if card and card.condition:
        above, below = (row - 0.04) * step, (row + 1.04) * step
        drawing.line([(0.5, above), (0.04, above), (0.04, below), (0.5, below)], "flow-line flow-past")
    left = 0.22 if card and card.part.is_inside else 0.14
    look = f"flow-{_css(card.part.value.get('kind'))}" if card else "flow-end"
    is_wrong = " flow-wrong" if card and card.problems else ""
    drawing.box((left, (row + 0.16) * step, 0.92 - left, 0.68 * step), f"flow-box {look}{is_wrong}")
    short = title if len(title) <= TITLE_CHARACTERS else f"{title[: TITLE_CHARACTERS - 1]}…"
    place = (left + 0.03, (row + 0.5) * step)
    drawing.label(place, short, "flow-title" if card else "flow-title flow-edge", title)
    if card:
        kind = f"{_('Only if')} · {card.kind}" if card.condition else card.kind
        drawing.label(place, kind, "flow-kind")


def _css(kind: object) -> str:
    """Those that ask a model stand out, and those that act on the world."""
    if kind in ("ask", "extract"):
        return "model"
    return "act" if kind in ("send", "call", "wait") else "plain"


def _spoken(steps: list[Card]) -> Iterator[str]:
    for card in steps:
        inside = f" ({_('for each item')})" if card.part.is_inside else ""
        yield f"{card.title}{inside}" + (f" ({_('Only if')} {card.condition})" if card.condition else "")
