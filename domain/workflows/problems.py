"""What is wrong with an app file: by a code, which the desk words for people, and the place where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Path = tuple[str | int, ...]


# What pydantic found → our code; anything else is `wrong_value`.
CODES = {
    "missing": "missing_field",
    "extra_forbidden": "unknown_field_of_file",
    "string_type": "text_needed",
    "int_type": "number_needed",
    "float_type": "number_needed",
    "int_parsing": "number_needed",
    "float_parsing": "number_needed",
    "bool_type": "flag_value_needed",
    "bool_parsing": "flag_value_needed",
    "list_type": "list_needed",
    "dict_type": "mapping_needed",
    "model_type": "mapping_needed",
    "model_attributes_type": "mapping_needed",
    "string_pattern_mismatch": "bad_name",
    "union_tag_invalid": "unknown_kind",
    "literal_error": "unknown_option",
    "union_tag_not_found": "kind_missing",
    "string_too_short": "empty_value",
    "too_short": "empty_value",
    "string_too_long": "too_long",
    "too_long": "too_long",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
}


class Mark(NamedTuple):
    """Line and column, counted from 1. `lines_below`: of a block of text, how far its first line is from its mark."""

    line: int = 1
    column: int = 1
    lines_below: int = 0

    def at_line(self, number: int) -> "Mark":
        """Of a line of the text that stands here, counted from 0."""
        line = self.line + self.lines_below + number
        return Mark(line, self.column if line == self.line else 1)


BEGINNING = Mark()


@dataclass(frozen=True)
class Problem:
    """`names`: what the words of the code speak of, such as `name` or `limit`."""

    code: str
    mark: Mark = BEGINNING
    names: Mapping[str, str] = field(default_factory=dict)


class FileRefused(Exception):
    """The file cannot be used as an app."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(", ".join(f"{each.code} in line {each.mark.line}" for each in problems))
        self.problems = list(problems)


def problem_of(error: Any, mark: Mark = BEGINNING) -> Problem:
    """One of the errors that pydantic found. `name`: of the part that is wrong."""
    context = {name: str(value) for name, value in error.get("ctx", {}).items()}
    limit = next(
        (context[name].removesuffix(".0") for name in ("max_length", "le", "ge") if name in context), ""
    )
    known = context.get("expected_tags", context.get("expected", ""))
    name = next((part for part in reversed(error["loc"]) if isinstance(part, str)), "")
    names = {"name": name, "limit": limit, "known": known}
    return Problem(CODES.get(error["type"], "wrong_value"), mark, names)
