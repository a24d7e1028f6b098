"""The types of ports: what an app takes, what passes between its steps, what it gives."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

MAX_TEXT_CHARACTERS = 400_000
MAX_ITEMS = 1000
# Of a table, which queries and functions go through at once; a loop goes through no more items than its step says.
MAX_ROWS = 5000
MAX_FIELDS = 40

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Words(Strict):
    """What people read, in one language or in both. A plain text stands for both."""

    en: str = Field(default="", max_length=2000)
    zh: str = Field(default="", max_length=2000)

    @model_validator(mode="before")
    @classmethod
    def _of_plain_text(cls, value: Any) -> Any:
        return {"en": value, "zh": value} if isinstance(value, str) else value

    def in_language(self, code: str) -> str:
        return (self.zh or self.en) if code.startswith("zh") else (self.en or self.zh)


class Port(Strict):
    """`title`, `help`: for people; `help` tells the model, too, what belongs here."""

    title: Words = Words()
    help: Words = Words()


class Text(Port):
    type: Literal["text"] = "text"
    max_characters: int = Field(default=20_000, ge=1, le=MAX_TEXT_CHARACTERS)
    optional: bool = False


class Number(Port):
    """One that is missing is null: it is written as nothing, and no comparison with it holds."""

    type: Literal["number"] = "number"
    min: float | None = None
    max: float | None = None
    optional: bool = False


class Flag(Port):
    type: Literal["flag"] = "flag"


class Choice(Port):
    """`options`: the code that passes between steps, with the words that people read."""

    type: Literal["choice"] = "choice"
    options: dict[str, Words] = Field(min_length=1, max_length=100)
    optional: bool = False

    @field_validator("options", mode="before")
    @classmethod
    def _of_list(cls, value: Any) -> Any:
        return {str(each): str(each) for each in value} if isinstance(value, list) else value


class Quote(Port):
    """Words that stand in the step's source. A model writes them, code looks for them there."""

    type: Literal["quote"] = "quote"


class List(Port):
    type: Literal["list"] = "list"
    of: "Type"
    max_items: int = Field(default=100, ge=1, le=MAX_ITEMS)


class Record(Port):
    type: Literal["record"] = "record"
    fields: dict[Name, "Type"] = Field(max_length=MAX_FIELDS)


class Table(Port):
    """Rows under the same columns."""

    type: Literal["table"] = "table"
    columns: dict[Name, "Type"] = Field(min_length=1, max_length=MAX_FIELDS)


class File(Port):
    """A document that somebody hands over: what steps see of it is its text."""

    type: Literal["file"] = "file"
    optional: bool = False


class Picture(Port):
    """A photo, a scan, a screenshot or a page of a PDF, with the text that was read of it. `page_from`: the input that says
    which page.
    """

    type: Literal["picture"] = "picture"
    optional: bool = False
    page_from: Name | None = None


class Boxes(Port):
    """Places on the picture that came in, each as left, top, right and bottom in shares of it. A record lights its own."""

    type: Literal["boxes"] = "boxes"


class Cells(Port):
    """A table as it stands on a page: of each cell its row and column, its text, how many rows and columns it spans, and
    whether it is a heading.
    """

    type: Literal["cells"] = "cells"


class Collection(Port):
    """One of the organisation's collections of documents, by its id."""

    type: Literal["collection"] = "collection"


class Passages(Port):
    """What was found in documents, under the numbers that they are cited by."""

    type: Literal["passages"] = "passages"


Type = Annotated[
    Text
    | Number
    | Flag
    | Choice
    | Quote
    | List
    | Record
    | Table
    | File
    | Picture
    | Boxes
    | Cells
    | Collection
    | Passages,
    Field(discriminator="type"),
]
for _model in (List, Record, Table):
    _model.model_rebuild()

# What the parts of a value of the platform's own are called in an app file.
QUOTE_FIELDS: Mapping[str, Type] = {"text": Text(), "start": Number(), "end": Number(), "found": Flag()}
FILE_FIELDS: Mapping[str, Type] = {"name": Text(), "text": Text(max_characters=MAX_TEXT_CHARACTERS)}
# The picture itself, `jpeg` as base64, is for models that look at it and for the page of the run.
PICTURE_FIELDS: Mapping[str, Type] = {
    "name": Text(),
    "text": Text(max_characters=MAX_TEXT_CHARACTERS),
    "is_recognised": Flag(),
    "lines": List(
        max_items=MAX_ITEMS,
        of=Record(
            fields={
                "text": Text(),
                "confidence": Number(),
                "row": Number(),
                "left": Number(),
                "right": Number(),
                "boxes": Boxes(),
            }
        ),
    ),
    "blocks": List(
        max_items=MAX_ITEMS,
        of=Record(fields={"kind": Text(), "text": Text(), "boxes": Boxes(), "cells": Cells()}),
    ),
}
PASSAGE = Record(fields={"number": Number(), "title": Text(), "heading": Text(), "text": Text()})
_FIELDS_OF: Mapping[type[Port], Mapping[str, Type]] = {
    Quote: QUOTE_FIELDS,
    File: FILE_FIELDS,
    Picture: PICTURE_FIELDS,
}
TEXTS = (Text, Choice, Quote, Number)


