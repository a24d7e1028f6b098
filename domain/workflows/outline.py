"""The parts of a file that people edit one by one, as they are written: perhaps half done, perhaps wrong."""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

from domain.workflows import checking, editing, types, yaml_reading
from domain.workflows.app_file import MAX_STEPS, AppFile
from domain.workflows.problems import FileRefused, Path, Problem
from domain.workflows.signatures import Outside, nothing_outside
from domain.workflows.types import Passages, Record, Type
from domain.workflows.yaml_reading import Document
from llm_backend import patterns

HEAD = "app"
SECTIONS = ("inputs", "steps", "outputs")
# How often parts are left out, as others that rest on them are wrong without them.
MAX_ATTEMPTS = 8
# In place of steps that are still to be made.
FILLER = {"id": "filler_of_the_editor", "kind": "write", "text": "x"}
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


def names_at(
    text: str, path: Path, *, with_inner: bool = False, outside: Outside = nothing_outside
) -> dict[str, Type]:
    """What may be used at the place of a part, by the expression for it, with its type.

    Of a file with problems, as much as is known. `with_inner`: also what the steps of a loop at this place give.
    `outside`: of what the file calls.
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
    scope = _scope(text, file, loop, outside)
    found: dict[str, Type] = {}
    for name in dict.fromkeys(visible):
        if name in scope:
            found.update(_fields(name, scope[name]))
    return found


def _ids(steps: Iterable[Any]) -> list[str]:
    return [str(step.get("id")) for step in steps if isinstance(step, dict)]


def _scope(
    text: str, file: dict[str, Any], loop: Mapping[str, Any] | None, outside: Outside
) -> Mapping[str, Type]:
    """Of the whole file; while that has problems, of its parts that have none."""
    try:
        return checking.load(text, outside).scope
    except FileRefused:
        pass
    inputs = {name: port for name, port in _mapping(file.get("inputs")).items() if isinstance(port, dict)}
    steps = [step for step in _list(file.get("steps")) if isinstance(step, dict) and step.get("id")]
    # What is made of the steps of a loop is said when they are there.
    steps = [{**step, "collect": {"x": "x"}} if step is loop else step for step in steps[:MAX_STEPS]]
    left: dict[str, Any] = {"app": "x", "title": "x", "inputs": inputs, "outputs": {"x": {"value": "x"}}}
    left["steps"] = copy.deepcopy(steps)
    for _attempt in range(MAX_ATTEMPTS):
        for each in (left, *left["steps"]):
            if each.get("steps") == []:
                each["steps"] = [FILLER]
        try:
            return checking.load(editing.file_text(left), outside).scope
        except FileRefused as refused:
            if refused.problems[0].code == "file_too_large":
                break
            document = yaml_reading.read(editing.file_text(left))
            wrong = {part_of_problem(document, problem).path for problem in refused.problems} - {()}
        # From the last to the first, so that places stay right.
        for *path, name in sorted(wrong, reverse=True):
            del editing.at(left, tuple(path))[name]
    return {}


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
