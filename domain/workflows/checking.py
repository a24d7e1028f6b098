"""An app file read and checked: every name, type and expression, before anything runs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError

from domain.workflows import app_file, evaluation, expressions, functions, types, values, yaml_reading
from domain.workflows.app_file import (
    AnyStep,
    AppFile,
    Ask,
    Branch,
    Compute,
    Extract,
    ForEach,
    Output,
    Retrieve,
    Write,
)
from domain.workflows.expressions import Wrong
from domain.workflows.problems import FileRefused, Mark, Path, Problem, problem_of
from domain.workflows.types import Choice, Collection, Flag, List, Number, Passages, Record, Text, Type
from domain.workflows.yaml_reading import Document

MAX_PROBLEMS = 50
# What a person can fill into a form, and a program send.
INPUTS = (Text, Number, Flag, Choice, Collection)


@dataclass(frozen=True)
class CheckedApp:
    """`scope`: the type of each name, wherever in the file it may be used."""

    file: AppFile
    scope: Mapping[str, Type]
    outputs: Mapping[str, Type]

    @property
    def inputs(self) -> Record:
        return Record(fields=self.file.inputs)

    def result(self, step: AnyStep) -> Record:
        return self.scope[step.id]  # type: ignore[return-value]

    def steps(self) -> Iterator[tuple[AnyStep, bool]]:
        """In their order, those of a loop behind it; whether each stands in one."""
        for step in self.file.steps:
            yield step, False
            for inner in step.steps if isinstance(step, ForEach) else ():
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
    checker = _Checker(file, document)
    checked = checker.checked()
    if checker.problems:
        raise FileRefused(checker.problems[:MAX_PROBLEMS])
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


@dataclass
class _Checker:
    file: AppFile
    document: Document
    problems: list[Problem] = field(default_factory=list)
    scope: dict[str, Type] = field(default_factory=dict)
    known: dict[str, Type] = field(default_factory=dict)

    def checked(self) -> CheckedApp:
        self.scope["inputs"] = Record(fields=self.file.inputs)
        self.known = dict(self.scope)
        self._check_inputs()
        later = {step.id for step in self.file.steps}
        for number, step in enumerate(self.file.steps):
            later.discard(step.id)
            self._add_step(step, ("steps", number), later)
        outputs = {name: self._output(name, output) for name, output in self.file.outputs.items()}
        self._check_examples()
        for number, check in enumerate(self.file.checks):
            path: Path = ("checks", number, "when")
            scope = {**self.scope, "outputs": Record(fields=outputs)}
            self._flag(check.when, path, scope)
        self.problems += evaluation.case_problems(self.file, self.document, outputs)
        return CheckedApp(self.file, {**self.known, **self.scope}, outputs)

    def _check_inputs(self) -> None:
        for name, port in self.file.inputs.items():
            is_lines = isinstance(port, List) and isinstance(port.of, Text)
            if not (isinstance(port, INPUTS) or is_lines):
                self._add("input_later", ("inputs", name), type=types.name_of(port))

    def _add_step(self, step: AnyStep, path: Path, later: set[str]) -> None:
        if step.id in self.known or step.id in ("outputs", "loop"):
            self._add("name_taken", (*path, "id"), name=step.id)
        if step.when is not None:
            self._flag(step.when, (*path, "when"), self.scope, later)
        result: Record | None = None
        with self._at(path, later):
            result = self._result(step, path, later)
        self.scope[step.id] = self.known[step.id] = result or Record(fields={})

    def _result(self, step: AnyStep, path: Path, later: set[str]) -> Record | None:
        kinds: dict[str, Callable[[Any, Path, set[str]], Record | None]] = {
            "ask": self._ask,
            "extract": self._extract,
            "retrieve": self._retrieve,
            "compute": self._compute,
            "branch": self._branch,
            "write": self._write,
            "for_each": self._for_each,
        }
        return kinds[step.kind](step, path, later)

    def _ask(self, step: Ask, path: Path, later: set[str]) -> Record:
        self._texts(path, later, prompt=step.prompt, role=step.role)
        return Record(fields={"text": Text(max_characters=step.max_characters)})

    def _write(self, step: Write, path: Path, later: set[str]) -> Record:
        self._texts(path, later, text=step.text)
        return Record(fields={"text": Text(max_characters=types.MAX_TEXT_CHARACTERS)})

    def _retrieve(self, step: Retrieve, path: Path, later: set[str]) -> Record:
        self._texts(path, later, question=step.question)
        if isinstance(step.collections, str):
            places = (*path, "collections")
            self._fits(List(of=Collection()), step.collections, places, later, Collection())
        return Record(fields={"passages": Passages()})

    def _extract(self, step: Extract, path: Path, later: set[str]) -> Record:
        self._texts(path, later, prompt=step.prompt, role=step.role)
        record = Record(fields=step.fields)
        if problem := values.extraction_problem(record):
            self._add(problem.code, (*path, "fields"), **problem.names)
        has_quotes = any(isinstance(each, types.Quote) for each in types.inside(record))
        if has_quotes and step.source is None:
            self._add("source_missing", (*path, "fields"))
        if step.source is not None:
            self._fits(Text(), step.source, (*path, "source"), later)
        return record

    def _compute(self, step: Compute, path: Path, later: set[str]) -> Record | None:
        function = functions.all_functions().get(step.function)
        if function is None:
            known = ", ".join(functions.all_functions())
            self._add("unknown_function", (*path, "function"), name=step.function, known=known)
            return None
        for name in function.parameters.keys() ^ step.arguments.keys():
            code = "argument_missing" if name in function.parameters else "unknown_argument"
            known = ", ".join(function.parameters)
            self._add(code, (*path, "arguments"), name=name, known=known)
        for name in function.parameters.keys() & step.arguments.keys():
            written = step.arguments[name]
            self._fits(function.parameters[name], written, (*path, "arguments", name), later)
        return function.result

    def _branch(self, step: Branch, path: Path, later: set[str]) -> Record:
        for number, case in enumerate(step.cases):
            self._flag(case.when, (*path, "cases", number, "when"), self.scope, later)
        written = {("cases", number, "value"): case.value for number, case in enumerate(step.cases)}
        written[("otherwise",)] = step.otherwise  # type: ignore[index]
        port: Type | None = None
        for place, text in written.items():
            with self._at((*path, *place), later):
                given = self._type(text)
                both = types.shared_type(port, given) if port else given
                if both is None and port:
                    names = {"first": types.name_of(port), "second": types.name_of(given)}
                    self._add("cases_differ", (*path, *place), **names)
                port = both or port
        return Record(fields={"value": port or Text()})

    def _for_each(self, step: ForEach, path: Path, later: set[str]) -> Record | None:
        given = self._type(step.items)
        item = types.item_of(given)
        if item is None:
            self._add("nothing_to_repeat", (*path, "items"), type=types.name_of(given))
            return None
        outside = dict(self.scope)
        # Two loops may call their items alike where these are alike: a run knows one type for each name.
        is_other = self.known.get(step.name, item) != item
        if is_other or step.name in self.scope or step.name == step.id:
            self._add("name_taken", (*path, "name"), name=step.name)
        self.scope[step.name] = self.known[step.name] = item
        within = {inner.id for inner in step.steps} | later
        for number, inner in enumerate(step.steps):
            within.discard(inner.id)
            self._add_step(inner, (*path, "steps", number), within)
        collected: dict[str, Type] = {}
        for name, text in step.collect.items():
            with self._at((*path, "collect", name), later):
                port = self._type(text)
                collected[name] = List(of=types.item_of(port) or port, max_items=types.MAX_ITEMS)
        # What stands in a loop is known there alone.
        self.scope = outside
        return Record(fields=collected)

    def _output(self, name: str, output: Output) -> Type:
        port: Type = Text()
        with self._at(("outputs", name, "value"), set()):
            port = self._type(output.value)
        return port.model_copy(update={"title": output.title, "help": output.help})

    def _check_examples(self) -> None:
        for number, example in enumerate(self.file.examples):
            try:
                values.checked(Record(fields=self.file.inputs), example.inputs)
            except values.InvalidValues as refused:
                for place in refused.reasons:
                    name = ".".join(map(str, place))
                    self._add("example_differs", ("examples", number, "inputs", *place), name=name)

    def _texts(self, path: Path, later: set[str], **texts: str | None) -> None:
        for name, text in texts.items():
            if text is not None:
                with self._at((*path, name), later):
                    expressions.check_text(text, self.scope)

    def _type(self, written: str | float | bool) -> Type:
        """Of a sole expression its own; of a text, or a constant of the file. Raises Wrong."""
        if isinstance(written, bool):
            return Flag()
        if not isinstance(written, str):
            return Number()
        expression = expressions.sole_expression(written)
        if expression is None:
            expressions.check_text(written, self.scope)
            return Text(max_characters=types.MAX_TEXT_CHARACTERS)
        return expressions.type_of(expression, self.scope)

    def _fits(
        self, port: Type, written: str | float | bool, path: Path, later: set[str], *others: Type
    ) -> None:
        with self._at(path, later):
            given = self._type(written)
            if not any(types.fits(each, given) for each in (port, *others)):
                names = {"expected": types.name_of(port), "type": types.name_of(given)}
                self._add("type_differs", path, **names)

    def _flag(self, text: str, path: Path, scope: Mapping[str, Type], later: set[str] = frozenset()) -> None:  # type: ignore[assignment]
        with self._at(path, later):
            given = expressions.type_of(expressions.parsed_expression(text), scope)
            if not isinstance(given, Flag):
                self._add("flag_needed", path, type=types.name_of(given))

    @contextmanager
    def _at(self, path: Path, later: set[str]) -> Iterator[None]:
        """Collects what is wrong at a place; a name that comes only later is told as such: steps run in their order."""
        try:
            yield
        except Wrong as wrong:
            is_later = wrong.code == "unknown_name" and wrong.names["name"] in {*later, *self._own_id(path)}
            mark = self.document.mark(path)
            line = mark.line + mark.lines_below + wrong.line
            place = Mark(line, mark.column if line == mark.line else 1)
            self.problems.append(Problem("used_before" if is_later else wrong.code, place, wrong.names))

    def _own_id(self, path: Path) -> set[str]:
        """Of the steps that a place stands in: none knows its own result."""
        ids = set()
        for length, part in enumerate(path):
            if isinstance(part, int) and path[length - 1] == "steps":
                ids.add(str(_at(self.document.value, path[: length + 1]).get("id", "")))
        return ids

    def _add(self, code: str, path: Path, **names: str) -> None:
        self.problems.append(Problem(code, self.document.mark(path), names))


def checked_name(name: Any) -> str:
    """Of an app, as its file says it. Raises FileRefused."""
    try:
        return TypeAdapter(types.Name).validate_python(name)
    except ValidationError as error:
        problem = Problem("bad_name" if name else "missing_field", names={"name": "app"})
        raise FileRefused([problem]) from error
