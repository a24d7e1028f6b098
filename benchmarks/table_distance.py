"""How alike two tables are: TEDS, the similarity by the distance of edits between their trees, as PubTabNet measures it.

1 is the same table, 0 nothing in common. A cell that was given another text counts as far as its text differs.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from itertools import groupby
from typing import Any

from apted import APTED, Config
from lxml import html
from rapidfuzz.distance import Levenshtein

from domain.documents.blocks import Cell


@dataclass
class Node:
    tag: str
    columns: int = 1
    rows: int = 1
    text: str = ""
    children: list["Node"] = field(default_factory=list)

    @cached_property
    def size(self) -> int:
        return 1 + sum(child.size for child in self.children)


class _Edits(Config):  # type: ignore[misc]
    def rename(self, one: Node, other: Node) -> float:
        if (one.tag, one.columns, one.rows) != (other.tag, other.columns, other.rows):
            return 1.0
        return Levenshtein.normalized_distance(one.text, other.text) if one.tag == "td" else 0.0

    def children(self, node: Node) -> list[Node]:
        return node.children


def similarity(found: str, wanted: str) -> float:
    """TEDS of two tables in HTML."""
    trees = [tree_of(found), tree_of(wanted)]
    distance = APTED(*trees, _Edits()).compute_edit_distance()
    return max(0.0, 1.0 - float(distance) / max(tree.size for tree in trees))


def rows_of(cells: Iterable[Cell]) -> list[list[Cell]]:
    in_order = sorted(cells, key=lambda cell: (cell.row, cell.column))
    return [list(row) for _row, row in groupby(in_order, key=lambda cell: cell.row)]


def rows_html(rows: Iterable[Iterable[Cell]], written: Callable[[str], str] = str) -> str:
    """`written`: how the text of a cell is compared."""
    cell_html = '<td rowspan="{0.rows}" colspan="{0.columns}">{1}</td>'
    texts = ("".join(cell_html.format(cell, escape(written(cell.text))) for cell in row) for row in rows)
    return "".join(f"<tr>{text}</tr>" for text in texts)


def tree_of(table: str) -> Node:
    (root,) = html.fragments_fromstring(table)
    return _node(root)


def _node(element: Any) -> Node:
    tag = "td" if element.tag == "th" else element.tag
    if tag == "td":
        text = "".join(element.itertext()).strip()
        return Node("td", int(element.get("colspan", 1)), int(element.get("rowspan", 1)), text)
    return Node(tag, children=[_node(child) for child in element if isinstance(child.tag, str)])
