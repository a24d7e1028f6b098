"""What is said of a picture, each statement with the places that it rests on, held against the recognised text."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from domain.app_functions.picture_kinds import KINDS, STATEMENTS, WHOLE, Box, statement
from domain.workflows.functions import Function
from domain.workflows.types import MAX_ITEMS, Boxes, Cells, List, Picture, Record, Text, Type
from llm_backend import wording
from llm_backend.sentences import sentences

# Below, a line was guessed more than read.
LEAST_CONFIDENCE = 0.8
MOST_TOLD, MOST_ANSWERS, MOST_SENTENCES = 12, 5, 40
# Of a line's words, those that a sentence has.
LEAST_SHARED = 0.6


def describe_picture(picture: Mapping[str, Any], told: str, state: str) -> dict[str, Any]:
    """What a model that looked said, held against the text; else what stands there. Layout and tables come beside it."""
    blocks = picture["blocks"]
    unseen = "not_looked" if picture["is_recognised"] else "text_layer"
    looked = list(_cited(picture, told)) if state == "looked" else [statement(unseen, "", [])]
    description = [*looked, *([] if told else _composed(picture))]
    texts = [
        statement(
            block["kind"] if block["kind"] in KINDS.options else "paragraph", block["text"], block["boxes"]
        )
        for block in blocks
        if block["kind"] != "table"
    ]
    tables = [
        {"cells": block["cells"], "boxes": block["boxes"]} for block in blocks if block["kind"] == "table"
    ]
    return {"description": description[:MAX_ITEMS], "texts": texts, "tables": tables}


def answer_of_picture(
    picture: Mapping[str, Any], question: str, told: str, state: str
) -> dict[str, list[dict[str, Any]]]:
    """Without a model that looked, the lines that have the most of the question's words, as they stand there."""
    if state == "looked" and told:
        return {"answer": list(_cited(picture, told))}
    asked, rows = _words(question), _rows(picture)
    scored = [(len(asked & _words(_text(row))), number) for number, row in enumerate(rows)]
    best = [number for score, number in sorted(scored, key=lambda each: (-each[0], each[1])) if score]
    lines = [statement("found", _text(rows[number]), _boxes(rows[number])) for number in best[:MOST_ANSWERS]]
    return {"answer": lines or [statement("not_found", "", [])]}


def compare_readings(picture: Mapping[str, Any], transcript: str) -> dict[str, list[dict[str, Any]]]:
    """Numbers that stand in a model's reading or in recognised text, and not in both."""
    if not transcript or not picture["lines"]:
        return {"differences": []}
    read = set(_numbers(transcript))
    recognised = {number: line["boxes"] for line in picture["lines"] for number in _numbers(line["text"])}
    only_model = [statement("only_model", number, WHOLE) for number in sorted(read - recognised.keys())]
    others = [
        statement("only_recognised", number, boxes)
        for number, boxes in recognised.items()
        if number not in read
    ]
    return {"differences": [*only_model, *others][:MAX_ITEMS]}


def _composed(picture: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    lines, blocks = picture["lines"], picture["blocks"]
    pictures = [statement("picture", "", each["boxes"]) for each in blocks if each["kind"] == "picture"]
    if not lines:
        return [statement("no_text", "", []), *pictures]
    told = [statement("lines", str(len(_rows(picture))), WHOLE)]
    headings = [
        statement("heading", each["text"], each["boxes"]) for each in blocks if each["kind"] == "heading"
    ]
    told += headings[:MOST_TOLD] or [statement("begins", _text(_rows(picture)[0]), _boxes(_rows(picture)[0]))]
    for block in blocks:
        if block["kind"] == "table" and block["cells"]:
            size = [max(cell[at] + cell[at + 3] for cell in block["cells"]) for at in (0, 1)]
            told.append(statement("table", " × ".join(map(str, size)), block["boxes"]))
    hard = [line for line in lines if line["confidence"] < LEAST_CONFIDENCE]
    return [*told, *pictures, *(statement("hard", line["text"], line["boxes"]) for line in hard[:MOST_TOLD])]


def _cited(picture: Mapping[str, Any], told: str) -> Iterable[dict[str, Any]]:
    """Each sentence with the lines that it rests on; one that no line bears out rests on the picture as a whole."""
    known = {number for line in picture["lines"] for number in _numbers(line["text"])}
    for sentence in sentences(told)[:MOST_SENTENCES]:
        words = _words(sentence.text)
        rows = [row for row in _rows(picture) if _is_said(row, words)]
        kind = "other_number" if set(_numbers(sentence.text)) - known else "seen" if rows else "seen_only"
        boxes = [box for row in rows for box in _boxes(row)]
        yield statement(kind, sentence.text.strip(), boxes or WHOLE)


def _is_said(row: Sequence[Mapping[str, Any]], words: set[str]) -> bool:
    own = _words(_text(row))
    return bool(own) and len(own & words) >= LEAST_SHARED * len(own)


def _rows(picture: Mapping[str, Any]) -> list[list[Mapping[str, Any]]]:
    rows: dict[int, list[Mapping[str, Any]]] = {}
    for line in picture["lines"]:
        rows.setdefault(int(line["row"]), []).append(line)
    return [rows[number] for number in sorted(rows)]


def _text(row: Sequence[Mapping[str, Any]]) -> str:
    return " ".join(line["text"] for line in row)


def _boxes(row: Sequence[Mapping[str, Any]]) -> list[Box]:
    return [box for line in row for box in line["boxes"]]


def _words(text: str) -> set[str]:
    found = (token.text for token in wording.tokens(wording.normalise(text)))
    return {word for word in found if wording.is_content_word(word)}


def _numbers(text: str) -> list[str]:
    found = (token.text for token in wording.tokens(wording.normalise(text)))
    return [word.replace(",", "") for word in found if word[0].isdigit()]


_TOLD: Mapping[str, Type] = {"picture": Picture(), "told": Text(), "state": Text()}
_TABLES = List(of=Record(fields={"cells": Cells(), "boxes": Boxes()}), max_items=MAX_ITEMS)
FUNCTIONS = (
    Function(
        "describe_picture",
        _TOLD,
        Record(fields={"description": STATEMENTS, "texts": STATEMENTS, "tables": _TABLES}),
        describe_picture,
    ),
    Function(
        "answer_of_picture",
        {**_TOLD, "question": Text(optional=True)},
        Record(fields={"answer": STATEMENTS}),
        answer_of_picture,
    ),
    Function(
        "compare_readings",
        {"picture": Picture(), "transcript": Text()},
        Record(fields={"differences": STATEMENTS}),
        compare_readings,
    ),
)
