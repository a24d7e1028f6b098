"""What people work with as the beginning of a question: whoever keeps such rows says how one is read, and the page of a new
question reads it by its kind and key. No text stands in an address.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from apps.accounts.actors import Actor
from apps.core.errors import NotFound
from apps.evaluation.adapters import Adapter

# A question holds no more.
MAX_CHARACTERS = 2000


@dataclass(frozen=True)
class Work:
    """What was asked or put in and, where it is known, what came out."""

    text: str
    answer: str = ""


# Of a key; checks that the actor may read it. Raises NotFound and PermissionDenied.
Reader = Callable[[Actor, str], Work]
_readers: dict[str, Reader] = {}


def register(kind: str, reader: Reader) -> None:
    _readers[kind] = reader


def initial_of(address: str, adapter: Adapter, actor: Actor) -> dict[str, Any]:
    """What the form of a new question begins with, by “kind:key”. Raises NotFound and PermissionDenied."""
    kind, _colon, key = address.partition(":")
    if kind not in _readers or not adapter.work_set:
        raise NotFound
    found = _readers[kind](actor, key)
    initial = {"question_set": adapter.work_set, "text": found.text[:MAX_CHARACTERS]}
    expected = adapter.expected_field(adapter.work_set)
    return initial | ({expected: found.answer} if expected else {})


def longest_text(value: Any) -> str:
    """Of nested values, the text that tells most."""
    texts, left = [""], [value]
    while left:
        each = left.pop()
        if isinstance(each, str):
            texts.append(each)
        elif isinstance(each, dict):
            left += each.values()
        elif isinstance(each, list):
            left += each
    return max(texts, key=len)
