"""A batch as it came becomes tables of records. Knows no Django: large ones are read in a bounded child."""

import io
from collections.abc import Iterator
from typing import BinaryIO

import pyarrow as pa

from apps.log_analysis.records import batch_formats
from apps.log_analysis.sources.unpacking import plain_content

LINES = "lines"


def packed_tables(
    file: BinaryIO, form: str, encoding: str, zone: str, max_bytes: int
) -> Iterator[bytes | pa.Buffer]:
    """What a batch holds, for a bounded child: tables in Arrow's format for streams, or plain lines as they are.

    Raises Unpackable and BatchUnreadable.
    """
    content = plain_content(file.read(), encoding, max_bytes)
    if form == LINES:
        for start in range(0, len(content), batch_formats.PART_BYTES):
            yield content[start : start + batch_formats.PART_BYTES]
        return
    for table in batch_formats.tables(form, content, zone):
        sink = pa.BufferOutputStream()
        with pa.ipc.new_stream(sink, table.schema) as writer:
            writer.write_table(table)
        yield sink.getvalue()


def table_of(part: bytes) -> pa.Table:
    """What `packed_tables` made of a table."""
    return pa.ipc.open_stream(io.BytesIO(part)).read_all()
