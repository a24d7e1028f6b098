"""A store in a folder or a bucket of its own, and records of a small shop that went down on a November morning."""

import os
import subprocess
import sys
import urllib.request
import uuid
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from logstore import BatchKey, Catalogue, Filters, Layout, LogStore, Template
from logstore.reader import LogReader
from logstore.record_columns import INPUT_SCHEMA

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


@pytest.fixture(scope="session")
def s3_endpoint() -> Iterator[str]:
    """Of a real server, with a bucket `logs`."""
    if not find_spec("obstore") or not find_spec("moto"):
        pytest.skip("NO S3 SERVER: pip install -r requirements/s3.txt 'moto[server]'")
    os.environ |= {"AWS_ACCESS_KEY_ID": "tea", "AWS_SECRET_ACCESS_KEY": "oolong", "AWS_REGION": "us-east-1"}
    command = [sys.executable, "-m", "tests.logstore.s3_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        endpoint = f"http://127.0.0.1:{int(server.stdout.readline())}"
        urllib.request.urlopen(urllib.request.Request(f"{endpoint}/logs", method="PUT"))
        yield endpoint
        server.terminate()


@pytest.fixture(scope="session")
def clickhouse_url(s3_endpoint: str) -> Iterator[str]:
    """Of a server with ClickHouse's own engine, which has the keys of the bucket in its environment."""
    if not find_spec("chdb"):
        pytest.skip("NO CHDB: pip install chdb")
    command = [sys.executable, "-m", "tests.logstore.clickhouse_server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        yield f"http://reader:oolong%20tea@127.0.0.1:{int(server.stdout.readline())}"
        server.terminate()


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


def place_of(argument: str) -> Path | str:
    """As it was handed to a process."""
    return argument if argument.startswith("s3:") else Path(argument)


def append(
    store: LogStore, *rows: dict[str, Any], first: int = 0, source: str = "shop", stream: str = "file"
) -> int:
    """Rows at the offsets from `first` on."""
    numbered = [{"offset": first + number, **each} for number, each in enumerate(rows)]
    key = BatchKey(stream, first, first + len(rows))
    return store.append("tea-house", source, key, table(numbered), CATALOGUE)
