"""What is wrong with an app file: by a code, which the desk words for people, and the place where it stands."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

Path = tuple[str | int, ...]


class Mark(NamedTuple):
    """Line and column, counted from 1. `lines_below`: of a block of text, how far its first line is from its mark."""

    line: int = 1
    column: int = 1
    lines_below: int = 0


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
