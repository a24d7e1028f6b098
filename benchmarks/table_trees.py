"""TEDS: how alike two tables are as trees of rows and cells, as Zhong, ShafieiBavani and Jimeno Yepes defined it (2020)."""

from collections.abc import Sequence

from apted import APTED, Config
from rapidfuzz.distance import Levenshtein

from domain.documents.blocks import Cell


class Node:
    def __init__(self, tag: str, children: Sequence["Node"] = (), cell: Cell | None = None) -> None:
        self.tag, self.children, self.cell = tag, list(children), cell
        self.size: int = 1 + sum(child.size for child in children)


class CellCosts(Config):  # type: ignore[misc]
    """One to put in or take out a node, or to change how a cell spans; else as much of one as the texts differ."""

    def rename(self, one: Node, other: Node) -> float:
        if one.tag != other.tag:
            return 1.0
        if one.cell is None or other.cell is None:
            return 0.0
        if (one.cell.rows, one.cell.columns) != (other.cell.rows, other.cell.columns):
            return 1.0
        return Levenshtein.normalized_distance(*(plain(cell.text) for cell in (one.cell, other.cell)))

    def children(self, node: Node) -> list[Node]:
        return node.children


def teds(truth: Sequence[Cell], found: Sequence[Cell]) -> float:
    one, other = _tree(truth), _tree(found)
    distance = APTED(one, other, CellCosts()).compute_edit_distance()
    return float(max(0.0, 1 - distance / max(one.size, other.size)))


def plain(text: str) -> str:
    return "".join(text.split())


def _tree(cells: Sequence[Cell]) -> Node:
    rows: dict[int, list[Node]] = {}
    for cell in sorted(cells, key=lambda cell: (cell.row, cell.column)):
        rows.setdefault(cell.row, []).append(Node("td", cell=cell))
    return Node("table", [Node("tr", row) for row in rows.values()])
