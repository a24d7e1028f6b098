"""A part of a text that is written anew, and put back in its place."""

from typing import Any

from domain.app_functions.text_rules import length
from domain.app_functions.text_surgery import plain
from domain.workflows.functions import Function
from domain.workflows.types import Choice, Flag, Record, Text
from domain.workflows.values import Finder
from llm_backend.sentences import is_chinese

# What a model sees of the text around, so that the part fits in.
AROUND_CHARACTERS = 600
WHOLE = Text(max_characters=100_000)
ACTS = ("rewrite", "shorten", "expand", "continue")


def find_selection(text: str, selection: str) -> dict[str, Any]:
    """The first place of the selection, whatever its white space; an empty one is the whole text."""
    place = Finder(text).place(selection)
    start, end = (place["start"], place["end"]) if place["found"] else (0, len(text))
    return {
        "before": text[:start],
        "part": text[start:end],
        "after": text[end:],
        "lead": text[max(0, start - AROUND_CHARACTERS) : start],
        "follow": text[end : end + AROUND_CHARACTERS],
        "is_found": place["found"] or not selection.strip(),
        "stands_again": place["found"] and Finder(text[end:]).place(selection)["found"],
    }


def replace_selection(before: str, part: str, after: str, answer: str, act: str) -> dict[str, Any]:
    """`is_held`: that something was written, in the language of the part, and shorter or longer where that was asked for.
    Where it is not, the text stays as it was."""
    written = plain(answer)
    for tag in ("part", "text"):
        written = written.removeprefix(f"<{tag}>").removesuffix(f"</{tag}>").strip()
    language = "Chinese" if is_chinese(part) else "English"
    size, was = length(written, language), length(part, language)
    is_in_language = bool(size) and is_chinese(written) == is_chinese(part)
    is_sized = {"shorten": size < was, "expand": size > was}.get(act, True)
    if not (is_in_language and is_sized):
        return {"part": part, "text": before + part + after, "is_held": False}
    space = part[len(part.rstrip()) :]
    if act == "continue":
        gap = "" if language == "Chinese" and "\n" not in space else space or " "
        written = f"{part.rstrip()}{gap}{written}"
    return {"part": written, "text": f"{before}{written}{space}{after}", "is_held": True}


FUNCTIONS = (
    Function(
        "find_selection",
        {"text": WHOLE, "selection": Text()},
        Record(
            fields={
                **dict.fromkeys(("before", "part", "after", "lead", "follow"), WHOLE),
                "is_found": Flag(),
                "stands_again": Flag(),
            }
        ),
        find_selection,
    ),
    Function(
        "replace_selection",
        {
            **dict.fromkeys(("before", "part", "after", "answer"), WHOLE),
            "act": Choice(options=list(ACTS)),
        },
        Record(fields={"part": WHOLE, "text": WHOLE, "is_held": Flag()}),
        replace_selection,
    ),
)
