"""The child process: writes `{"media_type", "blocks"}` or `{"error"}` as JSON to standard output."""

import json
import resource
import sys
import xml.parsers.expat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from apps.knowledge.reading import content, markup, pdf, questions, text
from apps.knowledge.reading.content import Kind
from apps.knowledge.reading.errors import Unreadable

MEMORY_BYTES = 1024 * 2**20
CPU_SECONDS = 120
MOST_CHARACTERS = 20_000_000


def main(path: Path, name: str) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 5))
    json.dump(outcome(path, name), sys.stdout, ensure_ascii=False)


def outcome(path: Path, name: str) -> dict[str, Any]:
    try:
        kind = content.kind_of(path, name)
        return {"media_type": kind.value, "blocks": _limited(_blocks(path, kind))}
    except Unreadable as error:
        return {"error": error.code}
    except (MemoryError, RecursionError):
        return {"error": "too_complex"}
    except (
        zipfile.BadZipFile,
        xml.parsers.expat.ExpatError,
        KeyError,
        ValueError,
        AttributeError,
        TypeError,
    ):
        # What the readers of other people's formats raise on damaged files.
        return {"error": "broken_file"}


def _blocks(path: Path, kind: Kind) -> Iterator[dict[str, Any]]:
    if kind is Kind.PDF:
        for number, page in enumerate(pdf.pages(path), start=1):
            yield {"page": number, "text": page}
    elif kind is Kind.WORD:
        yield {"text": markup.word_to_markdown(path)}
    else:
        yield from _text_blocks(text.decode(path.read_bytes()), kind)


def _text_blocks(decoded: str, kind: Kind) -> Iterator[dict[str, Any]]:
    if kind is Kind.HTML:
        yield {"text": markup.html_to_markdown(decoded)}
    elif kind is Kind.CSV:
        yield from ({"text": row, "is_whole": True} for row in questions.rows(decoded))
    else:
        yield {"text": decoded}


def _limited(blocks: Iterator[dict[str, Any]]) -> list[dict[str, Any]]:
    kept, characters = [], 0
    for block in blocks:
        characters += len(block["text"])
        if characters > MOST_CHARACTERS:
            raise Unreadable("too_much_text")
        if block["text"].strip():
            kept.append(block)
    if not kept:
        raise Unreadable("empty_file")
    return kept


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
