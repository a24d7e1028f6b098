"""JSON lines that a hospital provides to learn from."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

RowType = TypeVar("RowType", bound=BaseModel)


class RowsUnreadable(ValueError):
    """A line is not what is expected; the text says which one and why, without repeating what it holds."""


def read_rows(content: str, kind: type[RowType]) -> list[RowType]:
    """Raises RowsUnreadable."""
    rows = []
    for number, line in enumerate(content.splitlines(), start=1):
        if not line.strip():
            continue
        try:
            rows.append(kind.model_validate_json(line))
        except ValidationError as error:
            # Not the value itself: rows are patients' words, and messages end up in logs.
            raise RowsUnreadable(f"line {number}: {error.errors()[0]['msg']}") from error
    return rows
