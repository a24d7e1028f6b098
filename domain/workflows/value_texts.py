"""Values as people read them in a line of text, in their language."""

from collections.abc import Mapping
from typing import Any

from domain.workflows import expressions, types
from domain.workflows.types import Choice, Record, Type, Words

YES, NO = Words(en="yes", zh="是"), Words(en="no", zh="否")
COLON, COMMA, SEMICOLON = Words(en=": ", zh="："), Words(en=", ", zh="、"), Words(en="; ", zh="；")


def text_of(port: Type, value: Any, language: str) -> str:
    """Records of a list stand one below the other. What is looked at and not read says nothing."""
    if isinstance(value, bool):
        return (YES if value else NO).in_language(language)
    if isinstance(port, Choice) and value in port.options:
        return port.options[value].in_language(language) or str(value)
    if isinstance(value, list) and (item := types.item_of(port)):
        texts = list(filter(None, (text_of(item, each, language) for each in value)))
        is_below = isinstance(item, Record)
        return (
            "".join(f"\n- {text}" for text in texts) if is_below else COMMA.in_language(language).join(texts)
        )
    if isinstance(port, Record):
        return SEMICOLON.in_language(language).join(text_lines(port.fields, value, language).values())
    if isinstance(value, dict):
        return str(value.get("text", ""))
    return expressions.plain_text(port, value) if isinstance(value, str | int | float) else ""


def text_lines(fields: Mapping[str, Type], values: Mapping[str, Any], language: str) -> dict[str, str]:
    """By name each value that says anything, under what people call it."""
    colon, lines = COLON.in_language(language), {}
    for name, port in fields.items():
        if text := text_of(port, values[name], language):
            label = f"{types.label_of(name, port, language)}{colon}"
            lines[name] = (label.rstrip() if text.startswith("\n") else label) + text
    return lines
