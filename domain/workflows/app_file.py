"""An app file as it is written: its words, ports, steps, examples and checks. What it refers to, `checking` looks after."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from domain.workflows.expressions import MAX_CHARACTERS
from domain.workflows.types import MAX_FIELDS, Name, Strict, Type, Words

MAX_STEPS = 50
MAX_REPEATS = 500
# Known to the format; nothing runs them yet.
LATER = ("call", "query", "wait", "send", "run_app")

Template = Annotated[str, StringConstraints(min_length=1, max_length=MAX_CHARACTERS)]


class StepFields(Strict):
    """`when`: without it a step always runs; where it does not hold, the step gives the empty value of its type."""

    id: Name
    title: Words = Words()
    when: Template | None = None


class Ask(StepFields):
    """A model writes a text, which people see coming. → `text`"""

    kind: Literal["ask"]
    prompt: Template
    role: Template | None = None
    temperature: float = Field(default=0.2, ge=0, le=2)
    max_tokens: int = Field(default=1000, ge=1, le=16_000)
    max_characters: int = Field(default=20_000, ge=1, le=400_000)


class Extract(StepFields):
    """A model fills in fields; quotes are looked for in the source. → the fields"""

    kind: Literal["extract"]
    prompt: Template
    role: Template | None = None
    source: Template | None = None
    fields: dict[Name, Type] = Field(min_length=1, max_length=MAX_FIELDS)
    temperature: float = Field(default=0.0, ge=0, le=2)
    max_tokens: int = Field(default=1500, ge=1, le=16_000)


class Retrieve(StepFields):
    """Passages of documents that the person who runs the app may read. → `passages`"""

    kind: Literal["retrieve"]
    question: Template
    collections: Template | Annotated[list[str], Field(min_length=1, max_length=20)]
    limit: int = Field(default=5, ge=1, le=20)


class Compute(StepFields):
    """A function of an installed package. → what it gives"""

    kind: Literal["compute"]
    function: Annotated[str, StringConstraints(max_length=100)]
    arguments: dict[Name, str | int | float | bool] = Field(default_factory=dict, max_length=20)


class Case(Strict):
    when: Template
    value: Template


class Branch(StepFields):
    """The value of the first case that holds. → `value`"""

    kind: Literal["branch"]
    cases: list[Case] = Field(min_length=1, max_length=10)
    otherwise: Template


class Write(StepFields):
    """A text made of what the steps before gave. → `text`"""

    kind: Literal["write"]
    text: Template


SimpleStep = Annotated[Ask | Extract | Retrieve | Compute | Branch | Write, Field(discriminator="kind")]


class ForEach(StepFields):
    """The same steps for each item of a list, one after the other. → each name of `collect`, as a list"""

    kind: Literal["for_each"]
    items: Template
    name: Name = "item"
    max: int = Field(default=50, ge=1, le=MAX_REPEATS)
    steps: list[SimpleStep] = Field(min_length=1, max_length=10)
    collect: dict[Name, Template] = Field(min_length=1, max_length=MAX_FIELDS)


Step = Annotated[Ask | Extract | Retrieve | Compute | Branch | Write | ForEach, Field(discriminator="kind")]
AnyStep = Ask | Extract | Retrieve | Compute | Branch | Write | ForEach


class Output(Strict):
    """`value`: with its type; a text of several parts is a text."""

    title: Words = Words()
    help: Words = Words()
    value: Template


class Use(Strict):
    """Who may use the app, of those who may use apps at all. `roles`: none is everybody."""

    roles: list[Annotated[str, StringConstraints(max_length=40)]] = Field(default_factory=list, max_length=30)


class Example(Strict):
    title: Words
    inputs: dict[Name, Any] = Field(max_length=MAX_FIELDS)


class Check(Strict):
    """What must hold of a run's result; where it does not, the page says `message`."""

    when: Template
    message: Words


class Evaluation(Strict):
    """Publishing asks for this share of the app's own questions answered well."""

    promise: float = Field(ge=0, le=1)


class AppFile(Strict):
    app: Name
    title: Words
    description: Words = Words()
    inputs: dict[Name, Type] = Field(default_factory=dict, max_length=MAX_FIELDS)
    steps: list[Step] = Field(min_length=1, max_length=MAX_STEPS)
    outputs: dict[Name, Output] = Field(min_length=1, max_length=MAX_FIELDS)
    use: Use = Use()
    examples: list[Example] = Field(default_factory=list, max_length=20)
    checks: list[Check] = Field(default_factory=list, max_length=20)
    evaluation: Evaluation | None = None
