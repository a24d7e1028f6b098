"""Records that came in as a table of stored columns, and tables as Parquet files."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from domain.logs.store.files import Files, Publisher
from domain.logs.store.manifest import Segment, unique_name
from domain.logs.store.record_columns import SLOTS, STORED_SCHEMA, TEXT_COLUMNS
from domain.logs.store.rendering import render_messages, render_texts, render_times
from domain.logs.store.templates import HEAD, MAX_SLOTS, TAIL, Catalogue

# What DuckDB gives one thread at a time.
ROW_GROUP_ROWS = 122_880
NUMBERS = ("arrival", "time_ms", "time_us", "line", "offset")
# Nearly every value is new: a dictionary of them would be written beside its numbers.
DISTINCT = ("trace", "session", "raw")
DICTIONARIES = [
    field.name for field in STORED_SCHEMA if field.name not in {*NUMBERS, *DISTINCT, "masked", "raw_bytes"}
]
BLOOM_FILTERS = {"template": {"ndv": 2_000, "fpp": 0.01}, "trace": {"ndv": 40_000, "fpp": 0.05}}
# A small segment is soon merged, and looked through faster than its letters are told.
MIN_LETTERS_ROWS = 16_000
COUNTED_BYTES = 1 << 20
CATALOGUE_CODEC = pa.Codec("zstd", compression_level=9)


def encode_records(
    records: pa.Table, catalogue: Catalogue, first_arrival: int, labels: dict[str, str]
) -> pa.Table:
    """`records` has the input schema. What its template does not give back byte for byte keeps its text."""
    count = records.num_rows
    columns = {name: records[name] for name in records.schema.names if name in STORED_SCHEMA.names}
    columns |= {name: pa.repeat(label, count) for name, label in labels.items()}
    times = records["time"].to_numpy()
    columns["time_ms"], columns["time_us"] = (
        pa.array(times // 1000),
        pa.array((times % 1000).astype(np.int32)),
    )
    columns["arrival"] = pa.array(np.arange(first_arrival, first_arrival + count))
    columns |= slot_columns(records, catalogue)
    columns |= dict.fromkeys((HEAD, TAIL, "raw"), pa.nulls(count, pa.string()))
    columns["raw_bytes"] = pa.nulls(count, pa.binary())
    table = pa.table([columns[name] for name in STORED_SCHEMA.names], schema=STORED_SCHEMA)
    texts = records["text"].combine_chunks()
    table = _with_surroundings(table, texts, catalogue)
    fits = pc.fill_null(pc.equal(render_texts(table, catalogue), texts), False)
    misfits = pc.and_(pc.invert(fits), texts.is_valid())
    return _with_raw(table, texts, misfits) if pc.any(misfits).as_py() else table


def _with_surroundings(table: pa.Table, texts: pa.Array, catalogue: Catalogue) -> pa.Table:
    """What stands around the message, where its layout has columns for it or there is no layout."""
    messages = render_messages(table, catalogue.templates).to_pylist()
    times = pc.add(pc.multiply(table["time_ms"], 1000), table["time_us"]).combine_chunks()
    layouts, contents = table["layout"].to_pylist(), texts.to_pylist()
    beginnings = dict[str | None, list[str] | None].fromkeys(layouts)
    for name in beginnings:
        layout = catalogue.layouts.get(name or "")
        if layout and HEAD in layout.fields:
            beginnings[name] = [
                layout.constants[0] + time for time in render_times(times, layout).to_pylist()
            ]
    heads, tails = [], []
    for row, (text, message, layout_id) in enumerate(zip(contents, messages, layouts, strict=True)):
        times_of_layout, head, tail = beginnings[layout_id], "", ""
        beginning = times_of_layout[row].encode() if times_of_layout else b""
        if times_of_layout and not (text and text.startswith(beginning)):
            layouts[row], times_of_layout, beginning = None, None, b""
        if text and message and (times_of_layout or layouts[row] is None):
            head, tail = _around(text[len(beginning) :], message.encode())
        heads.append(head or None)
        tails.append(tail or None)
    columns = {
        name: pa.array(each, pa.string())
        for name, each in ((HEAD, heads), (TAIL, tails), ("layout", layouts))
    }
    return pa.table([columns.get(name, table[name]) for name in STORED_SCHEMA.names], schema=STORED_SCHEMA)


def _around(text: bytes, message: bytes) -> tuple[str, str]:
    """What stands before and behind the last place of the message, where that is UTF-8: only whole texts may be
    something else."""
    place = text.rfind(message)
    try:
        head, tail = text[:place].decode(), text[place + len(message) :].decode()
    except UnicodeDecodeError:
        return "", ""
    return (head, tail) if place >= 0 else ("", "")


def slot_columns(records: pa.Table, catalogue: Catalogue) -> dict[str, pa.Array]:
    """A column for each position. Behind the last stands in it what follows, constants and all."""
    parameters = records["parameters"].combine_chunks()
    counts = pc.fill_null(pc.list_value_length(parameters), 0).to_numpy()
    starts = parameters.offsets.to_numpy()[:-1]
    columns = {}
    for position, slot in enumerate(SLOTS):
        is_there = counts > position
        indices = pa.array(np.where(is_there, starts + position, 0), mask=~is_there)
        columns[slot] = parameters.values.take(indices)
    long_rows = np.flatnonzero(counts > MAX_SLOTS).tolist()
    if long_rows:
        last = columns[SLOTS[-1]].to_pylist()
        for row in long_rows:
            values = parameters[row].as_py()
            template = catalogue.templates.get(records["template"][row].as_py())
            constants = template.constants if template else ()
            # Where the numbers do not fit the text does not either, and is stored raw.
            pairs = zip(constants[MAX_SLOTS:-1], values[MAX_SLOTS:], strict=False)
            last[row] += "".join(constant + value for constant, value in pairs)
        columns[SLOTS[-1]] = pa.array(last, pa.string())
    return columns


def _with_raw(table: pa.Table, texts: pa.Array, misfits: pa.Array) -> pa.Table:
    """Texts that do not fit, for searching as characters and, where these do not say it exactly, as bytes.

    Their parameters stay: they are asked for by their values, whatever stands around the message.
    """
    contents = texts.filter(misfits).to_pylist()
    readable = [content.decode(errors="replace") for content in contents]
    exact = [
        None if text.encode() == content else content
        for text, content in zip(readable, contents, strict=True)
    ]
    replacements = {
        "raw": pa.array(readable, pa.string()),
        "raw_bytes": pa.array(exact, pa.binary()),
    }
    columns = {
        name: pc.replace_with_mask(table[name].combine_chunks(), misfits, column)
        for name, column in replacements.items()
    }
    return pa.table([columns.get(name, table[name]) for name in STORED_SCHEMA.names], schema=STORED_SCHEMA)


def write_segment(files: Publisher, folder: str, table: pa.Table) -> Segment:
    """In order of time, so that a reader of an hour opens few row groups."""
    order = [("time_ms", "ascending"), ("time_us", "ascending"), ("arrival", "ascending")]
    rows = table.take(pc.sort_indices(table, order))
    times = pc.add(pc.multiply(rows["time_ms"], 1000), rows["time_us"])
    arrivals = pc.min_max(rows["arrival"]).as_py()
    name = unique_name(arrivals["min"], ".parquet")

    def write(path: Path) -> None:
        pq.write_table(
            rows,
            path,
            row_group_size=ROW_GROUP_ROWS,
            compression="zstd",
            # Level 9 would save another 1 %: docs/decisions/log-store.md.
            compression_level=3,
            use_dictionary=DICTIONARIES,
            # Rows are in the order of time, so a number differs little from the one before.
            column_encoding=dict.fromkeys(NUMBERS, "DELTA_BINARY_PACKED")
            | dict.fromkeys(DISTINCT, "DELTA_LENGTH_BYTE_ARRAY"),
            bloom_filter_options=BLOOM_FILTERS,
            store_schema=False,
        )

    size = files.publish(f"{folder}/{name}", write)
    is_large = rows.num_rows >= MIN_LETTERS_ROWS
    return Segment(
        name,
        rows.num_rows,
        size,
        times[0].as_py(),
        times[-1].as_py(),
        arrivals["min"],
        arrivals["max"],
        tuple(f"{letters(rows[column]):x}" for column in TEXT_COLUMNS) if is_large else (),
    )


def letters(column: pa.ChunkedArray) -> int:
    """The bytes that stand in a column, as bits."""
    is_present = np.zeros(256, np.bool_)
    for chunk in column.chunks:
        ends, content = chunk.cast(pa.large_binary()).buffers()[1:]
        first, last = np.frombuffer(ends, np.int64)[[chunk.offset, chunk.offset + len(chunk)]].tolist()
        for start in range(first, last, COUNTED_BYTES):
            part = np.frombuffer(content, np.uint8, min(COUNTED_BYTES, last - start), start)
            is_present |= np.bincount(part, minlength=256) > 0
    return int.from_bytes(np.packbits(is_present, bitorder="little").tobytes(), "little")


def read_segments(files: Files, folder: str, segments: Sequence[Segment]) -> pa.Table:
    """Raises FileNotFoundError."""
    tables = [
        pq.read_table(files.parquet(f"{folder}/{each.name}"), schema=STORED_SCHEMA, partitioning=None)
        for each in segments
    ]
    return pa.concat_tables(tables)


def write_catalogue(files: Publisher, folder: str, catalogue: Catalogue, number: int) -> str:
    """Returns the file's name."""
    name = unique_name(number, ".catalogue")
    content = catalogue.to_json()
    compressed = len(content).to_bytes(8, "big") + CATALOGUE_CODEC.compress(content, asbytes=True)
    files.publish(f"{folder}/{name}", lambda path: path.write_bytes(compressed))
    return name


def read_catalogues(files: Files, folder: str, names: Sequence[str]) -> Catalogue:
    """All of a day. Raises FileNotFoundError."""
    return _read_catalogues(files, folder, tuple(names))


@lru_cache(maxsize=256)
def _read_catalogues(files: Files, folder: str, names: tuple[str, ...]) -> Catalogue:
    catalogue = Catalogue()
    for name in names:
        content = files.read(f"{folder}/{name}")
        size, compressed = int.from_bytes(content[:8], "big"), content[8:]
        catalogue |= Catalogue.from_json(CATALOGUE_CODEC.decompress(compressed, size, asbytes=True))
    return catalogue
