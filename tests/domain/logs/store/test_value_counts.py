"""Records are counted by what stands in them: fields, hours, addresses, users and paths; values stay what was counted."""

from dataclasses import replace

import pytest

from domain.logs.store import BatchKey, Catalogue, LogStore, Template
from domain.logs.store.reader import LogReader
from domain.logs.store.value_types import Field, Period, ValueFilter, ValueType
from tests.domain.logs.store.conftest import MORNING, SECOND, SHOP, append, row, table

HOUR = 3_600 * SECOND
SIGN_INS = Catalogue.from_iterables(
    [
        Template("failed", ("Failed password for ", " from ", " port ", "")),
        Template("invalid", ("Failed password for invalid user ", " from ", " port ", "")),
        Template("root", ("Failed password for root from ", " port ", "")),
        Template("peer", ("closing ", " of ", "")),
        Template("check", ("check pass; user unknown",)),
    ]
)


@pytest.fixture
def sign_ins(store: LogStore) -> None:
    rows = [
        row("Failed password for anna from 10.0.0.1 port 51", "failed", ["anna", "10.0.0.1", "51"], host="n1"),
        row("Failed password for invalid user bob from 10.0.0.1 port 7", "invalid", ["bob", "10.0.0.1", "7"], host="n1"),
        row("Failed password for root from 10.0.0.2 port 9", "root", ["10.0.0.2", "9"], host="n2"),
        row("closing /srv/a?x=1 of 10.0.0.1:5000", "peer", ["/srv/a?x=1", "10.0.0.1:5000"], time=MORNING + HOUR),
        row("closing 11.10.0.0.1x of fe80::1", "peer", ["11.10.0.0.1x", "fe80::1"], time=MORNING + HOUR),
        row("check pass; user unknown", "check", host="n1"),
        row("no template, from 10.0.0.2"),
    ]  # fmt: skip
    store.append("tea-house", "shop", BatchKey("file", 0, len(rows)), table(rows), SIGN_INS)


@pytest.mark.usefixtures("sign_ins")
@pytest.mark.parametrize(
    ("by", "counts", "missing"),
    [
        (ValueType.IP, [("10.0.0.1", 3), ("10.0.0.2", 2), ("11.10.0.0", 1)], 1),
        (ValueType.USER, [("anna", 1), ("bob", 1), ("root", 1)], 4),
        (ValueType.PATH, [("/srv/a", 1)], 6),
        (Field.HOST, [("n1", 3), ("n2", 1)], 3),
        (Field.TEMPLATE, [("peer", 2), ("check", 1), ("failed", 1), ("invalid", 1), ("root", 1)], 1),
        (Field.SOURCE, [("shop", 7)], 0),
    ],
)
def test_the_most_frequent_come_first_beside_those_without(
    reader: LogReader, by: Field | ValueType, counts: list[tuple[str, int]], missing: int
) -> None:
    answer = reader.count_values(SHOP, by, 10)

    assert (answer.counts, answer.missing) == (counts, missing)
    assert (answer.records, answer.distinct) == (7, len(counts))


@pytest.mark.usefixtures("sign_ins")
@pytest.mark.parametrize("value_type", list(ValueType))
def test_a_value_finds_exactly_the_records_that_were_counted(
    reader: LogReader, value_type: ValueType
) -> None:
    for value, records in reader.count_values(SHOP, value_type, 10).counts:
        found = reader.latest(replace(SHOP, typed_value=ValueFilter(value_type, value)))

        assert len(found) == records, value


@pytest.mark.usefixtures("sign_ins")
def test_what_is_not_listed_is_counted_all_the_same(reader: LogReader) -> None:
    answer = reader.count_values(SHOP, ValueType.IP, 1)

    assert (answer.counts, answer.missing) == ([("10.0.0.1", 3)], 1)
    assert (answer.records, answer.distinct) == (7, 3)


@pytest.mark.usefixtures("sign_ins")
def test_days_and_hours_are_those_of_the_clocks_that_are_asked_for(reader: LogReader) -> None:
    first_hour = MORNING // HOUR

    assert reader.count_values(SHOP, Period.HOUR, 9).counts == [
        (str(first_hour), 5),
        (str(first_hour + 1), 2),
    ]
    behind_midnight = 15 * 3_600_000
    assert [records for _, records in reader.count_values(SHOP, Period.DAY, 9).counts] == [7]
    shifted = reader.count_values(SHOP, Period.DAY, 9, zone_ms=behind_midnight).counts
    assert [records for _, records in shifted] == [5, 2]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("用户 ", " 登录失败"),
        ("账号【", "】已锁定"),
        ("登录失败，用户名：", ""),
        ('{"user": "', '"}'),
        ("userId=", " denied"),
        ("An account failed to log on.\n\tAccount Name:\t\t", "\n\tAccount Domain:\t\tTEA"),
    ],
)
def test_who_did_something_is_named_in_chinese_and_in_fields_too(
    store: LogStore, reader: LogReader, before: str, after: str
) -> None:
    catalogue = Catalogue.from_iterables([Template("said", (before, after))])
    rows = [row(f"{before}{name}{after}", "said", [name]) for name in ("anna", "bob", "anna")]
    store.append("tea-house", "shop", BatchKey("file", 0, len(rows)), table(rows), catalogue)

    assert reader.count_values(SHOP, ValueType.USER, 5).counts == [("anna", 2), ("bob", 1)]


def test_where_nothing_is_stored_or_nobody_is_named_nothing_is_counted(
    store: LogStore, reader: LogReader
) -> None:
    assert reader.count_values(SHOP, ValueType.USER, 5).records == 0

    append(store, row("disk is full", "full"))

    answer = reader.count_values(SHOP, ValueType.USER, 5)
    assert (answer.counts, answer.missing, answer.records) == ([], 1, 1)
