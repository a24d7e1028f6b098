"""What every kind of step is made of: its fields, and the check of what they refer to."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Annotated, Any

from pydantic import StringConstraints

from domain.workflows import expressions, types
from domain.workflows.expressions import MAX_CHARACTERS, Wrong
from domain.workflows.problems import Mark, Path, Problem
from domain.workflows.queries import QueryShape
from domain.workflows.signatures import Signature
from domain.workflows.types import Flag, Name, Number, Record, Strict, Text, Type, Words
from domain.workflows.yaml_reading import Document
from llm_backend import patterns

RESERVED = ("outputs", "loop")
_NAME = r"[a-z][a-z0-9_]{0,39}(?:\.[a-z][a-z0-9_]{0,39}){1,5}"
_DOTTED_NAME = patterns.compile(_NAME)
# As other programs and Chinese keyboards write them, too.
_IN_BRACES = patterns.compile(rf"([{{｛]{{1,2}}) ?({_NAME}) ?[}}｝]")
Template = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CHARACTERS)]
RoleName = Annotated[str, StringConstraints(max_length=40)]
# An expression, or a constant of the file.
Written = str | int | float | bool


class StepFields(Strict):
    """`when`: without it a step always runs; where it does not hold, the step gives the empty value of its type."""

    id: Name
    title: Words = Words()
    when: Template | None = None
    kind: str

    @property
    def steps_inside(self) -> Sequence["StepFields"]:
        return ()

    @property
    def origins(self) -> Sequence[str] | None:
        """Of what the step gives: the templates that it is one of; none where a person gave it; None for anything else."""
        return None

    @abstractmethod
    def result(self, check: "StepCheck") -> Record | None:
        """The type of what the step gives; None where that cannot be told. Tells `check` what is wrong. May raise Wrong."""


@dataclass(frozen=True)
class StepCheck:
    """Checks what stands at a place of a file.

    `scope`: what is known there; `known`: what is known anywhere; `later`: ids of steps that only come below. `roles`: of
    members, as the file names them; which there are, only the platform knows. `addresses`: that stand in the file and are
    written to; `receivers`: inputs that are. `queries`: that can be read; whether they can be run, only DuckDB knows.
    `origins`: of names, as `StepFields.origins`. `app`: the name of the file's; `outside`: what it calls, by kind of step
    and name.
    """

    document: Document
    scope: dict[str, Type]
    app: str = ""
    outside: Mapping[tuple[str, str], Signature] = field(default_factory=dict)
    known: dict[str, Type] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    roles: list[tuple[str, Mark]] = field(default_factory=list)
    addresses: set[str] = field(default_factory=set)
    receivers: set[str] = field(default_factory=set)
    queries: list[tuple[QueryShape, Mark]] = field(default_factory=list)
    origins: dict[str, Sequence[str] | None] = field(default_factory=dict)
    path: Path = ()
    later: frozenset[str] = frozenset()

    def at(self, *place: str | int) -> "StepCheck":
        return replace(self, path=(*self.path, *place))

    def mark(self, *place: str | int) -> Mark:
        return self.document.mark((*self.path, *place))

    def add(self, code: str, *place: str | int, **names: str) -> None:
        self.problems.append(Problem(code, self.mark(*place), names))

    def add_roles(self, roles: Sequence[str], *place: str | int) -> None:
        marks = (self.mark(*place, number) for number in range(len(roles)))
        self.roles.extend(zip(roles, marks, strict=True))

    def add_steps(self, steps: Sequence[StepFields]) -> None:
        """One below the other: each knows the results of those above."""
        later = self.later | {step.id for step in steps}
        for number, step in enumerate(steps):
            later -= {step.id}
            replace(self.at("steps", number), later=later)._add_step(step)

    def _add_step(self, step: StepFields) -> None:
        if step.id in self.known or step.id in RESERVED:
            self.add("name_taken", "id", name=step.id)
        if step.when is not None:
            self.flag(step.when, "when")
        result: Record | None = None
        with self.telling():
            result = step.result(self)
        self.origins[step.id] = step.origins
        self.scope[step.id] = self.known[step.id] = result or Record(fields={})

    def texts(self, **texts: str | None) -> None:
        """Of the step's fields that are templates."""
        for name, text in texts.items():
            if text is not None:
                with self.telling(name):
                    self.text(text)

    def text(self, text: str) -> None:
        """Raises Wrong, also for a text that is nothing but the name of a value, or has one in single or full-width braces:
        nobody would read its value.
        """
        expressions.check_text(text, self.scope)
        if _DOTTED_NAME.fullmatch(text.strip()) and self._is_value(text):
            raise Wrong("braces_missing", name=text.strip())
        for found in _IN_BRACES.finditer(text):
            is_known = found[2].partition(".")[0] in self.scope
            if found[1] != "{{" and is_known and self._is_value(found[2]):
                raise Wrong("braces_missing", text.count("\n", 0, found.start()), name=found[2])

    def _is_value(self, expression: str) -> bool:
        try:
            expressions.type_of(expressions.parsed_expression(expression), self.scope)
        except Wrong:
            return False
        return True

    def type_of(self, written: Written) -> Type:
        """Of a sole expression its own; of a text, or a constant of the file. Raises Wrong."""
        if isinstance(written, bool):
            return Flag()
        if not isinstance(written, str):
            return Number()
        expression = expressions.sole_expression(written)
        if expression is None:
            self.text(written)
            return Text(max_characters=types.MAX_TEXT_CHARACTERS)
        return expressions.type_of(expression, self.scope)

    def fits(self, port: Type, written: Written, *place: str | int, others: Sequence[Type] = ()) -> None:
        with self.telling(*place):
            given = self.type_of(written)
            if not any(types.fits(each, given) for each in (port, *others)):
                names = {"expected": types.name_of(port), "type": types.name_of(given)}
                self.add("type_differs", *place, **names)

    def arguments(self, parameters: Mapping[str, Type], written: Mapping[str, Written], place: str) -> None:
        """Each parameter has an argument that fits; one that is optional may have none."""
        known = ", ".join(parameters)
        for name in written.keys() - parameters.keys():
            self.add("unknown_argument", place, name=name, known=known)
        for name, port in parameters.items():
            if name in written:
                self.fits(port, written[name], place, name)
            elif not getattr(port, "optional", False):
                self.add("argument_missing", place, name=name, known=known)

    def flag(self, text: str, *place: str | int) -> None:
        with self.telling(*place):
            given = expressions.type_of(expressions.parsed_expression(text), self.scope)
            if not isinstance(given, Flag):
                self.add("flag_needed", *place, type=types.name_of(given))

    @contextmanager
    def telling(self, *place: str | int) -> Iterator[None]:
        """Collects what is wrong at a place; a name that comes only later is told as such: steps run in their order."""
        path = (*self.path, *place)
        try:
            yield
        except Wrong as wrong:
            if wrong.code == "unknown_field" and not wrong.names["known"] and self.problems:
                # Of a step whose result cannot be told, for which there is a problem already.
                return
            later = {*self.later, *self._own_ids(path)}
            is_later = wrong.code == "unknown_name" and wrong.names["name"] in later
            at = self.document.mark(path).at_line(wrong.line)
            self.problems.append(Problem("used_before" if is_later else wrong.code, at, wrong.names))

    def _own_ids(self, path: Path) -> Iterator[str]:
        """Of the steps that a place stands in: none knows its own result."""
        value: Any = self.document.value
        for before, part in zip(("", *path), path, strict=False):
            if isinstance(value, str):
                # One text that stands for both languages.
                return
            value = value[part]
            if before == "steps":
                yield str(value.get("id", ""))
