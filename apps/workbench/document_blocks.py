"""What a document is made of, whatever its format."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Block:
    """`markdown`: what a model or the app's file wrote, which may have headings and lists of its own; the text of all
    others is plain. `rows`: of a table, the first one its headings.
    """

    kind: Literal["heading", "text", "markdown", "quote", "item", "note", "code", "table"]
    text: str = ""
    level: int = 1
    rows: Sequence[Sequence[str]] = field(default_factory=list)
