"""What the readers make of documents whose structure is known: tables, headings, reading order, characters."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Annotated, Any

from rapidfuzz import fuzz
from rapidfuzz.distance import Levenshtein

from benchmarks import made_documents, progress, table_distance
from benchmarks.made_documents import MadeDocument
from domain.documents import blocks as block_forms
from domain.documents import markdown, reading
from domain.documents.blocks import RUNNING, Block, BlockKind, Cell
from domain.documents.ocr import reading as ocr_reading
from llm_backend import patterns

COMMAND = "eval documents"
# The readers were written with those before this one at hand; that of scans also with 2,900 to 2,959.
FIRST = 2000
# Every other scan is of this kind.
DPI = (150, 200)
# A table that shares less than this with another one is none of its readings.
LEAST_ALIKE = 0.2
# Of a piece, by which it is found in what was read.
BEGINNING = 30
_MARKER = patterns.compile(r"(?m)^(?:- |\S{1,4} )")

_NO_MARKS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", "*_`")


def run(
    documents: Annotated[int, "how many are made"] = 60,
    first: Annotated[int, "number of the first; the readers were written with those before 2000"] = FIRST,
    scanned: Annotated[int, "how many of them are also read as scans, in seconds for each page"] = 0,
    details: Annotated[Path | None, "write each document and what was read of it here"] = None,
    peers: Annotated[Path | None, "a folder of Markdown for each peer, named as by --details, in one"] = None,
) -> dict[str, Any]:
    made = [made_documents.made(first + number) for number in range(documents)]
    figures: dict[str, Any] = {"trained_on": [], "tested_on": [f"{documents} made documents"]}
    with TemporaryDirectory() as folder:
        kept = details or Path(folder)
        scores = []
        for document in progress.counted("documents", made):
            path = kept / f"{document.number}.pdf"
            path.write_bytes(document.pdf())
            scores.append(_scores(document, _read(path)))
        figures |= _means(scores)
        for document in progress.counted("scans", made[:scanned]):
            number = document.number
            scan = kept / f"{number}.scan.pdf"
            scan.write_bytes(
                made_documents.scan(kept / f"{number}.pdf", Random(number), DPI[number % len(DPI)])
            )
            scores.append(_scores(document, _read(scan)))
        figures |= _means(scores[documents:], "_scanned")
    for peer in sorted(peers.iterdir()) if peers else ():
        texts = ((peer / f"{document.number}.md").read_text(encoding="utf-8") for document in made)
        read = (list(markdown.blocks(text)) for text in texts)
        figures |= _means(list(map(_scores, made, read)), f"_{peer.name}")
    return figures


def _read(path: Path) -> list[Block]:
    """As documents are, in this process; beside the PDF it leaves the Markdown."""
    answer = reading.read(str(path), path.name)
    written = answer["blocks"]
    pages = [ocr_reading.read_page(str(path), path.name, number) for number in answer["pictures"]]
    written += ocr_reading.blocks_of([page["page"] for page in pages if page.get("page")])
    blocks = [block_forms.from_json(each) for each in written]
    path.with_suffix(".md").write_text(block_forms.markdown_of(blocks), encoding="utf-8")
    return blocks


def _means(scores: Sequence[dict[str, list[float]]], suffix: str = "") -> dict[str, float]:
    values = {name: [each for score in scores for each in score[name]] for name in (scores or [{}])[0]}
    return {f"{name}{suffix}": round(fmean(some), 4) for name, some in sorted(values.items())}


def _scores(document: MadeDocument, found: Sequence[Block]) -> dict[str, list[float]]:
    said, pieces = [block for block in found if block.kind not in RUNNING], _pieces(document)
    text = plain("".join(map(_text, said)))
    return {
        "table_teds": _tables(document, said),
        "heading_f1": [_heading_f1(document, said, has_level=True)],
        "heading_text_f1": [_heading_f1(document, said, has_level=False)],
        "reading_order": [_order(pieces, text)],
        "characters": [_characters(document, pieces, text)],
    }


def _text(block: Block) -> str:
    if block.cells:
        return "".join(cell.text for cell in block.cells)
    return _MARKER.sub("", block.text) if block.kind is BlockKind.LIST else block.text


def _pieces(document: MadeDocument) -> list[str]:
    """What stands in the document without a space in it, in reading order; a note's number behind what it is about."""
    pieces, notes = [], 0
    for item in document.items:
        if item["kind"] == "table":
            pieces.append("".join(cell["text"] for cell in item["cells"]))
        elif item["kind"] == "list":
            pieces += item["items"]
        else:
            notes += bool(item.get("note"))
            pieces.append(f"{item['text']}{notes}" if item.get("note") else item["text"])
    return [plain(piece) for piece in pieces]


def _tables(document: MadeDocument, found: Sequence[Block]) -> list[float]:
    """Of each table, and a zero for each that is none."""
    left_over = [block.cells for block in found if block.kind is BlockKind.TABLE]
    scores = []
    for item in (item for item in document.items if item["kind"] == "table"):
        cells = [Cell(**cell) for cell in item["cells"]]
        alike = [fuzz.ratio(_cell_text(cells), _cell_text(table)) / 100 for table in left_over]
        if not alike or max(alike) < LEAST_ALIKE:
            scores.append(0.0)
            continue
        found_cells = left_over.pop(alike.index(max(alike)))
        scores.append(table_distance.similarity(_html(found_cells), _html(cells)))
    return scores + [0.0] * len(left_over)


def _html(cells: Sequence[Cell]) -> str:
    rows = table_distance.rows_of(cells)
    return f"<table>{table_distance.rows_html(rows, plain)}</table>"


def plain(text: str) -> str:
    """Without spaces, nor the marks with which Markdown sets bold and code: no document has them. Numbers of notes count
    whether they stand above the line or on it.
    """
    return "".join(text.translate(_NO_MARKS).split())


def _cell_text(cells: Sequence[Cell]) -> str:
    return plain("".join(cell.text for cell in cells))


def _heading_f1(document: MadeDocument, found: Sequence[Block], *, has_level: bool) -> float:
    """A heading is right whose words are, and its level, unless only words are asked."""
    wanted = [(item["text"], item["level"]) for item in document.items if item["kind"] == "heading"]
    told = [(block.text, block.level) for block in found if block.kind is BlockKind.HEADING]
    right, read = (
        Counter((plain(text), level * has_level) for text, level in each) for each in (wanted, told)
    )
    return 2 * (right & read).total() / (right.total() + read.total())


def _order(pieces: Sequence[str], text: str) -> float:
    """How little of the sequence of pieces has to be edited, by where each of them begins in what was read."""
    places: dict[int, int] = {}
    for at, piece in sorted(enumerate(pieces), key=lambda each: -len(each[1])):
        # Some say the same.
        for wanted in (piece, piece[:BEGINNING]):
            place = text.find(wanted)
            while place in places:
                place = text.find(wanted, place + 1)
            if place >= 0:
                places[place] = at
                break
    read = [places[place] for place in sorted(places)]
    return float(Levenshtein.normalized_similarity(list(range(len(pieces))), read))


def _characters(document: MadeDocument, pieces: Sequence[str], text: str) -> float:
    """One without the share of characters to edit. A note stands where its page ends, which the script does not know: it is
    right wherever it is.
    """
    whole, missing = "".join(pieces), 0
    for number, note in enumerate(document.notes, start=1):
        before, found, after = text.partition(f"{number}{plain(note)}")
        missing += 0 if found else len(plain(note))
        text = before + after
    edits = Levenshtein.distance(whole, text) + missing
    return max(0.0, 1 - edits / len(whole))