def fields_of(port: Type) -> Mapping[str, Type]:
    """What stands behind a dot."""
    if isinstance(port, Record):
        return port.fields
    return next((fields for kind, fields in _FIELDS_OF.items() if isinstance(port, kind)), {})


def item_of(port: Type) -> Type | None:
    """What a loop goes through; None where there is nothing to go through."""
    if isinstance(port, List):
        return port.of
    if isinstance(port, Table):
        return Record(fields=port.columns)
    return PASSAGE if isinstance(port, Passages) else None


def name_of(port: Type) -> str:
    """As an app file writes it: “list of record”."""
    return f"list of {name_of(port.of)}" if isinstance(port, List) else port.type


def label_of(name: str, port: Type, language: str) -> str:
    """What people read above a value."""
    return port.title.in_language(language) or name.replace("_", " ").capitalize()


def described(record: Record) -> dict[str, str]:
    """What a model is told of fields with a title, by their path, as `rows[].price`: a name may be made of a Chinese title,
    and say nothing.
    """
    parts = {
        path: _words_of(port) for name, port in record.fields.items() for path, port in _paths(name, port)
    }
    return {path: words for path, words in parts.items() if words}


def _paths(path: str, port: Type) -> Iterator[tuple[str, Type]]:
    yield path, port
    if isinstance(port, List):
        yield from _paths(f"{path}[]", port.of)
    if isinstance(port, Record):
        for name, each in port.fields.items():
            yield from _paths(f"{path}.{name}", each)


def _words_of(port: Type) -> str:
    title, hint = (words.zh or words.en for words in (port.title, port.help))
    options = f"one of {', '.join(port.options)}" if isinstance(port, Choice) else ""
    return ": ".join(filter(None, (title, hint, options))) if title else ""


def fits(port: Type, given: Type) -> bool:
    """Whether a value of type `given` may stand where `port` is asked for."""
    if isinstance(port, Text):
        return isinstance(given, Text | Choice | Quote)
    if isinstance(port, List) and isinstance(given, List | Table):
        item = item_of(given)
        return item is not None and fits(port.of, item)
    if isinstance(port, Record) and isinstance(given, Record):
        return all(
            name in given.fields and fits(each, given.fields[name]) for name, each in port.fields.items()
        )
    if isinstance(port, Choice) and isinstance(given, Choice):
        return set(given.options) <= set(port.options)
    return type(port) is type(given)


def shared_type(first: Type, second: Type) -> Type | None:
    """The type of a value that is one or the other; None where they have none in common."""
    if fits(first, second):
        return first
    if fits(second, first):
        return second
    return Text() if fits(Text(), first) and fits(Text(), second) else None


def empty(port: Type) -> Any:
    """What stands for the result of a step that was passed over."""
    if isinstance(port, Record):
        return {name: empty(each) for name, each in port.fields.items()}
    if isinstance(port, Quote):
        return {"text": "", "start": None, "end": None, "found": False}
    if isinstance(port, File):
        return {"name": "", "text": ""}
    if isinstance(port, Picture):
        return {name: empty(each) for name, each in PICTURE_FIELDS.items()} | {"jpeg": ""}
    if isinstance(port, List | Table | Passages | Boxes | Cells):
        return []
    if isinstance(port, Flag):
        return False
    return "" if isinstance(port, Text | Choice | Collection) else None


def inside(port: Type) -> Iterator[Type]:
    """The type and all that it is made of."""
    yield port
    item = item_of(port)
    within = (
        [item] if item else [] if isinstance(port, Quote | File | Picture) else list(fields_of(port).values())
    )
    for each in within:
        yield from inside(each)


def json_schema(port: Type, *, is_sent: bool = False) -> dict[str, Any]:
    """The contract of a value, for the API's callers. `is_sent`: by them; then what is optional may be left out."""
    words = {"title": port.title.in_language("en"), "description": port.help.in_language("en")}
    schema = {name: text for name, text in words.items() if text} | _plain_schema(port, is_sent)
    is_nullable = isinstance(port, Number | Choice) and port.optional
    return schema | ({"nullable": True} if is_nullable else {})


def _plain_schema(port: Type, is_sent: bool) -> dict[str, Any]:
    if isinstance(port, Text):
        return {"type": "string", "maxLength": port.max_characters}
    if isinstance(port, Number):
        bounds = {"minimum": port.min, "maximum": port.max}
        return {"type": "number", **{name: bound for name, bound in bounds.items() if bound is not None}}
    if isinstance(port, Flag):
        return {"type": "boolean"}
    if isinstance(port, Choice):
        return {"type": "string", "enum": list(port.options)}
    if isinstance(port, Boxes | Cells):
        return {"type": "array", "items": {"type": "array", "items": {}}}
    if item := item_of(port):
        limit = port.max_items if isinstance(port, List) else MAX_ROWS
        return {"type": "array", "maxItems": limit, "items": json_schema(item, is_sent=is_sent)}
    if fields := fields_of(port):
        members = {name: json_schema(each, is_sent=is_sent) for name, each in fields.items()}
        return {
            "type": "object",
            "properties": members,
            "required": [
                name for name in members if not (is_sent and getattr(fields[name], "optional", False))
            ],
            "additionalProperties": False,
        }
    return {"type": "string", "format": "uuid"}
