"""The same questions, clickhouse_reader of ClickHouse's own engine by HTTP, over the same segments in a bucket.

The engine comes as a package, `pip install chdb`, and has no network: `clickhouse_server.py` gives it one.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.logs.store import LogStore
from domain.logs.store.clickhouse_engine import ClickHouseEngine
from domain.logs.store.errors import QueryTimeout, QueryTooLarge, StoreUnreachable
from domain.logs.store.filters import MAX_CHOICES, ParameterFilter
from domain.logs.store.reader import LogReader
from domain.logs.store.value_types import Field, Period, ValueFilter, ValueType
from tests.domain.logs.store.conftest import MORNING, SECOND, SHOP, append, in_bucket, row

pytestmark = in_bucket
DAY = 86_400 * SECOND


@pytest.fixture
def clickhouse_reader(place: str, clickhouse_url: str) -> LogReader:
    return LogReader(place, query_url=clickhouse_url, seconds=60)


@pytest.fixture
def records(store: LogStore) -> None:
    line = {"layout": "line", "level": "WARN", "trace": "7f3a"}
    append(
        store,
        row("GET /a took 12 ms", "took", ["/a", "12"], level="INFO", service="web"),
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
    append(store, row("tab\there, \\ 'quoted' 磁盘", time=MORNING - DAY), first=10)
    append(store, row("of the kitchen", level="INFO", time=MORNING + 5 * SECOND), source="kitchen")


HOSTILE = "x' OR '1'='1'; --"
WANTED: Sequence[dict[str, Any]] = [
    {},
    {"sources": ("shop", "kitchen")},
    {"levels": ("WARN", "ERROR")},
    {"services": ("web",)},
    {"templates": ("took", "words")},
    {"parameters": (ParameterFilter(0, "/a"),)},
    {"since": MORNING + 1, "until": MORNING + 61 * SECOND + 1},
    {"before": (MORNING + 61 * SECOND, 0)},
    {"traces": ("7f3a",)},
    {"typed_value": ValueFilter(ValueType.PATH, "/a")},
    {"typed_value": ValueFilter(ValueType.USER, HOSTILE)},
    {"text": "took 90"},
    {"text": "/b"},
    {"text": "b c"},
    {"text": "is fu"},
    {"text": "template"},
    {"text": "2026-11-27T08:00:01.250Z WARN [7f3a] GET /b took 90 ms"},
    {"text": "08:00:01.2"},
    {"text": "12' OR 1=1 --"},
    {"text": "\\ 'quoted' 磁"},
    {"text": "tab\there"},
    {"levels": (HOSTILE, "tab\t\\'", '"', "ERROR")},
    {"text": "a " * 40 + "b"},
]


@pytest.mark.usefixtures("records")
@pytest.mark.parametrize("wanted", WANTED, ids=str)
def test_both_engines_answer_alike(
    reader: LogReader, clickhouse_reader: LogReader, wanted: dict[str, Any]
) -> None:
    filters = replace(SHOP, **wanted)

    assert clickhouse_reader.latest(filters) == reader.latest(filters)
    assert clickhouse_reader.count_levels(filters) == reader.count_levels(filters)
    assert clickhouse_reader.count_templates(filters, 3_600) == reader.count_templates(filters, 3_600)
    for by in (*Field, *Period, *ValueType):
        assert clickhouse_reader.count_values(filters, by, 9) == reader.count_values(filters, by, 9)
    assert clickhouse_reader.after(filters, {}) == reader.after(filters, {})
    assert clickhouse_reader.scan(filters, ["time_ms", "template"]) == reader.scan(
        filters, ["time_ms", "template"]
    )


def test_records_beyond_those_that_are_listed_one_by_one_are_found(
    store: LogStore, reader: LogReader, clickhouse_reader: LogReader
) -> None:
    append(store, *(row(f"user={n} signed in", "user", [str(n)], time=MORNING + n) for n in range(50)))

    assert clickhouse_reader.latest(SHOP, 40) == reader.latest(SHOP, 40)


def test_only_what_the_manifests_name_is_read(store: LogStore, clickhouse_reader: LogReader) -> None:
    for number in range(10):
        append(store, row(f"line {number}"), first=number)
    store.merge("tea-house", "shop")

    assert len(clickhouse_reader.latest(SHOP)) == 10


def test_a_question_over_many_segments_and_days_is_one_pattern(
    store: LogStore, clickhouse_reader: LogReader
) -> None:
    for number in range(6):
        append(store, row("line", time=MORNING - number * DAY), first=number)

    assert len(clickhouse_reader.latest(SHOP)) == 6


def test_a_segment_that_goes_meanwhile_makes_a_new_snapshot(
    store: LogStore, clickhouse_reader: LogReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(10):
        append(store, row(f"line {number}"), first=number)
    hasty = LogStore(store.place, grace_s=0)
    run, times = ClickHouseEngine.run, iter([True])

    def run_late(*arguments: Any) -> Any:
        if next(times, False):
            hasty.merge("tea-house", "shop")
            hasty.merge("tea-house", "shop")
        return run(*arguments)

    monkeypatch.setattr(ClickHouseEngine, "run", run_late)

    assert len(clickhouse_reader.latest(SHOP)) == 10


def test_bounds_hold_on_the_server(
    store: LogStore,
    place: str,
    clickhouse_url: str,
    clickhouse_reader: LogReader,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    append(store, *(row(f"line {number}") for number in range(100)))
    with pytest.raises(QueryTooLarge, match="longer than a server takes"):
        clickhouse_reader.latest(
            replace(SHOP, traces=tuple(f"{number:032x}" for number in range(MAX_CHOICES)))
        )

    monkeypatch.setitem(ClickHouseEngine.run.__globals__["SETTINGS"], "max_result_rows", 10)
    with pytest.raises(QueryTooLarge, match="may use"):
        clickhouse_reader.latest(SHOP, 100)
    with pytest.raises(QueryTimeout):
        LogReader(place, query_url=clickhouse_url, seconds=0.0001).latest(SHOP)


@pytest.mark.parametrize("url", ["http://reader:secret@{}", "http://127.0.0.1:9"])
def test_a_server_that_is_away_or_refuses_is_said_without_its_password(
    store: LogStore, place: str, clickhouse_url: str, url: str
) -> None:
    append(store, row("one"))
    url = url.format(clickhouse_url.rpartition("@")[2])

    with pytest.raises(StoreUnreachable) as raised:
        LogReader(place, query_url=url).latest(SHOP)

    assert "secret" not in str(raised.value)


@pytest.mark.usefixtures("store")
def test_a_folder_cannot_be_read_by_another_machine(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="LOG_STORE_URL"):
        LogReader(tmp_path, query_url="http://127.0.0.1:8123")
