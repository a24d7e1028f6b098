"""The line around a message is stored once: its time in the record's own column, the rest in columns that repeat."""

import tempfile
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.logs.store import BatchKey, Catalogue, LogStore, line_layouts
from domain.logs.store.reader import LogReader
from tests.domain.logs.store.conftest import CATALOGUE, MORNING, SECOND, SHOP, row, table
from tests.domain.logs.store.test_texts import raw_texts
from tests.sample import examples


def keep(store: LogStore, texts: list[bytes]) -> None:
    """Lines a second apart, from eight o'clock on, whose message is the template `took` with two parameters."""
    rows = [
        row(text, "took", [f"/{number}", "12"], time=MORNING + number * SECOND)
        for number, text in enumerate(texts)
    ]
    records = table(rows)
    layouts, own = line_layouts(records["text"].combine_chunks(), records["time"].combine_chunks())
    records = records.set_column(records.schema.get_field_index("layout"), "layout", own)
    catalogue = Catalogue.from_iterables(CATALOGUE.templates.values(), layouts)
    store.append("tea-house", "shop", BatchKey("file", 0, len(texts)), records, catalogue)


def lines(pattern: str, count: int = 20) -> list[bytes]:
    """`{second}` and `{message}` of each line in a pattern."""
    return [
        pattern.format(second=f"{number:02d}", message=f"GET /{number} took 12 ms").encode()
        for number in range(count)
    ]


PATTERNS = [
    "2026-11-27 08:00:{second},000 INFO [web] web: {message}",
    "[2026-11-27T08:00:{second}.000Z] WARN {message} trace=1",
    "Nov 27 08:00:{second} node-1 web[17]: {message}",
    "[Fri Nov 27 08:00:{second} 2026] [notice] {message}",
    '{{"time": "2026-11-27T08:00:{second}.000Z", "message": "{message}", "é": 1}}',
    "web {message}",
    "GET it: {message} {message}",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_lines_come_back_byte_for_byte_and_no_text_is_kept_whole(
    store: LogStore, reader: LogReader, pattern: str
) -> None:
    texts = lines(pattern)

    keep(store, texts)

    assert [record.text for record in reader.latest(SHOP)] == texts[::-1]
    assert raw_texts(store) == [None] * len(texts)


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize(
    "text",
    ["08:00:07", "web", "web: GET", "7 took", "00] G", "ms tr", '"message": "GET /3', "nowhere", "é", "I"],
)
def test_a_text_is_found_across_a_line_and_its_message(
    store: LogStore, reader: LogReader, pattern: str, text: str
) -> None:
    texts = lines(pattern)
    keep(store, texts)

    found = reader.latest(replace(SHOP, text=text))

    assert [record.text for record in found] == [each for each in texts[::-1] if text.encode() in each]


def test_lines_that_are_otherwise_and_bytes_that_are_no_text_are_kept_as_they_are(
    store: LogStore, reader: LogReader
) -> None:
    texts = lines(PATTERNS[0])
    texts[3:6] = [b"", b"\xff GET /4 took 12 ms", b"2026-11-27 08:00:59,000 INFO GET /5 took 12 ms"]

    keep(store, texts)

    assert [record.text for record in reader.latest(SHOP)] == texts[::-1]


def test_times_that_stand_in_no_line_make_no_layout() -> None:
    times = pa.array([MORNING], pa.int64())

    assert line_layouts(pa.array([b"a line"]), times)[0] == []
    assert line_layouts(pa.array([], pa.binary()), pa.array([], pa.int64()))[0] == []


pieces = st.text("ab 1", max_size=4)


@pytest.mark.slow
@settings(max_examples=examples(50), deadline=None)
@given(st.lists(st.tuples(pieces, pieces), min_size=1, max_size=5), st.text("ab 1/", min_size=1, max_size=5))
def test_search_finds_what_looking_at_every_line_finds(around: list[tuple[str, str]], text: str) -> None:
    texts = [
        f"2026-11-27 08:00:{number:02d} {head}GET /{number} took 12 ms{tail}".encode()
        for number, (head, tail) in enumerate(around)
    ]
    with tempfile.TemporaryDirectory() as folder:
        store = LogStore(Path(folder))
        keep(store, texts)

        found = LogReader(store.place, threads=1).latest(replace(SHOP, text=text))

    assert [record.text for record in found] == [each for each in texts[::-1] if text.encode() in each]
