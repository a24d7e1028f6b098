"""Pages of a document → blocks of each. What every page repeats and how its text is set is known only of all of them."""

from collections.abc import Iterator, Sequence

from domain.documents.blocks import Block
from domain.documents.pages import layout, running, styles, tables
from domain.documents.pages.runs import PageRuns


def blocks(pages: Sequence[PageRuns]) -> Iterator[list[Block]]:
    """In order. What has been read is emptied."""
    repeated = running.repeated(pages)
    for page in pages:
        page.runs = tables.with_tables(page.runs, page.rules)
        page.rules = []
    style = styles.style_of(pages)
    for page in pages:
        yield list(layout.blocks_of(page, style, repeated))
        page.runs = []
