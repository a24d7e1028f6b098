"""A store in a folder or a bucket of its own, and records of a small shop that went down on a November morning."""

import uuid
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from domain.logs.store import BatchKey, Catalogue, Filters, Layout, LogStore, Template
from domain.logs.store.reader import LogReader
from domain.logs.store.record_columns import INPUT_SCHEMA

MORNING = 1_795_766_400_000_000  # 2026-11-27T08:00:00Z
SECOND = 1_000_000
SHOP = Filters("tea-house", ("shop",))
CATALOGUE = Catalogue.from_iterables(
    [
        Template("took", ("GET ", " took ", " ms")),
        Template("user", ("user=", " signed in")),
        Template("full", ("disk is full",)),
        Template("words", ("", " ", " ", " ", "")),
        Template("many", (*("," * 15), "!")),
    ],
    [
        Layout(
            "line",
            ("", " ", " [", "] ", ""),
            ("time", "level", "trace", "message"),
            "%Y-%m-%dT%H:%M:%S.%3fZ",
        )
    ],
)


def row(
    text: str | bytes, template: str | None = None, parameters: Sequence[str] = (), **values: Any
) -> dict[str, Any]:
    content = text if isinstance(text, bytes) else text.encode()
    return {"time": MORNING, "template": template, "parameters": list(parameters), "text": content} | values


def table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    """Offsets count the rows where none are given."""
    numbered = [{"offset": number, **each} for number, each in enumerate(rows)]
    return pa.Table.from_pylist(numbered, schema=INPUT_SCHEMA)


@pytest.fixture(params=["disk", pytest.param("s3", marks=pytest.mark.slow)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    if request.param == "disk":
        return tmp_path / "logs"
    return f"s3://logs/{uuid.uuid4().hex}?endpoint={request.getfixturevalue('s3_endpoint')}"


on_disk = pytest.mark.parametrize("place", ["disk"], indirect=True)
in_bucket = pytest.mark.parametrize("place", [pytest.param("s3", marks=pytest.mark.slow)], indirect=True)


@pytest.fixture
def store(place: Path | str) -> LogStore:
    return LogStore(place)


@pytest.fixture
def reader(place: Path | str) -> LogReader:
    return LogReader(place, threads=1)


def stored_files(store: LogStore, suffix: str) -> list[str]:
    """What lies there, whether it counts or not."""
    if isinstance(store.place, Path):
        return [str(path.relative_to(store.place)) for path in store.place.rglob(f"*{suffix}")]
    return [path for path in store.files.objects("") if path.endswith(suffix)]  # type: ignore[attr-defined]


def parse_place(argument: str) -> Path | str:
    """As it was handed to a process."""
    return argument if argument.startswith("s3:") else Path(argument)


def append(
    store: LogStore, *rows: dict[str, Any], first: int = 0, source: str = "shop", stream: str = "file"
) -> int:
    """Rows at the offsets from `first` on."""
    numbered = [{"offset": first + number, **each} for number, each in enumerate(rows)]
    key = BatchKey(stream, first, first + len(rows))
    return store.append("tea-house", source, key, table(numbered), CATALOGUE)
