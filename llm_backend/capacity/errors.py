"""What a planner can refuse.

CapacityError
├── InvalidConfig       a config.json that is none, or a key of it that cannot be used
└── InvalidDeployment   hardware on which the model cannot be laid out
"""

from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from llm_backend.errors import gettext_noop

SHOWN_CHARACTERS = 60

NOT_JSON = gettext_noop("Not valid JSON: %(problem)s. Use the config.json next to the model's weights.")
MISSING = gettext_noop("“%(key)s” is missing. Use the model's complete config.json.")
TOO_SMALL = gettext_noop("“%(key)s” is %(value)s; the minimum is %(limit)s.")
TOO_LARGE = gettext_noop("“%(key)s” is %(value)s; the maximum is %(limit)s.")
UNKNOWN = gettext_noop("“%(key)s” is %(value)s; supported: %(known)s.")
WRONG_KIND = gettext_noop("“%(key)s” is %(value)s, which is the wrong type.")


class CapacityError(Exception):
    """`key` names what is wrong; `message` is untranslated and takes `values`."""

    def __init__(self, key: str, message: str, **values: object) -> None:
        self.key = key
        self.message = message
        self.values = {"key": key, **values}
        super().__init__(message % self.values)

    def worded(self, translate: Callable[[str], str]) -> str:
        return translate(self.message) % self.values


class InvalidConfig(CapacityError):
    pass


class InvalidDeployment(CapacityError):
    pass


def explain(failure: ValidationError, kind: type[CapacityError]) -> CapacityError:
    """The first of pydantic's objections, as a sentence that names the key."""
    first = failure.errors(include_url=False)[0]
    limits: dict[str, Any] = first.get("ctx", {})
    key = str(first["loc"][0]) if first["loc"] else "config.json"
    value = shorten(first["input"])
    match first["type"]:
        case "json_invalid":
            return kind(key, NOT_JSON, problem=limits["error"])
        case "missing":
            return kind(key, MISSING)
        case "greater_than_equal":
            return kind(key, TOO_SMALL, value=value, limit=limits["ge"])
        case "less_than_equal":
            return kind(key, TOO_LARGE, value=value, limit=f"{limits['le']:,}")
        case "literal_error" | "enum":
            # pydantic's `'a', 'b' or 'c'` without its English.
            choices = limits["expected"].replace("'", "").replace(" or ", ", ")
            return kind(key, UNKNOWN, value=value, known=choices)
        case _:
            return kind(key, WRONG_KIND, value=value)


def shorten(value: object) -> str:
    text = str(value)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
