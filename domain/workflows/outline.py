"""The parts of a file that people edit one by one, as they are written: perhaps half done, perhaps wrong."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from domain.workflows import checking, editing, types
from domain.workflows.app_file import AppFile
from domain.workflows.problems import FileRefused, Path, Problem
from domain.workflows.types import Passages, Record, Type
from domain.workflows.yaml_reading import Document
from llm_backend import patterns

HEAD = "app"
SECTIONS = ("inputs", "steps", "outputs")
# Of records in records, as far as names are offered.
MAX_DOTS = 3


@dataclass(frozen=True)
class Part:
    """The head of a file, an input, a step or an output. `address`: by its name, such as `steps/draft`."""

    address: str
    path: Path
    value: Mapping[str, Any]

    @property
    def section(self) -> str:
        return str(self.path[0]) if self.path else HEAD

    @property
    def name(self) -> str:
        return self.address.partition("/")[2]

    @property
    def is_inside(self) -> bool:
        """Of a loop."""
        return len(self.path) > 2


def parts(file: Mapping[str, Any]) -> Iterator[Part]:
    """In their order, the steps of a loop behind it. What has no name, or is no mapping, is no part."""
    yield Part(HEAD, (), file)
    for section in SECTIONS:
        if section == "steps":
            yield from _steps(file.get("steps"), ("steps",))
        else:
            for name, value in _mapping(file.get(section)).items():
                if isinstance(value, dict):
                    yield Part(f"{section}/{name}", (section, name), value)


def _steps(written: Any, path: Path) -> Iterator[Part]:
    for number, step in enumerate(_list(written)):
        if isinstance(step, dict) and isinstance(step.get("id"), str):
            yield Part(f"steps/{step['id']}", (*path, number), step)
            yield from _steps(step.get("steps"), (*path, number, "steps"))


def _list(written: Any) -> list[Any]:
    return written if isinstance(written, list) else []


def _mapping(written: Any) -> dict[str, Any]:
    return written if isinstance(written, dict) else {}


def part_at(file: Mapping[str, Any], address: str) -> Part | None:
    return next((part for part in parts(file) if part.address == address), None)


def part_of_problem(document: Document, problem: Problem) -> Part:
    """The smallest part that the place of a problem lies in; the head holds what lies in no other."""
    place = problem.mark[:2]
    before = [(mark[:2], path) for path, mark in document.marks.items() if mark[:2] <= place]
    path = max(before, key=lambda each: (each[0], len(each[1])))[1] if before else ()
    around = [part for part in parts(document.value) if path[: len(part.path)] == part.path]
    return max(around, key=lambda part: len(part.path))


def notes(text: str) -> list[str]:
    """What its comments say above all else."""
    lines = takewhile(lambda line: line.startswith("#"), text.split("\n"))
    return [line.lstrip("# ").rstrip() for line in lines]


def name_from(title: str, otherwise: str) -> str:
    """A name for the file, of a title that people read."""
    plain = patterns.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_0123456789")[:40].strip("_")
    return plain or otherwise


@cache
def step_models(*, is_inside: bool = False) -> Mapping[str, type[BaseModel]]:
    """The models of the kinds of steps, or of those that may stand in a loop."""
    found = {get_args(each.model_fields["kind"].annotation)[0]: each for each in _models_of(AppFile)}
    inside = [each for loop in found.values() if "steps" in loop.model_fields for each in _models_of(loop)]
    return {kind: each for kind, each in found.items() if not is_inside or each in inside}


def _models_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    return list(plain_types(get_args(model.model_fields["steps"].annotation)[0]))


def plain_types(annotation: Any) -> Iterator[Any]:
    """Without what only limits them; of a choice of types, each."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Annotated, Union, UnionType):
        for each in arguments[:1] if origin is Annotated else arguments:
            yield from plain_types(each)
    elif annotation is not NoneType:
        yield annotation


