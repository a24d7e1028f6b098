"""Pages of a document → blocks of each. What every page repeats and how its text is set is known only of all of them."""

from collections.abc import Iterator, Sequence

from domain.documents.blocks import Block
from domain.documents.pages import continued, layout, running, styles, tables
from domain.documents.pages.runs import PageRuns


def blocks(pages: Sequence[PageRuns]) -> Iterator[list[Block]]:
    """In order. What has been read is emptied."""
    repeated = running.repeated(pages)
    all_sizes = styles.sizes_of(pages)
    for page in pages:
        page.runs = tables.with_tables(page.runs, page.rules)
        page.rules = []
    style = styles.style_of(pages, all_sizes)
    end: continued.End | None = None
    for page in pages:
        found = continued.with_names(list(layout.blocks_of(page, style, repeated)), end)
        end = continued.end_of(found)
        yield found
        page.runs = []
