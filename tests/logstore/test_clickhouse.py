"""The same questions, asked of ClickHouse's own engine over the same segments. It comes as a package: `pip install chdb`."""

import json
from dataclasses import replace
from typing import Any

import pytest
from sqlglot import exp

from logstore import LogStore, statements
from logstore.reader import LogReader
from logstore.snapshot import Snapshot
from logstore.statements import Bindings
from logstore.text_search import plan_search
from tests.logstore.conftest import MORNING, SECOND, SHOP, append, row

pytestmark = pytest.mark.slow


@pytest.fixture
def chdb() -> Any:
    return pytest.importorskip("chdb", reason="NO CHDB: pip install chdb")


@pytest.fixture
def records(store: LogStore) -> None:
    line = {"layout": "line", "level": "WARN", "trace": "7f3a"}
    append(
        store,
        row("GET /a took 12 ms", "took", ["/a", "12"], level="INFO"),
        row(
            "2026-11-27T08:00:01.250Z WARN [7f3a] GET /b took 90 ms",
            "took",
            ["/b", "90"],
            time=MORNING + 1_250_000,
            **line,
        ),
        row("disk is full", "full", level="ERROR", time=MORNING + 61 * SECOND),
        row(b"no template \xff", level=None, time=MORNING + 62 * SECOND),
        row("a b c d", "words", ["a", "b", "c", "d"], time=MORNING + 63 * SECOND),
    )


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def clickhouse_rows(chdb: Any, select: exp.Select, bindings: Bindings) -> list[list[Any]]:
    """Bound by ClickHouse itself: `{name: Type}` in the statement, the values beside it, lists in its own spelling."""
    values = {
        name: "[" + ", ".join(map(quoted, value)) + "]" if isinstance(value, list) else value
        for name, value in bindings.values.items()
    }
    result = chdb.query(select.sql(dialect=statements.CLICKHOUSE), "JSONCompact", params=values)
    return list(json.loads(str(result))["data"])


def segments_in_clickhouse(store: LogStore) -> exp.Expression:
    (path,) = store.files.root.rglob("*.parquet")
    parts = [exp.Literal.string(str(path)), exp.Literal.string("Parquet")]
    return exp.Table(this=exp.Anonymous(this="file", expressions=parts))


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"levels": ("WARN", "ERROR")},
        {"templates": ("took", "words")},
        {"since": MORNING + 1, "until": MORNING + 61 * SECOND + 1},
        {"traces": ("7f3a",)},
        {"text": "took 90"},
        {"text": "/b"},
        {"text": "b c"},
        {"text": "is fu"},
        {"text": "template"},
        {"text": "2026-11-27T08:00:01.250Z WARN [7f3a] GET /b took 90 ms"},
        {"text": "08:00:01.2"},
        {"text": "12' OR 1=1 --"},
        {"text": "a " * 40 + "b"},
    ],
    ids=str,
)
def test_both_engines_answer_alike(
    chdb: Any, store: LogStore, reader: LogReader, wanted: dict[str, Any]
) -> None:
    filters = replace(SHOP, **wanted)
    plan = (
        plan_search(filters.text, Snapshot.take(store.commits, filters).catalogue()) if filters.text else None
    )
    bindings = Bindings()
    condition = statements.matches_filters(filters, plan, bindings)
    table = segments_in_clickhouse(store)

    latest = clickhouse_rows(chdb, statements.select_latest(table, condition, 100), bindings)
    counts = clickhouse_rows(chdb, statements.count_records(table, condition, "level", 60_000, 100), bindings)

    arrival = statements.RECORD_COLUMNS.index("arrival")
    assert [int(each[arrival]) for each in latest] == [each.arrival for each in reader.latest(filters)]
    assert sorted((int(bucket) * 1000, level or "", int(count)) for bucket, level, count in counts) == sorted(
        (each.time, each.value or "", each.records) for each in reader.count_levels(filters)
    )
