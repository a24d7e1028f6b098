"""What is read of pictures, by the functions that the product reads them with, in this process.

Of each set that lies in DIR: `ocr_lines_zh_en` gives `character_accuracy` (characters that need no edit, without white
space and with marks of full width as those of half), `sroie_receipts` gives `word_recall` (written words that were read,
in capitals) and `fields` (F1 of company, date, address and total by the ready schema of receipts, each right where all of
its letters and digits are, in their order), `pubtabnet_tables` gives `teds` of the largest table that was found on the
picture.
"""

import html
import json
import sys
import time
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any

from rapidfuzz.distance import Levenshtein

from benchmarks import intervals
from benchmarks.labelled_files import json_rows
from benchmarks.table_distance import rows_html, rows_of, similarity
from domain.app_functions import picture_fields
from domain.documents import content, single_page
from domain.documents.blocks import Block, BlockKind, Cell, from_json, markdown_of
from domain.documents.ocr import page, pictures, reading
from llm_backend import patterns

COMMAND = "eval ocr"
PARTS = {"all": (0, 1), "chosen_on": (0, 2), "held_back": (1, 2)}


def run(
    data: Annotated[Path, "directory with the sets"],
    limit: Annotated[int, "most pictures of each set"] = 100,
    part: Annotated[
        str, "all, chosen_on (every second picture, on which settings were chosen) or held_back"
    ] = "all",
) -> dict[str, Any]:
    start, step = PARTS[part]
    figures: dict[str, Any] = {"part": part}
    for name, measure in SETS.items():
        if (data / name).is_dir():
            figures |= measure(data / name, slice(start, None, step), limit)
    if len(figures) == 1:
        raise SystemExit(f"{data} has none of {', '.join(SETS)}.")
    return figures


def measure_lines(data: Path, part: slice, limit: int) -> dict[str, Any]:
    rows = json_rows(data / "text.jsonl")[part][:limit]
    right, expected = [], []
    for row in rows:
        wanted = _characters("".join(row["lines"]))
        found = _characters(markdown_of(_blocks(data / row["file"])))
        right.append(max(0, len(wanted) - Levenshtein.distance(wanted, found)))
        expected.append(len(wanted))
        _tell(row["file"], right[-1] / expected[-1])
    return {**intervals.share("character_accuracy", right, expected), "lines": len(rows)}


def measure_receipts(data: Path, part: slice, limit: int) -> dict[str, Any]:
    right, expected, fields = [], [], []
    for path in sorted((data / "img").glob("*.jpg"))[part][:limit]:
        read = single_page.read(str(path), path.name, 1)
        wanted = Counter(_words("\n".join(_box_texts(data / "box" / f"{path.stem}.csv"))))
        found = Counter(_words(markdown_of(map(from_json, read["blocks"]))))
        right.append((wanted & found).total())
        expected.append(wanted.total())
        fields.append(_field_sets(read, json.loads((data / "key" / f"{path.stem}.json").read_text("utf-8"))))
        _tell(path.name, right[-1] / expected[-1])
    return {
        **intervals.share("word_recall", right, expected),
        **intervals.f1_of_sets("fields", fields, parts=("fields_precision", "fields_recall")),
        # The rules of the schema were written on these; `held_back` is what they are worth elsewhere.
        "fields_rules_written_on": "chosen_on",
        "receipts": len(right),
    }


def _field_sets(read: dict[str, Any], labelled: dict[str, str]) -> tuple[set[Any], set[Any]]:
    rows = picture_fields.read_fields(read, "receipt", [])["rows"]
    found = {(row["field"], "".join(_words(row["value"]))) for row in rows if row["field"] in labelled}
    return found, {(name, "".join(_words(value))) for name, value in labelled.items()}


def measure_tables(data: Path, part: slice, limit: int) -> dict[str, Any]:
    scores = []
    for row in json_rows(data / "tables.jsonl")[part][:limit]:
        tables = [block.cells for block in _blocks(data / row["filename"]) if block.kind is BlockKind.TABLE]
        found = _html(max(tables, key=len)) if tables else "<table></table>"
        scores.append(similarity(found, _labelled_html(row["html"])))
        _tell(row["filename"], scores[-1])
    return {"teds": round(fmean(scores), 4), "tables": len(scores)}


SETS = {"ocr_lines_zh_en": measure_lines, "sroie_receipts": measure_receipts}
SETS["pubtabnet_tables"] = measure_tables


def _blocks(path: Path) -> list[Block]:
    return reading.blocks([page.page_runs(pictures.page(path, 1, content.kind_of(path, path.name)), 1)])


def _tell(name: str, score: float) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {name}: {score:.3f}\n")


def _characters(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split())


def _words(text: str) -> Iterator[str]:
    yield from patterns.findall(r"[^\W_]+", unicodedata.normalize("NFKC", text).upper())


def _box_texts(path: Path) -> Iterator[str]:
    """Eight corners and the text, which may have commas itself."""
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.strip():
            yield line.split(",", 8)[8]


def _html(cells: Sequence[Cell]) -> str:
    """Rows of headers in a head of their own, as the set has them."""
    rows = rows_of(cells)
    head = [row for row in rows if row[0].is_header]
    body = [row for row in rows if not row[0].is_header]
    parts = [("thead", head), ("tbody", body)]
    return f"<table>{''.join(f'<{tag}>{rows_html(some)}</{tag}>' for tag, some in parts if some)}</table>"


def _labelled_html(table: dict[str, Any]) -> str:
    texts = iter(table["cells"])
    written = []
    for tag in table["structure"]["tokens"]:
        if tag in ("<td>", ">", "<td></td>"):
            # Of several characters, a token is a tag.
            tokens = (each for each in next(texts)["tokens"] if each == "<" or not each.startswith("<"))
            cell = html.escape("".join(tokens))
            written.append(f"<td>{cell}</td>" if tag == "<td></td>" else f"{tag}{cell}")
        else:
            written.append(tag)
    return f"<table>{''.join(written)}</table>"
