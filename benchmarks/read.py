"""How fast documents are read, by the child processes that the workers read them in, and how much memory those take.

`scanned_p50_s`, `scanned_p95_s`: seconds of a page whose text is recognised, after the first, with which the weights are
loaded: made pages in Chinese and English, at 200 dpi, laid crookedly and with the noise of a scanner.
`pages_a_second`: of a PDF with a text layer. `peak_memory_mb`: the most that a child held of it, and of the scans.
"""

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import numpy as np
import psutil
import pypdfium2

from benchmarks import isolated, made_documents

COMMAND = "bench read"
DPI = 200


def run(
    scans: Annotated[int, "scanned pages"] = 30,
    pages: Annotated[int, "pages of the PDF with a text layer"] = 1600,
) -> dict[str, Any]:
    with TemporaryDirectory() as folder:
        scan, book = Path(folder) / "scan.pdf", Path(folder) / "book.pdf"
        _write_pages(book, pages)
        # Its first pages, as a scanner gives them.
        some = pypdfium2.PdfDocument.new()
        some.import_pages(pypdfium2.PdfDocument(book), range(scans))
        some.save(scan)
        scan.write_bytes(made_documents.scan(scan, Random(0), DPI))
        # The child is started as the settings of an installation say.
        with isolated.services():
            return {**_recognised(scan), **_read(book, pages)}


def _recognised(path: Path) -> dict[str, Any]:
    from apps.knowledge import reader

    begun, peak = list[float](), _Peak()

    def note(_number: int, _total: int) -> None:
        begun.append(time.monotonic())

    reading = reader.read(path, path.name, check=peak.look, on_page=note)
    seconds = np.diff([*begun, time.monotonic()])[1:]
    return {
        "scanned_pages": len(begun),
        "unread_pages": len(reading.unread),
        "scanned_p50_s": round(float(np.percentile(seconds, 50)), 2),
        "scanned_p95_s": round(float(np.percentile(seconds, 95)), 2),
        "scanned_peak_memory_mb": peak.megabytes,
    }


def _read(path: Path, pages: int) -> dict[str, Any]:
    from apps.knowledge import reader

    peak, begun = _Peak(), time.monotonic()
    reading = reader.read(path, path.name, check=peak.look)
    seconds = time.monotonic() - begun
    return {
        "pages": pages,
        "blocks": len(reading.blocks),
        "seconds": round(seconds, 1),
        "pages_a_second": round(pages / seconds, 1),
        "peak_memory_mb": peak.megabytes,
    }


@dataclass
class _Peak:
    """Asked all along while a child works."""

    megabytes: int = 0

    def look(self) -> None:
        for child in psutil.Process().children():
            # It may end in this very moment.
            with suppress(psutil.NoSuchProcess):
                self.megabytes = max(self.megabytes, round(child.memory_info().rss / 2**20))


def _write_pages(path: Path, count: int) -> None:
    """Made documents, one behind the other."""
    book = pypdfium2.PdfDocument.new()
    for number in range(count):
        made = pypdfium2.PdfDocument(made_documents.made(number % 60).pdf())
        book.import_pages(made, range(min(len(made), count - len(book))))
        if len(book) == count:
            break
    book.save(path)
