"""Trains what codes diagnoses or composes notes, from files of a hospital's own.

    python -m clinical.training coding --catalogue icd.tsv --rows confirmed.jsonl --output coding.npz
    python -m clinical.training notes --rows notes.jsonl --output notes.zip

Rows are JSON lines. Confirmed: {"text": "…", "names": ["…"]}. Notes: {"dialogue": "Doctor: …", "note": "…"}.
Drafts are composed with the notes' file when NOTE_MODEL names it; keep it as safe as the notes: it holds their words.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from domain.clinical.coding.catalogue import Catalogue, TooFewPairs
from domain.clinical.coding.catalogue_files import CatalogueUnreadable, read_catalogue
from domain.clinical.coding.entries import Pair
from domain.clinical.coding.storage import to_bytes
from domain.clinical.drafting.note_selection import NoteModel, TooFewNotes
from domain.clinical.jsonl import RowsUnreadable, read_rows


class Row(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ConfirmedRow(Row):
    text: str
    names: list[str]


class NoteRow(Row):
    dialogue: str
    note: str


def main(arguments: Sequence[str]) -> int:
    options = _parser().parse_args(arguments)
    try:
        rows = options.rows.read_text(encoding="utf-8")
        if options.what == "coding":
            content = _train_coding(options.catalogue, rows)
        else:
            content = NoteModel.trained(
                [(row.dialogue, row.note) for row in read_rows(rows, NoteRow)]
            ).to_bytes()
    # Files of people: what is wrong with them is told in a line, not in a traceback.
    except (
        OSError,
        UnicodeDecodeError,
        CatalogueUnreadable,
        RowsUnreadable,
        TooFewPairs,
        TooFewNotes,
    ) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 1
    options.output.write_bytes(content)
    sys.stderr.write(f"{options.output}: {len(content) / 1e6:.1f} MB\n")
    return 0


def _train_coding(catalogue: Path, rows: str) -> bytes:
    read = read_catalogue(catalogue.read_text(encoding="utf-8"))
    for fault in read.faults:
        sys.stderr.write(f"line {fault.line} of the catalogue is left out: {fault.reason}\n")
    pairs = [Pair(row.text, tuple(row.names)) for row in read_rows(rows, ConfirmedRow)]
    return to_bytes(Catalogue.of(read.entries).trained(pairs).weights)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m clinical.training", description=__doc__)
    kinds = parser.add_subparsers(dest="what", required=True)
    coding, notes = (kinds.add_parser(what) for what in ("coding", "notes"))
    coding.add_argument("--catalogue", type=Path, required=True)
    for each in (coding, notes):
        each.add_argument("--rows", type=Path, required=True)
        each.add_argument("--output", type=Path, required=True)
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
