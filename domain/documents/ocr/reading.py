"""What a child process of the readers is called with: page by page, then with all pages. See `apps.knowledge.reader`."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.documents import content
from domain.documents.blocks import Block, to_json
from domain.documents.errors import Unreadable
from domain.documents.ocr import pictures, sizes
from domain.documents.pages import document
from domain.documents.pages.runs import PageRuns, page_from_json, page_to_json


def read_page(path: str, name: str, number: int) -> dict[str, Any]:
    """`page` as it was recognised (`runs.page_to_json`; nothing of an empty one), from 1, or `error` with a code."""
    file = Path(path)
    try:
        picture = pictures.page(file, number, content.kind_of(file, name))
        if pictures.is_blank(picture):
            return {"page": None}
        # Loads the weights: not for the empty backs of sheets.
        from domain.documents.ocr import page

        runs = page.page_runs(picture, number)
        return {"page": page_to_json(runs) if runs.runs else None}
    except Unreadable as error:
        return {"error": error.code}


def blocks_of(pages: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Of all pages that were recognised in a document: their type and what they repeat are told together."""
    return [to_json(block) for block in blocks([page_from_json(page) for page in pages])]


def blocks(pages: Sequence[PageRuns]) -> list[Block]:
    sizes.set_alike(pages)
    return [block for of_page in document.blocks(pages) for block in of_page]
