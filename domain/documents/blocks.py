"""What every reader of a format gives: blocks in the order in which a person reads them."""

from collections.abc import Iterable, Mapping
from dataclasses import astuple, dataclass
from enum import StrEnum
from typing import Any


class BlockKind(StrEnum):
    HEADING = "heading"
    PARAGRAPH = "paragraph"
    LIST = "list"
    TABLE = "table"
    CODE = "code"
    FORMULA = "formula"
    PICTURE = "picture"
    CAPTION = "caption"
    # Repeated on every page, such as a title and its number: on a page never searched, and said once where there are none.
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
    """`text` is Markdown in NFC, also of a table, whose `cells` say what spans; of a heading the title alone. `level`: of a
    heading, 1 to 6.

    `page` counts from 1 where the format has pages (slides are some), and `part` names where it stands otherwise: a sheet,
    an attachment. `box`: where on the page. `is_whole`: cut for no reason, such as a question with its answer. `columns`:
    what the first line and the rest of it are called, where `text` does without. `is_apart`: no heading before it holds
    for it, as on a slide without a title.
    """

    kind: BlockKind
    text: str
    level: int = 0
    page: int | None = None
    box: Box | None = None
    part: str = ""
    cells: tuple[Cell, ...] = ()
    is_whole: bool = False
    columns: tuple[str, ...] = ()
    is_apart: bool = False

    @property
    def is_repeated(self) -> bool:
        """Shown on a page, and no part of what the document says."""
        return self.kind in RUNNING and self.page is not None


RUNNING = frozenset({BlockKind.PAGE_HEADER, BlockKind.PAGE_FOOTER})


def markdown_of(blocks: Iterable[Block]) -> str:
    """The whole document as one text, of a table's rows with the names of their columns."""
    return "\n\n".join(_markdown(block) for block in blocks if not block.is_repeated)


def _markdown(block: Block) -> str:
    if block.columns:
        return "\n".join(map(": ".join, zip(block.columns, block.text.split("\n", 1), strict=False)))
    return f"{'#' * block.level} {block.text}" if block.kind is BlockKind.HEADING else block.text


def to_json(block: Block) -> dict[str, Any]:
    """What a child process answers of a block; `from_json` makes the block of it again. What is not said is left out."""
    written: dict[str, Any] = {"kind": block.kind.value, "text": block.text}
    for name in ("level", "page", "part", "is_whole", "columns", "is_apart"):
        if value := getattr(block, name):
            written[name] = value
    if block.box:
        written["box"] = [round(share, 4) for share in astuple(block.box)]
    if block.cells:
        written["cells"] = [astuple(cell) for cell in block.cells]
    return written


def from_json(written: Mapping[str, Any]) -> Block:
    return Block(
        kind=BlockKind(written["kind"]),
        text=written["text"],
        level=written.get("level", 0),
        page=written.get("page"),
        box=Box(*written["box"]) if "box" in written else None,
        part=written.get("part", ""),
        cells=tuple(Cell(*cell) for cell in written.get("cells", ())),
        is_whole=written.get("is_whole", False),
        columns=tuple(written.get("columns", ())),
        is_apart=written.get("is_apart", False),
    )
