"""An app file as it is written: its words, ports, steps, examples and checks. What it refers to, `checking` looks after."""

from typing import Annotated, Any

from pydantic import Field

from domain.workflows.step_kinds.for_each import ForEach, InnerKind
from domain.workflows.step_kinds.wait import Wait
from domain.workflows.steps import RoleName, Template
from domain.workflows.types import MAX_FIELDS, Name, Strict, Type, Words

MAX_STEPS = 50
# Of a case.
MAX_EXPECTED = 20
# A kind of step is known by standing here, or among those that may stand in a loop.
Kind = InnerKind | ForEach | Wait


class Output(Strict):
    """`value`: with its type; a text of several parts is a text. `suggestions_for`: the text that the records of the value
    would change, each its quote to its `replacement`; a person accepts them one by one.
    """

    title: Words = Words()
    help: Words = Words()
    value: Template
    suggestions_for: Template | None = None


class Use(Strict):
    """Who may use the app, of those who may use apps at all. `roles`: none is everybody."""

    roles: list[RoleName] = Field(default_factory=list, max_length=30)


class Example(Strict):
    title: Words
    inputs: dict[Name, Any] = Field(max_length=MAX_FIELDS)


class Check(Strict):
    """What must hold of a run's result; where it does not, the page says `message`."""

    when: Template
    message: Words


class EvaluationCase(Strict):
    """`expect`: conditions that must hold of `outputs`; `inputs` is known to them, too."""

    title: Words = Words()
    inputs: dict[Name, Any] = Field(max_length=MAX_FIELDS)
    expect: list[Template] = Field(min_length=1, max_length=MAX_EXPECTED)


class Evaluation(Strict):
    """Publishing asks that this share of the cases holds."""

    promise: float = Field(ge=0, le=1)
    cases: list[EvaluationCase] = Field(min_length=1, max_length=200)

    @property
    def percent(self) -> str:
        return f"{100 * self.promise:g}"


class AppFile(Strict):
    app: Name
    title: Words
    description: Words = Words()
    inputs: dict[Name, Type] = Field(default_factory=dict, max_length=MAX_FIELDS)
    steps: list[Annotated[Kind, Field(discriminator="kind")]] = Field(min_length=1, max_length=MAX_STEPS)
    outputs: dict[Name, Output] = Field(min_length=1, max_length=MAX_FIELDS)
    use: Use = Use()
    examples: list[Example] = Field(default_factory=list, max_length=20)
    checks: list[Check] = Field(default_factory=list, max_length=20)
    evaluation: Evaluation | None = None
