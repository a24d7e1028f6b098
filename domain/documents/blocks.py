"""What every reader of a format gives: blocks in the order in which a person reads them."""

from dataclasses import dataclass
from enum import StrEnum


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    FORMULA = "formula"
    PICTURE = "picture"
    CAPTION = "caption"
    # Repeated on every page, such as a title and its number: shown on the page, never searched.
    PAGE_HEADER = "page_header"
    PAGE_FOOTER = "page_footer"


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on a page, in shares of its width and height from the upper left corner, 0 to 1."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Cell:
    """`row`, `column`: of its upper left corner, from 0; `rows`, `columns`: how many it spans."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1
    is_header: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """`text` is Markdown in NFC, also of a table, whose `cells` say what spans. `level`: of a heading, 1 to 6.

    `page` counts from 1 where the format has pages (slides are some), and `part` names where it stands otherwise: a sheet,
    an attachment. `box`: where on the page. `is_whole`: cut for no reason, such as a question with its answer.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    box: Box | None = None
    part: str = ""
    cells: tuple[Cell, ...] = ()
    is_whole: bool = False