def free_name(file: Mapping[str, Any], section: str, wanted: str) -> str:
    """The name, or with a number where it is taken. Names of steps are those of their results."""
    taken = {part.name for part in parts(file) if part.section == section}
    taken |= {"inputs", "outputs", "loop"} if section == "steps" else set()
    names = (wanted, *(f"{wanted[:36]}_{number}" for number in range(2, 999)))
    return next(name for name in names if name not in taken)


def names_at(text: str, path: Path, *, with_inner: bool = False) -> dict[str, Type]:
    """What may be used at the place of a part, by the expression for it, with its type.

    Of a file with problems, as much as is known. `with_inner`: also what the steps of a loop at this place give.
    """
    file = editing.value_at(text, ())
    visible, loop, steps = ["inputs"], None, _list(file.get("steps"))
    if path[0] == "outputs":
        visible += _ids(steps)
    numbers = [part for part in path if isinstance(part, int)]
    for depth, number in enumerate(numbers, 1):
        visible += _ids(steps[:number])
        here = _mapping(steps[number]) if number < len(steps) else {}
        steps = _list(here.get("steps"))
        if depth < len(numbers) or with_inner:
            loop = here
            visible += [str(here.get("name", "item")), *_ids(steps if with_inner else ())]
    scope = _scope(text, file, loop)
    found: dict[str, Type] = {}
    for name in dict.fromkeys(visible):
        if name in scope:
            found.update(_fields(name, scope[name]))
    return found


def _ids(steps: Iterable[Any]) -> list[str]:
    return [str(step.get("id")) for step in steps if isinstance(step, dict)]


def _scope(text: str, file: dict[str, Any], loop: Mapping[str, Any] | None) -> Mapping[str, Type]:
    """Of the whole file; while that has problems, of those of its steps that have none."""
    try:
        return checking.load(text).scope
    except FileRefused:
        pass
    bare: dict[str, Any] = {"app": "x", "title": "x", "outputs": {"x": {"value": "x"}}, "steps": [_FILLER]}
    inputs = {
        name: port
        for name, port in _mapping(file.get("inputs")).items()
        if _checked_app({**bare, "inputs": {name: port}})
    }
    bare["inputs"] = inputs
    steps: list[Any] = []
    for step in _list(file.get("steps")):
        if step is loop:
            step = _loop_so_far(step, lambda inner: _checked_app({**bare, "steps": [*steps, inner]}))
        if _checked_app({**bare, "steps": [*steps, step]}):
            steps.append(step)
    known = _checked_app({**bare, "steps": steps or [_FILLER]})
    return known.scope if known else {}


def _loop_so_far(loop: Mapping[str, Any], loaded: Callable[[Any], object]) -> Mapping[str, Any]:
    """With those of its steps that have no problems, as people make them before they say what is collected."""
    inner: list[Any] = []
    for each in _list(loop.get("steps")):
        if loaded({**loop, "collect": {"x": "x"}, "steps": [*inner, each]}):
            inner.append(each)
    return {**loop, "collect": {"x": "x"}, "steps": inner or [_FILLER]}


_FILLER = {"id": "filler_of_the_editor", "kind": "write", "text": "x"}


def _checked_app(file: Mapping[str, Any]) -> checking.CheckedApp | None:
    try:
        return checking.load(editing.file_text(file))
    except FileRefused:
        return None


def _fields(name: str, port: Type, dots: int = 0) -> Iterator[tuple[str, Type]]:
    if isinstance(port, Record) and dots < MAX_DOTS:
        for field, each in port.fields.items():
            yield from _fields(f"{name}.{field}", each, dots + 1)
    else:
        yield name, port


def in_text(name: str, port: Type) -> str:
    """How a value is written into a text: one after the other, where it has several items."""
    item = types.item_of(port)
    if item is None or isinstance(port, Passages):
        return "{{ " + name + " }}"
    fields = [
        f"each.{field}" for field, each in types.fields_of(item).items() if isinstance(each, types.TEXTS)
    ]
    values = ", ".join("{{ " + each + " }}" for each in fields if isinstance(item, Record)) or "{{ each }}"
    return "{% for each in " + name + " %}\n- " + values + "\n{% endfor %}"
