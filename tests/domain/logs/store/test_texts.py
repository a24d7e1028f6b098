"""A record's text comes back byte for byte, whatever its template says."""

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.logs.store import BatchKey, Catalogue, Layout, LogStore, Template
from domain.logs.store.errors import BatchTooLarge
from domain.logs.store.reader import LogReader
from domain.logs.store.record_columns import MAX_TEXT_BYTES
from tests.domain.logs.store.conftest import CATALOGUE, MORNING, SHOP, append, row, stored_files, table
from tests.sample import examples

TIME = MORNING + 1_234_567


def texts(reader: LogReader) -> list[bytes]:
    return [record.text for record in sorted(reader.latest(SHOP), key=lambda each: each.arrival)]


@pytest.mark.parametrize(
    "given_row",
    [
        row("GET /a took 12 ms", "took", ["/a", "12"]),
        row("disk is full", "full"),
        row("no template fits this"),
        row("GET  /a took 12 ms", "took", ["/a", "12"]),
        row("GET /a took 12 ms", "took", ["/a"]),
        row("GET /a took 12 ms", "took", ["/a", "12", "13"]),
        row("GET /a took 12 ms", "a template nobody knows", ["/a", "12"]),
        row("a b c d", "words", ["a", "b", "c", "d"]),
        row("磁盘已满\x00\t\r", "full"),
        row("用户=李雷".encode("gbk"), "user", ["?"]),
        row(b"", "full"),
        row(b"\xff\xfe\x00"),
        row("," + ",".join("abcdefghijklmn") + ",!", "many", [*"abcdefghijklmn", ""]),
        row("," + ",".join("abcdefghijklmn") + ",!", "many", [*"abc"]),
        row(
            "2026-11-27T08:00:00.000Z WARN [7f] disk is full", "full", layout="line", level="WARN", trace="7f"
        ),
        row(
            "2026-11-27T09:00:00.000Z WARN [7f] disk is full", "full", layout="line", level="WARN", trace="7f"
        ),
        row("2026-11-27T08:00:00.000Z WARN [] disk is full", "full", layout="unknown", level="WARN"),
    ],
)
def test_a_text_comes_back_byte_for_byte(
    store: LogStore, reader: LogReader, given_row: dict[str, object]
) -> None:
    append(store, given_row)

    assert texts(reader) == [given_row["text"]]


pieces = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)


@pytest.mark.slow
@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(
        st.tuples(st.binary(max_size=6) | pieces.map(str.encode), st.lists(pieces, max_size=3)), min_size=1
    )
)
def test_any_text_beside_any_parameters_comes_back(written: list[tuple[bytes, list[str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store, reader = LogStore(Path(folder)), LogReader(Path(folder), threads=1)

        append(store, *(row(text, "took", parameters) for text, parameters in written))

        assert texts(reader) == [text for text, _ in written]


@pytest.mark.parametrize(
    ("time_format", "zone_minutes", "written"),
    [
        ("%Y-%m-%d %H:%M:%S,%3f", 0, "2026-11-27 08:00:01,234"),
        ("%Y-%m-%dT%H:%M:%S.%6f+08:00", 480, "2026-11-27T16:00:01.234567+08:00"),
        ("%b %e %H:%M:%S", -60 * 9, "Nov 26 23:00:01"),
        ("%s", 480, "1795766401"),
        ("%s.%6f", 0, "1795766401.234567"),
        ("%d/%b/%Y:%H:%M:%S", 0, "27/Nov/2026:08:00:01"),
    ],
)
def test_a_time_is_written_as_its_layout_says(
    store: LogStore, reader: LogReader, time_format: str, zone_minutes: int, written: str
) -> None:
    layout = Layout("its own", ("<", "> ", ""), ("time", "message"), time_format, zone_minutes)
    catalogue = Catalogue.from_iterables([Template("full", ("disk is full",))], [layout])
    lines = [row(f"<{each}> disk is full", "full", layout="its own", time=TIME) for each in (written, "noon")]

    store.append("tea-house", "shop", BatchKey("file", 0, 2), table(lines), catalogue)

    assert texts(reader) == [f"<{written}> disk is full".encode(), b"<noon> disk is full"]
    assert raw_texts(store) == [None, "<noon> disk is full"]


def raw_texts(store: LogStore) -> list[str | None]:
    (segment,) = stored_files(store, ".parquet")
    return list(pq.read_table(store.files.parquet(segment))["raw"].to_pylist())


def test_what_fits_costs_no_text(store: LogStore) -> None:
    append(store, row("GET /a took 12 ms", "took", ["/a", "12"]))

    assert raw_texts(store) == [None]


def test_a_template_keeps_its_meaning_for_what_is_stored(store: LogStore, reader: LogReader) -> None:
    append(store, row("disk is full", "full"))
    other = Catalogue.from_iterables([Template("full", ("disk is empty",))])

    store.append(
        "tea-house", "shop", BatchKey("file", 1, 2), table([row("disk is empty", "full", offset=1)]), other
    )

    assert texts(reader) == [b"disk is full", b"disk is empty"]


def test_a_masked_parameter_is_revealed_to_who_may_know_it_and_a_forged_one_is_not(
    store: LogStore, reader: LogReader
) -> None:
    append(
        store,
        row("user=[mask:1] signed in", "user", ["[mask:1]"], masked=1),
        row("user=[mask:1] signed in", "user", ["[mask:1]"]),
    )

    def unmask(token: str) -> str:
        return token.replace("[mask:1]", "Li Lei")

    assert texts(reader) == [b"user=[mask:1] signed in"] * 2
    assert {record.text for record in reader.latest(SHOP, unmask=unmask)} == {
        b"user=Li Lei signed in",
        b"user=[mask:1] signed in",
    }


def test_a_text_without_end_is_refused(store: LogStore) -> None:
    with pytest.raises(BatchTooLarge):
        append(store, row(b"x" * (MAX_TEXT_BYTES + 1)))

    assert store.sources("tea-house") == []


@pytest.mark.parametrize("time_format", ["%Q", "%H%", "it's %H"])
def test_a_layout_with_an_unknown_time_format_is_refused(time_format: str) -> None:
    with pytest.raises(ValueError, match="time format"):
        Layout("its own", ("", " ", ""), ("time", "message"), time_format)


def test_a_catalogue_survives_its_file() -> None:
    assert Catalogue.from_json(CATALOGUE.to_json()) == CATALOGUE
