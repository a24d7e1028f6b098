"""Histograms, filters, cursors: bounded, within one organisation, with every value bound."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from domain.logs.store import BatchKey, Filters, LogStore, statements
from domain.logs.store.errors import QueryTimeout
from domain.logs.store.filters import MAX_TEXT_CHARACTERS, ParameterFilter
from domain.logs.store.reader import LogReader
from tests.domain.logs.store.conftest import CATALOGUE, MORNING, SECOND, SHOP, append, on_disk, row, table

SECOND_ONE = MORNING + SECOND
HOSTILE = "x' OR '1'='1'; --"


@pytest.fixture
def incident(store: LogStore) -> None:
    """Two minutes: all is well, then the disk fills."""
    append(
        store,
        row("GET /a took 12 ms", "took", ["/a", "12"], level="INFO", service="web", host="n1", trace="t1"),
        row("GET /b took 90 ms", "took", ["/b", "90"], level="INFO", service="web", host="n2", trace="t2", time=SECOND_ONE),
        row("disk is full", "full", level="ERROR", service="disk", host="n2", session="s1", time=MORNING + 61 * SECOND),
        row("disk is full", "full", level="ERROR", service="disk", host="n1", time=MORNING + 62 * SECOND + 1),
    )  # fmt: skip
    append(store, row("of the kitchen", level="INFO", time=MORNING + 5 * SECOND), source="kitchen")


@pytest.mark.usefixtures("incident")
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({}, 4),
        ({"sources": ("shop",)}, 4),
        ({"sources": ("shop", "kitchen")}, 5),
        ({"levels": ("ERROR",)}, 2),
        ({"levels": ("ERROR", "INFO")}, 4),
        ({"services": ("web",), "hosts": ("n2",)}, 1),
        ({"traces": ("t1",)}, 1),
        ({"sessions": ("s1",)}, 1),
        ({"templates": ("full",)}, 2),
        ({"templates": ("took", "full")}, 4),
        ({"parameters": (ParameterFilter(0, "/a"),)}, 1),
        ({"parameters": (ParameterFilter(0, "/a"), ParameterFilter(1, "90"))}, 0),
        ({"since": MORNING + SECOND}, 3),
        ({"until": MORNING + SECOND}, 1),
        ({"since": MORNING + SECOND + 1, "until": MORNING + 62 * SECOND + 1}, 1),
        ({"text": "full", "hosts": ("n1",)}, 1),
        ({"before": (MORNING + 61 * SECOND, 0)}, 2),
        ({"before": (MORNING + 61 * SECOND, 2**62)}, 3),
        ({"before": (MORNING - 1, 2**62)}, 0),
        ({"organisation": "rival"}, 0),
        ({"levels": (HOSTILE,)}, 0),
        ({"text": HOSTILE}, 0),
        ({"traces": (HOSTILE, '"', "\\")}, 0),
    ],
)
def test_filters_leave_what_fulfils_all_of_them(
    reader: LogReader, wanted: dict[str, Any], count: int
) -> None:
    assert len(reader.latest(replace(SHOP, **wanted))) == count


@pytest.mark.usefixtures("incident")
def test_an_organisation_without_named_sources_sees_all_of_its_own(
    store: LogStore, reader: LogReader
) -> None:
    store.append("rival", "shop", BatchKey("file", 0, 1), table([row("of the rival")]), CATALOGUE)

    assert len(reader.latest(Filters("tea-house"))) == 5
    assert len(reader.latest(Filters("rival"))) == 1


@pytest.mark.usefixtures("incident")
def test_records_are_counted_by_minute_and_level(reader: LogReader) -> None:
    counts = reader.count_levels(SHOP)

    assert [(each.time - MORNING, each.value, each.records) for each in counts] == [
        (0, "INFO", 2),
        (60 * SECOND, "ERROR", 2),
    ]


@pytest.mark.usefixtures("incident")
def test_records_are_counted_by_time_and_template(reader: LogReader) -> None:
    counts = reader.count_templates(replace(SHOP, text="/"), bucket_s=3600)

    assert [(each.value, each.records) for each in counts] == [("took", 2)]


@pytest.mark.usefixtures("incident")
def test_the_newest_come_first_and_no_more_than_asked_for(reader: LogReader) -> None:
    (newest,) = reader.latest(SHOP, 1)

    assert (newest.time, newest.level, newest.host) == (MORNING + 62 * SECOND + 1, "ERROR", "n1")
    assert reader.latest(SHOP, 0) == []


def test_a_live_reader_gets_each_record_once_also_those_that_come_late(
    store: LogStore, reader: LogReader
) -> None:
    append(store, row("first"))
    cursor = reader.end(SHOP)

    append(store, row("newer", time=MORNING + SECOND), first=1)
    append(
        store,
        row("late", time=MORNING - SECOND),
        row("of the day before", time=MORNING - 86_400 * SECOND),
        first=2,
    )

    seen = []
    for _ in range(4):
        records, cursor = reader.after(SHOP, cursor, limit=2)
        seen.append([record.text for record in records])
    assert [len(texts) for texts in seen] == [2, 1, 0, 0]
    assert seen[0][0] == b"newer"
    assert sorted(text for texts in seen for text in texts) == [b"late", b"newer", b"of the day before"]


def test_a_live_reader_passes_over_what_its_filter_leaves_out(store: LogStore, reader: LogReader) -> None:
    cursor = reader.end(SHOP)
    append(store, row("fine", level="INFO"), row("bad", level="ERROR"), row("fine", level="INFO"))
    errors = replace(SHOP, levels=("ERROR",))

    records, cursor = reader.after(errors, cursor)

    assert [record.text for record in records] == [b"bad"]
    assert reader.after(errors, cursor) == ([], cursor)


def test_a_live_reader_hears_each_source_beside_one_that_never_ends(
    store: LogStore, reader: LogReader
) -> None:
    both = Filters("tea-house")
    for source in ("kitchen", "shop"):
        append(store, *(row(f"{source} {number}") for number in range(6)), source=source)

    records, cursor = reader.after(both, {}, limit=4)

    assert [each.text for each in records] == [b"kitchen 0", b"kitchen 1", b"shop 0", b"shop 1"]
    assert len(reader.after(both, cursor, limit=8)[0]) == 8


def test_a_question_that_takes_too_long_is_ended(store: LogStore) -> None:
    append(store, *(row(f"line {number}") for number in range(2_000)))

    with pytest.raises(QueryTimeout):
        LogReader(store.place, seconds=0.0001).latest(replace(SHOP, text="line 7"))


def test_an_empty_store_answers_nothing(reader: LogReader) -> None:
    assert reader.latest(SHOP) == []
    assert reader.count_levels(SHOP) == []
    assert reader.after(SHOP, {}) == ([], {})


@on_disk
def test_a_statement_can_read_nothing_but_the_store(store: LogStore, reader: LogReader) -> None:
    append(store, row("one"))
    outside = Path(store.place).parent / "outside.csv"
    outside.write_text("secret\n")

    with pytest.raises(Exception, match="disabled by configuration"):
        reader.engine.connection.execute("SELECT * FROM read_csv(?)", [str(outside)])  # type: ignore[attr-defined]


def test_nothing_that_a_person_typed_stands_in_a_statement() -> None:
    wanted = replace(
        SHOP, levels=(HOSTILE,), traces=(HOSTILE, "b"), parameters=(ParameterFilter(0, HOSTILE),)
    )
    bindings = statements.Bindings()

    condition = statements.matches_filters(wanted, None, bindings)

    assert HOSTILE not in condition.sql(dialect="duckdb")
    assert HOSTILE not in condition.sql(dialect="clickhouse")
    assert list(bindings.values.values()).count(HOSTILE) == 2


def test_too_long_a_text_and_too_high_a_parameter_are_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        replace(SHOP, text="x" * (MAX_TEXT_CHARACTERS + 1))
    with pytest.raises(ValueError, match="can be asked for"):
        ParameterFilter(12, "x")


def test_pages_of_records_of_one_microsecond_neither_repeat_nor_miss_one(
    store: LogStore, reader: LogReader
) -> None:
    """A log without times gives all its records the same one."""
    append(store, *(row(f"step {number}") for number in range(7)))
    texts: list[bytes] = []
    before = None

    while page := reader.latest(replace(SHOP, before=before), 3):
        texts += [record.text for record in page]
        before = (page[-1].time, page[-1].arrival)

    assert texts == [b"step %d" % number for number in reversed(range(7))]


def test_a_record_whose_text_is_kept_whole_is_found_by_its_parameters(
    store: LogStore, reader: LogReader
) -> None:
    append(store, row("08:00 web: GET /a took 12 ms", "took", ["/a", "12"]))

    (record,) = reader.latest(replace(SHOP, parameters=(ParameterFilter(1, "12"),)))

    assert record.text == b"08:00 web: GET /a took 12 ms"
    assert record.parameters == ("/a", "12")
