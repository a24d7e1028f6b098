"""Suggested changes of a text, which a person accepts one by one: each is a quote of the text and what would replace it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from domain.workflows.types import List, Quote, Record, Text, Type

REPLACEMENT = "replacement"
SUGGESTIONS = "suggestions"


def suggested(text: Type, suggestions: Type) -> Record | None:
    """The type of an output that holds a text and what would change in it; None where the list has no quotes, or no texts
    called `replacement`.
    """
    if quote_field(suggestions) is None:
        return None
    return Record(fields={"text": text, SUGGESTIONS: suggestions})


def quote_field(suggestions: Type) -> str | None:
    """Which of its fields says what is replaced."""
    record = suggestions.of if isinstance(suggestions, List) else None
    if not isinstance(record, Record) or not isinstance(record.fields.get(REPLACEMENT), Text):
        return None
    return next((name for name, port in record.fields.items() if isinstance(port, Quote)), None)


def applicable(text: str, quotes: Sequence[Mapping[str, Any]]) -> list[bool]:
    """Of each quote whether it stands in the text, apart from all before it: only then one change leaves the other alone."""
    taken: list[tuple[int, int]] = []
    answers = []
    for quote in quotes:
        start, end = quote["start"], quote["end"]
        stands = quote["found"] and text[start:end] == quote["text"]
        is_apart = stands and all(end <= other or start >= stop for other, stop in taken)
        taken += [(start, end)] * is_apart
        answers.append(bool(is_apart))
    return answers


def with_accepted(
    text: str, quotes: Sequence[Mapping[str, Any]], replacements: Sequence[str], accepted: Collection[int]
) -> str:
    """The text with the accepted ones of its suggestions, by their numbers in the list."""
    may = applicable(text, quotes)
    chosen = [number for number in range(len(quotes)) if number in accepted and may[number]]
    for number in sorted(chosen, key=lambda each: -quotes[each]["start"]):
        quote = quotes[number]
        text = text[: quote["start"]] + replacements[number] + text[quote["end"] :]
    return text
