"""Key fields of a picture, by a ready schema or by one's own, each with its place and what code could check of it."""

from collections.abc import Mapping
from typing import Any

from domain.documents.key_fields import checks, finding, schemas
from domain.documents.key_fields.forms import TELLING
from domain.documents.key_fields.lines import Found, rows_of
from domain.documents.key_fields.schemas import Field
from domain.workflows.functions import Function
from domain.workflows.types import (
    Boxes,
    Choice,
    Flag,
    List,
    Number,
    Picture,
    Quote,
    Record,
    Text,
    Words,
)
from domain.workflows.values import Finder

OWN, MAX_FIELDS = "own", 40
# Below, a person looks at the value.
LEAST_CONFIDENCE = 0.9
# Of what was told by its place alone, however well it was read.
BY_PLACE = 0.8
_READY = schemas.ready_schemas()
NAMES = Choice(
    options={OWN: Words(en="Own field", zh="自定字段")}
    | {
        field.name: Words(**(field.title or {}))
        for fields in reversed([*_READY.values()])
        for field in fields
    }
)
CHECKED = Choice(
    options={
        "checked": Words(en="checked", zh="已校验"),
        "wrong": Words(en="does not add up or fails its check digit", zh="未通过"),
        "not_checked": Words(en="not checked", zh="未校验"),
    }
)
VALUE = Record(
    fields={
        "field": NAMES.model_copy(update={"title": Words(en="Field", zh="字段")}),
        "value": Text(title=Words(en="Value", zh="值")),
        "name": Text(title=Words(en="Name of the field", zh="字段名")),
        "check": CHECKED.model_copy(update={"title": Words(en="Check", zh="校验")}),
        "confidence": Number(title=Words(en="Confidence in %", zh="置信度（%）")),
        "is_sure": Flag(title=Words(en="Sure", zh="确定")),
        "boxes": Boxes(),
    }
)
VALUES = List(of=VALUE, max_items=MAX_FIELDS)
OWN_FIELDS = List(of=Text(max_characters=200), max_items=MAX_FIELDS)


def read_fields(picture: Mapping[str, Any], schema: str, fields: list[str]) -> dict[str, Any]:
    """`schema`: a ready one, or “own” with `fields` as people type them. `left`: lines of own
    fields that have no value yet.
    """
    asked = schemas.typed_schema(fields) if schema == OWN else _READY.get(schema, ())
    found = finding.find(rows_of(picture["lines"]), asked)
    results = checks.check(schema, asked, found)
    rows = [
        _row(schema, field, found[field.name], results.get(field.name))
        for field in asked
        if field.name in found
    ]
    lines = [line for line in fields if line.replace("：", ":", 1).partition(":")[0].strip() not in found]
    return {"rows": rows, "left": lines if schema == OWN else [], "is_asked": bool(asked)}


def join_fields(
    picture: Mapping[str, Any], rows: list[dict[str, Any]], left: list[str], asked: list[dict[str, Any]]
) -> dict[str, Any]:
    """With what a model read of own fields that were `left`, where it stands in the text; none of that is sure."""
    names = {field.name.casefold(): field.name for field in schemas.typed_schema(left)}
    for each in asked:
        name = names.pop(each["field"].strip().casefold(), None)
        pieces = _pieces_with(picture, each["quote"]["text"]) if each["quote"]["found"] else ()
        if name and pieces:
            found = Found(each["quote"]["text"], pieces, by_label=False)
            rows = [*rows, _row(OWN, Field(name), found, None)]
    rows = rows[:MAX_FIELDS]
    return {"rows": rows, "to_review": [row for row in rows if not row["is_sure"]]}


def _row(schema: str, field: Field, found: Found, is_right: bool | None) -> dict[str, Any]:
    is_told = found.by_label or field.form in TELLING or bool(is_right)
    confidence = found.confidence * (1 if is_told else BY_PLACE)
    return {
        "field": OWN if schema == OWN else field.name,
        "value": found.value,
        "name": field.name if schema == OWN else "",
        "check": "not_checked" if is_right is None else "checked" if is_right else "wrong",
        "confidence": round(100 * confidence),
        "is_sure": confidence >= LEAST_CONFIDENCE and is_right is not False,
        "boxes": [list(piece.box) for piece in found.pieces],
    }


def _pieces_with(picture: Mapping[str, Any], words: str) -> tuple[Any, ...]:
    """The first line that holds the words, or the lines that are a part of them."""
    plain = "".join(words.split())
    pieces = [piece for row in rows_of(picture["lines"]) for piece in row]
    holding = (piece for piece in pieces if plain in "".join(piece.text.split()))
    # As a figure of its own: 5 does not stand in 2015.
    whole = next((piece for piece in holding if Finder(piece.text).place(words)["found"]), None)
    return (whole,) if whole else tuple(piece for piece in pieces if "".join(piece.text.split()) in plain)


_READ = List(of=Record(fields={"quote": Quote(), "field": Text()}))
FUNCTIONS = (
    Function(
        "read_fields",
        {"picture": Picture(), "schema": Text(), "fields": OWN_FIELDS},
        Record(fields={"rows": VALUES, "left": OWN_FIELDS, "is_asked": Flag()}),
        read_fields,
        seconds=10.0,
    ),
    Function(
        "join_fields",
        {"picture": Picture(), "rows": VALUES, "left": OWN_FIELDS, "asked": _READ},
        Record(fields={"rows": VALUES, "to_review": VALUES}),
        join_fields,
    ),
)
