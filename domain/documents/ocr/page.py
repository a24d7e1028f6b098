"""A picture of a page → its blocks."""

from dataclasses import replace
from statistics import median

from domain.documents.blocks import Block
from domain.documents.ocr import engine, layout, rules


def page_blocks(picture: engine.Picture, number: int | None = None) -> list[Block]:
    """Of a picture in RGB, in reading order; none for a page on which nothing is written. `number`: of the page, from 1."""
    return blocks_of(engine.read(picture), number)


def blocks_of(reading: engine.Reading, number: int | None = None) -> list[Block]:
    """Of what was read of a page."""
    if not reading.lines:
        return []
    letter_height = median(line.height for line in reading.lines)
    across, ruled = rules.find(reading.upright, letter_height)
    return [replace(block, page=number) for block in layout.blocks_of(reading.lines, across, ruled)]
