"""What another system answered, as lines that a person, and the model, can read."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from apps.core.numbers import whole_number

MAX_TEXT_CHARACTERS = 1500
MAX_ITEMS = 20


class PathMissing(Exception):
    """The answer has no such part."""


def part_of(answer: Any, path: str) -> Any:
    """`items.0.status`: names of objects, places in lists. None where the other system says null. Raises PathMissing,
    with the step.
    """
    part = answer
    for step in filter(None, path.split(".")):
        if part is None:
            return None
        if isinstance(part, dict) and step in part:
            part = part[step]
        elif isinstance(part, list) and (place := whole_number(step)) is not None:
            part = part[place] if place < len(part) else None
        else:
            raise PathMissing(step)
    return part


def readable(part: Any) -> str:
    """`key: value` on lines of their own; empty for nothing."""
    if isinstance(part, dict | list):
        return cut("\n".join(_lines(part, "")))
    return cut(_word(part))


def cut(text: str) -> str:
    """Whole lines, as many as fit."""
    text = text.strip()
    if len(text) <= MAX_TEXT_CHARACTERS:
        return text
    beginning = text[:MAX_TEXT_CHARACTERS]
    return (beginning.rpartition("\n")[0] or beginning[:-1]) + "\n…"


def _lines(part: Any, name: str) -> Iterator[str]:
    if isinstance(part, dict):
        for key, inner in part.items():
            yield from _lines(inner, f"{name} · {_key(key)}" if name else _key(key))
    elif isinstance(part, list):
        yield from _items(part, name)
    elif word := _word(part):
        yield f"{name}: {word}" if name else word


def _items(items: list[Any], name: str) -> Iterator[str]:
    if not any(isinstance(item, dict | list) for item in items):
        words = ", ".join([*filter(None, map(_word, items[:MAX_ITEMS])), *_rest(items)])
        if words:
            yield f"{name}: {words}" if name else words
        return
    for number, item in enumerate(items[:MAX_ITEMS], start=1):
        yield from _lines(item, f"{name} {number}".strip())
    yield from _rest(items)


def _rest(items: list[Any]) -> list[str]:
    """That there are more than are shown: who reads must not take those for all."""
    if len(items) <= MAX_ITEMS:
        return []
    return [_("… and %(count)d more, not shown") % {"count": len(items) - MAX_ITEMS}]


def _key(key: str) -> str:
    return " ".join(str(key).replace("_", " ").split())


def _word(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return " ".join(str(value).split())
