"""An app file read and checked: every name, type and expression, before anything runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.workflows import app_file, types, values, yaml_reading
from domain.workflows.app_file import AppFile
from domain.workflows.problems import FileRefused, Mark, Path, Problem, problem_of
from domain.workflows.steps import StepCheck, StepFields
from domain.workflows.types import Choice, Collection, Flag, List, Number, Record, Text, Type
from domain.workflows.yaml_reading import Document

MAX_PROBLEMS = 50
# What a person can fill into a form, and a program send.
INPUTS = (Text, Number, Flag, Choice, Collection)


@dataclass(frozen=True)
class CheckedApp:
    """`scope`: the type of each name, wherever in the file it may be used. `roles`: of members, where each is named.

    `addresses`: that stand in the file and are written to; `receivers`: inputs that are.
    """

    file: AppFile
    scope: Mapping[str, Type]
    outputs: Mapping[str, Type]
    roles: Sequence[tuple[str, Mark]]
    addresses: frozenset[str]
    receivers: frozenset[str]

    @property
    def inputs(self) -> Record:
        return Record(fields=self.file.inputs)

    def result(self, step: StepFields) -> Record:
        return self.scope[step.id]  # type: ignore[return-value]

    def steps(self) -> Iterator[tuple[StepFields, bool]]:
        """In their order, those of a loop behind it; whether each stands in one."""
        for step in self.file.steps:
            yield step, False
            for inner in step.steps_inside:
                yield inner, True


def load(text: str) -> CheckedApp:
    """Raises FileRefused with all that can be said at once."""
    checked = _checked_or_problems(text)
    if isinstance(checked, list):
        raise FileRefused(checked)
    return checked


@lru_cache(maxsize=64)
def _checked_or_problems(text: str) -> CheckedApp | list[Problem]:
    """Both are kept: a list of apps asks for each of them, also for drafts that have problems."""
    try:
        return _load(text)
    except FileRefused as refused:
        return refused.problems


def _load(text: str) -> CheckedApp:
    document = yaml_reading.read(text)
    later = list(_later_kinds(document))
    if later:
        raise FileRefused(later)
    try:
        file = AppFile.model_validate(document.value)
    except ValidationError as error:
        raise FileRefused(list(_problems_of(error, document))[:MAX_PROBLEMS]) from error
    problems: list[Problem] = []
    checked = _check(file, document, problems)
    if problems:
        raise FileRefused(problems[:MAX_PROBLEMS])
    return checked


def _later_kinds(document: Document) -> Iterator[Problem]:
    for path, mark in document.marks.items():
        if path[-1:] == ("kind",):
            kind = _at(document.value, path)
            if kind in app_file.LATER:
                yield Problem("kind_later", mark, {"name": kind})


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _problems_of(error: ValidationError, document: Document) -> Iterator[Problem]:
    for each in error.errors():
        path = _written_path(each["loc"], document)
        yield problem_of(each, document.mark(path))


def _written_path(places: tuple[int | str, ...], document: Document) -> Path:
    """Without what pydantic adds to a place: the kind of a step, the type of a port, the word for a key."""
    path: Path = ()
    for place in places:
        if (*path, place) in document.marks:
            path = (*path, place)
    return path


def _check(file: AppFile, document: Document, problems: list[Problem]) -> CheckedApp:
    check = StepCheck(document, {"inputs": Record(fields=file.inputs)}, problems=problems)
    check.known.update(check.scope)
    _check_inputs(file, check)
    check.add_roles(file.use.roles, "use", "roles")
    check.add_steps(file.steps)
    outputs: dict[str, Type] = {}
    for name, output in file.outputs.items():
        outputs[name] = Text()
        with check.telling("outputs", name, "value"):
            names = {"title": output.title, "help": output.help}
            outputs[name] = check.type_of(output.value).model_copy(update=names)
    _check_examples(file, check)
    check.scope["outputs"] = Record(fields=outputs)
    for number, each in enumerate(file.checks):
        check.flag(each.when, "checks", number, "when")
    return CheckedApp(
        file,
        {**check.known, **check.scope},
        outputs,
        check.roles,
        frozenset(check.addresses),
        frozenset(check.receivers),
    )


def _check_inputs(file: AppFile, check: StepCheck) -> None:
    for name, port in file.inputs.items():
        is_lines = isinstance(port, List) and isinstance(port.of, Text)
        if not (isinstance(port, INPUTS) or is_lines):
            check.add("input_later", "inputs", name, type=types.name_of(port))


def _check_examples(file: AppFile, check: StepCheck) -> None:
    for number, example in enumerate(file.examples):
        try:
            values.checked(Record(fields=file.inputs), example.inputs)
        except values.InvalidValues as refused:
            for place in refused.reasons:
                name = ".".join(map(str, place))
                check.add("example_differs", "examples", number, "inputs", *place, name=name)


def checked_name(name: Any) -> str:
    """Of an app, as its file says it. Raises FileRefused."""
    try:
        return TypeAdapter(types.Name).validate_python(name)
    except ValidationError as error:
        problem = Problem("bad_name" if name else "missing_field", names={"name": "app"})
        raise FileRefused([problem]) from error
