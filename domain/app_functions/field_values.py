"""Fields of one's own: as people type them, what a model found of them, and all that was found as one list."""

from collections.abc import Mapping
from typing import Any

from domain.app_functions.marked_texts import (
    FIELDS,
    MAX_VALUES,
    TEXTS,
    VALUES,
    field_names,
    read_marks,
    with_marks,
)
from domain.workflows.functions import Function
from domain.workflows.types import Flag, List, Number, Quote, Record, Text

MAX_SHOWN = 3
SHOWN_CHARACTERS = 300


def state_fields(fields: list[str], examples: str) -> dict[str, Any]:
    """What a model is told of the fields, and the first examples that have marks."""
    names = field_names(fields)
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    shown = [line[:SHOWN_CHARACTERS] for line in lines if read_marks(line, names).spans]
    return {
        "names": names,
        "told": "\n".join(f"- {line}" for line in fields),
        "shown": "\n".join(shown[:MAX_SHOWN]),
        "marked": len(shown),
        "unmarked": len(lines) - len(shown),
    }


def keep_values(number: float, fields: list[str], values: list[dict[str, Any]]) -> dict[str, Any]:
    """Of what a model found in a text, what stands there and belongs to one of the fields; each once."""
    names = {name.casefold(): name for name in field_names(fields)}
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    for each in values:
        name, quote = names.get(each["field"].strip().casefold()), each["quote"]
        if name and quote["found"] and quote["text"].strip():
            row = {"text_number": number, "field": name, "value": quote["text"], "is_sure": False}
            kept.setdefault((name, quote["start"]), row | {"start": quote["start"], "end": quote["end"]})
    return {"values": list(kept.values())}


def unread_texts(texts: list[str], tagged: list[dict[str, Any]], is_trained: bool) -> dict[str, Any]:
    """With what the examples are not sure of; without enough examples all of them."""
    unsure = {each["text_number"] for each in tagged if not each["is_sure"]}
    left = [
        {"number": at, "text": text} for at, text in enumerate(texts, 1) if at in unsure or not is_trained
    ]
    return {"texts": left}


def join_values(
    texts: list[str], tagged: list[dict[str, Any]], asked: list[dict[str, Any]], is_trained: bool
) -> dict[str, Any]:
    """What the examples found; where they are not sure, a model that finds the same makes it sure. Without enough
    examples, what the model found, and nothing of it is sure."""
    said = {_place(each) for each in asked}
    found = (
        [{**each, "is_sure": each["is_sure"] or _place(each) in said} for each in tagged]
        if is_trained
        else asked
    )
    rows = sorted(found, key=lambda each: (each["text_number"], each["start"]))[:MAX_VALUES]
    of_text: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        of_text.setdefault(int(row["text_number"]), []).append(row)
    return {
        "rows": rows,
        "to_review": [row for row in rows if not row["is_sure"]],
        "marked": "\n".join(
            " ".join(with_marks(text, of_text.get(number, [])).split())
            for number, text in enumerate(texts, 1)
        ),
    }


def _place(value: Mapping[str, Any]) -> tuple[Any, ...]:
    return value["text_number"], value["field"], value["start"], value["end"]


_FOUND = List(of=Record(fields={"quote": Quote(), "field": Text()}))
FUNCTIONS = (
    Function(
        "state_fields",
        {"fields": FIELDS, "examples": Text(max_characters=400_000)},
        Record(
            fields={
                "names": FIELDS,
                "told": Text(),
                "shown": Text(),
                "marked": Number(),
                "unmarked": Number(),
            }
        ),
        state_fields,
    ),
    Function(
        "unread_texts",
        {"texts": TEXTS, "tagged": VALUES, "is_trained": Flag()},
        Record(fields={"texts": List(of=Record(fields={"number": Number(), "text": Text()}))}),
        unread_texts,
    ),
    Function(
        "keep_values",
        {"number": Number(), "fields": FIELDS, "values": _FOUND},
        Record(fields={"values": VALUES}),
        keep_values,
    ),
    Function(
        "join_values",
        {"texts": TEXTS, "tagged": VALUES, "asked": VALUES, "is_trained": Flag()},
        Record(fields={"rows": VALUES, "to_review": VALUES, "marked": Text(max_characters=400_000)}),
        join_values,
    ),
)
