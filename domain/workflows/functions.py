"""Functions that a step `compute` may call: those of the platform, and those of packages installed beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from domain.workflows.types import Choice, List, Number, Record, Text, Type, Words
from llm_backend.sentences import is_chinese, sentences

GROUP = "kongming.functions"
MAX_PARTS = 500


@dataclass(frozen=True)
class Function:
    """`run` takes the parameters by their names and gives the fields of `result`. It stands in a module, as it runs in a
    child process that is stopped after `seconds`.
    """

    name: str
    parameters: Mapping[str, Type]
    result: Record
    run: Callable[..., Mapping[str, Any]]
    seconds: float = 3.0


@cache
def all_functions() -> Mapping[str, Function]:
    """By name. An entry point names a `Function`; two of one name are a mistake of whoever installed them."""
    found = {function.name: function for function in (SPLIT_TEXT, DETECT_LANGUAGE)}
    for entry in entry_points(group=GROUP):
        function = entry.load()
        if not isinstance(function, Function) or function.name in found:
            raise TypeError(f"{entry.value} of {GROUP} is no Function, or its name is taken")
        found[function.name] = function
    return found


def call_by_name(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """In a child process, to which a name can be sent."""
    return dict(all_functions()[name].run(**arguments))


def split_text(text: str, characters: float) -> dict[str, list[str]]:
    """Parts of at most so many characters, cut between sentences; a longer sentence is cut where it is full."""
    limit = max(200, int(characters))
    parts: list[str] = []
    start = end = 0
    for sentence in sentences(text):
        for stop in (*range(sentence.start + limit, sentence.end, limit), sentence.end):
            if stop - start > limit and end > start:
                parts.append(text[start:end].strip())
                start = end
            end = stop
    parts.append(text[start:].strip())
    return {"parts": [part for part in parts if part][:MAX_PARTS]}


SPLIT_TEXT = Function(
    "split_text",
    {"text": Text(), "characters": Number()},
    Record(fields={"parts": List(of=Text(), max_items=MAX_PARTS)}),
    split_text,
)


def detect_language(text: str) -> dict[str, str]:
    """As a prompt names it: small models keep to a language that is named, and to “that of the text” they do not."""
    return {"language": "Chinese" if is_chinese(text) else "English"}


DETECT_LANGUAGE = Function(
    "detect_language",
    {"text": Text()},
    # A choice stands bare in a prompt, a text between tags.
    Record(
        fields={
            "language": Choice(
                options={"Chinese": Words(zh="中文", en="Chinese"), "English": Words(zh="英文", en="English")}
            )
        }
    ),
    detect_language,
)
