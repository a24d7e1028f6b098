"""An app file read and checked: every name, type and expression, before anything runs."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.workflows import evaluation, suggestions, types, values, yaml_reading
from domain.workflows.app_file import AppFile, Output
from domain.workflows.problems import BEGINNING, FileRefused, Mark, Path, Problem, problem_of
from domain.workflows.queries import QueryShape
from domain.workflows.signatures import Outside, Signature, nothing_outside
from domain.workflows.steps import StepCheck, StepFields
from domain.workflows.types import (
    Choice,
    Collection,
    File,
    Flag,
    List,
    Number,
    Picture,
    Record,
    Table,
    Text,
    Type,
)
from domain.workflows.yaml_reading import Document

MAX_PROBLEMS = 50
# Kinds of steps that call what is not in the file, and their field that names it.
CALLING = {"call": "tool", "run_app": "app"}
# What a person can fill into a form, and a program send.
INPUTS = (Text, Number, Flag, Choice, Collection, File, Picture, Table)
CELLS = (Text, Number, Flag, Choice)


@dataclass(frozen=True)
class CheckedApp:
    """`scope`: the type of each name, wherever in the file it may be used. `roles`: of members, where each is named;
    `queries`: with where their SQL stands.

    `addresses`: that stand in the file and are written to. `signature`: what another app sees of it.
    """

    file: AppFile
    scope: Mapping[str, Type]
    outputs: Mapping[str, Type]
    roles: Sequence[tuple[str, Mark]]
    queries: Sequence[tuple[QueryShape, Mark]]
    addresses: frozenset[str]
    signature: Signature

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


class AppRefused(FileRefused):
    """`roles`, `queries`: as of a `CheckedApp`, as far as the file could be read; they may be wrong as well."""

    def __init__(
        self,
        problems: Sequence[Problem],
        roles: Sequence[tuple[str, Mark]] = (),
        queries: Sequence[tuple[QueryShape, Mark]] = (),
    ) -> None:
        super().__init__(problems)
        self.roles, self.queries = roles, queries


def load(text: str, outside: Outside = nothing_outside) -> CheckedApp:
    """`outside`: of what the file calls. Raises AppRefused with all that can be said at once."""
    called = ((kind, name, outside(kind, name)) for kind, name in _called(text))
    signatures = tuple((kind, name, found.model_dump_json()) for kind, name, found in called if found)
    checked = _checked_or_refused(text, signatures)
    if isinstance(checked, AppRefused):
        # One of its own: what is raised keeps the frames that it went through.
        raise AppRefused(checked.problems, checked.roles, checked.queries)
    return checked


@lru_cache(maxsize=64)
def _called(text: str) -> tuple[tuple[str, str], ...]:
    """The kinds and names of what the steps of a file call."""
    if not any(kind in text for kind in CALLING):
        return ()
    try:
        document = yaml_reading.read(text)
    except FileRefused:
        return ()
    steps = (_at(document.value, path[:-1]) for path in document.marks if path[-1:] == ("kind",))
    found = ((step["kind"], step.get(CALLING.get(str(step["kind"])))) for step in steps)
    return tuple(dict.fromkeys((kind, name) for kind, name in found if isinstance(name, str)))


@lru_cache(maxsize=64)
def _checked_or_refused(text: str, signatures: tuple[tuple[str, str, str], ...]) -> CheckedApp | AppRefused:
    """Both are kept: a list of apps asks for each of them, also for drafts that have problems."""
    outside = {(kind, name): Signature.model_validate_json(found) for kind, name, found in signatures}
    try:
        return _load(text, outside)
    except AppRefused as refused:
        return AppRefused(refused.problems, refused.roles, refused.queries)
    except FileRefused as refused:
        return AppRefused(refused.problems)


def _load(text: str, outside: Mapping[tuple[str, str], Signature]) -> CheckedApp:
    document = yaml_reading.read(text)
    try:
        file = AppFile.model_validate(document.value)
    except ValidationError as error:
        raise FileRefused(list(_problems_of(error, document))[:MAX_PROBLEMS]) from error
    inputs: dict[str, Type] = {"inputs": Record(fields=file.inputs)}
    check = StepCheck(document, dict(inputs), file.app, outside, dict(inputs))
    checked = _check(file, check)
    if check.problems:
        raise AppRefused(check.problems[:MAX_PROBLEMS], check.roles, check.queries)
    return checked


def _at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def _problems_of(error: ValidationError, document: Document) -> Iterator[Problem]:
    for each in error.errors():
        path = _written_path(each["loc"], document)
        # What is missing is not written; of anything else pydantic's own words are no part of its name.
        named = each["loc"] if each["type"] == "missing" else path
        yield problem_of({**each, "loc": named}, document.mark(path))


def _written_path(places: tuple[int | str, ...], document: Document) -> Path:
    """Without what pydantic adds to a place: the kind of a step, the type of a port, the word for a key."""
    path: Path = ()
    for place in places:
        if (*path, place) in document.marks:
            path = (*path, place)
    return path


def _check(file: AppFile, check: StepCheck) -> CheckedApp:
    _check_inputs(file, check)
    check.add_roles(file.use.roles, "use", "roles")
    check.add_steps(file.steps)
    outputs: dict[str, Type] = {}
    for name, output in file.outputs.items():
        outputs[name] = Text()
        with check.telling("outputs", name, "value"):
            outputs[name] = _output_type(name, output, check)
    _check_examples(file, check)
    check.scope["outputs"] = Record(fields=outputs)
    for number, each in enumerate(file.checks):
        check.flag(each.when, "checks", number, "when")
    check.problems.extend(evaluation.case_problems(file, check.document, outputs))
    apps = [found for (kind, _name), found in check.outside.items() if kind == "run_app"]
    signature = Signature(
        takes=Record(fields=file.inputs),
        gives=Record(fields=outputs),
        receivers=frozenset(check.receivers),
        reaches=frozenset().union({file.app}, *(each.reaches for each in apps)),
        levels=1 + max((each.levels for each in apps), default=0),
    )
    return CheckedApp(
        file=file,
        scope={**check.known, **check.scope},
        outputs=outputs,
        roles=check.roles,
        queries=check.queries,
        addresses=frozenset(check.addresses),
        signature=signature,
    )


def _output_type(name: str, output: Output, check: StepCheck) -> Type:
    """Raises Wrong."""
    given = check.type_of(output.value)
    if output.suggestions_for is not None:
        path = ("outputs", name, "suggestions_for")
        check.fits(Text(), output.suggestions_for, *path)
        changes = suggestions.suggested(Text(max_characters=types.MAX_TEXT_CHARACTERS), given)
        if changes is None:
            check.add("no_suggestions", *path, type=types.name_of(given))
        given = changes or given
    return given.model_copy(update={"title": output.title, "help": output.help})


def _check_inputs(file: AppFile, check: StepCheck) -> None:
    for name, port in file.inputs.items():
        is_lines = isinstance(port, List) and isinstance(port.of, Text)
        if not (isinstance(port, INPUTS) or is_lines):
            check.add("no_input", "inputs", name, type=types.name_of(port))
        if isinstance(port, Picture) and port.page_from is not None:
            check.fits(Number(), f"{{{{ inputs.{port.page_from} }}}}", "inputs", name, "page_from")
        for column, cell in port.columns.items() if isinstance(port, Table) else ():
            if not isinstance(cell, CELLS):
                check.add("no_cell", "inputs", name, "columns", column, type=types.name_of(cell))


def _check_examples(file: AppFile, check: StepCheck) -> None:
    for number, example in enumerate(file.examples):
        try:
            values.checked(Record(fields=file.inputs), example.inputs)
        except values.InvalidValues as refused:
            for place in refused.reasons:
                name = ".".join(map(str, place))
                check.add("example_differs", "examples", number, "inputs", *place, name=name)


def checked_name(name: Any, mark: Mark = BEGINNING) -> str:
    """Of an app, as its file says it at the mark. Raises FileRefused."""
    try:
        return TypeAdapter(types.Name).validate_python(name)
    except ValidationError as error:
        problem = Problem("bad_name" if name else "missing_field", mark, {"name": "app"})
        raise FileRefused([problem]) from error
