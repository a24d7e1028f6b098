"""What the child process that reads pages without a text layer is called with, page by page. See `apps.knowledge.reader`."""

from pathlib import Path
from typing import Any

from domain.documents import content
from domain.documents.blocks import to_json
from domain.documents.errors import Unreadable
from domain.documents.ocr import pictures


def read_page(path: str, name: str, number: int) -> dict[str, Any]:
    """`blocks` of one page, from 1, or `error` with a code."""
    file = Path(path)
    try:
        picture = pictures.page(file, number, content.kind_of(file, name))
        if pictures.is_blank(picture):
            return {"blocks": []}
        # Loads the weights: not for the empty backs of sheets.
        from domain.documents.ocr import page

        return {"blocks": [to_json(block) for block in page.page_blocks(picture, number)]}
    except Unreadable as error:
        return {"error": error.code}
