"""Which tools a request needs, as the schema of a model's answer: each call with the arguments of its own tool."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, NamedTuple, Union

from pydantic import BaseModel, ConfigDict, Field, create_model


class ToolShape(NamedTuple):
    """What a model may call: `arguments` is the model of what it has to fill in."""

    name: str
    arguments: type[BaseModel]


class ToolCall(BaseModel):
    model_config = ConfigDict(extra="forbid")

    tool: str
    arguments: BaseModel

    @property
    def values(self) -> dict[str, Any]:
        return self.arguments.model_dump(by_alias=True)


class ToolChoice(BaseModel):
    """The calls, in the order in which they are to be made; none where no tool is needed."""

    model_config = ConfigDict(extra="forbid")

    calls: list[Any]


def choice_schema(tools: Sequence[ToolShape], *, most: int) -> type[ToolChoice]:
    """A tool that is none of these, an argument that does not fit, and more than `most` calls do not follow it."""
    calls: Any = tuple(_call_of(f"Call{number}", tool) for number, tool in enumerate(tools, start=1))
    any_call: Any = Union[calls]  # noqa: UP007  (of a tuple made at run time)
    return create_model(
        "Choice", __base__=ToolChoice, calls=(Annotated[list[any_call], Field(max_length=most)], ...)
    )


def _call_of(title: str, tool: ToolShape) -> type[ToolCall]:
    name: Any = Literal[tool.name]
    return create_model(title, __base__=ToolCall, tool=(name, ...), arguments=(tool.arguments, ...))
