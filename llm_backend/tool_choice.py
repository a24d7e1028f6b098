"""Which tools a request needs, as the schema of a model's answer: each call with the arguments of its own tool."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, NamedTuple, Union

from pydantic import BaseModel, ConfigDict, Field, create_model

from llm_backend import patterns
from llm_backend.unicode_forms import nfkc

_FIGURE = patterns.compile(r"[0-9]{3,}")
# Digits of one number in groups: 1,200, 138 0013 8000, 010-1234.
_GROUPS = patterns.compile(r"(?<=[0-9])[ ,-](?=[0-9])")
_POWERS = patterns.compile(r"[百千万亿]|hundred|thousand|million|[0-9] ?k\b", patterns.IGNORECASE)


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


def has_other_figures(arguments: Mapping[str, Any], request: str) -> bool:
    """A number of an order or a telephone that the request does not name is somebody else's. Amounts that are written in
    words (两百, 3万, two hundred) may come as numbers.
    """
    said = nfkc(request)
    written = {*_FIGURE.findall(said), *_figures_in_one(said)}
    has_words = bool(_POWERS.search(said))
    given = list(_plain_values(list(arguments.values())))
    texts = [nfkc(each) for each in given if isinstance(each, str)]
    for each in given:
        if isinstance(each, int | float) and not (isinstance(each, bool) or has_words):
            texts.append(f"{each:.15g}")
    return not all(
        written.issuperset(_FIGURE.findall(text)) or written.issuperset(_figures_in_one(text))
        for text in texts
    )


def _plain_values(value: Any) -> Iterator[Any]:
    """What lists and records hold."""
    if isinstance(value, list | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _plain_values(each)
    else:
        yield value


def _figures_in_one(text: str) -> set[str]:
    return set(_FIGURE.findall(_GROUPS.sub("", text)))
