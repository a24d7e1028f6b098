"""Lines of a file as Arrow columns, block by block: of any encoding, of any length, in bounded memory."""

import codecs
import struct
from collections.abc import Iterable, Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from domain.logs.parsing.json_arrays import array_start, object_lines
from domain.logs.parsing.masking import MEMORY
from llm_backend import patterns

BLOCK_BYTES = 1 << 18
MAX_LINE_CHARACTERS = 8_192
"""The rest of a line is not looked at: a template is told by its beginning."""
_MAX_LINE_BYTES = 4 * MAX_LINE_CHARACTERS
_HEAD_BYTES = 4_096
_LINES_OF_BLOCK = 8_000
_EVENT_SEAM = patterns.compile(rb"(</Event>|<Events>)(?=<Event xmlns=)")
_NEWLINE = b"\n"
# What colours a line on a terminal, as it is and as JSON writes it.
_COLOUR_MARKS = (b"\x1b[", b"\\u001b[", b"\\u001B[")
_COLOURS = patterns.compile(rb"(?:\x1b|\\u001[bB])\[[0-9;:?]{0,40}[A-Za-z]")


class FilePart(NamedTuple):
    """The lines that begin between two offsets of a file."""

    number: int
    start: int
    end: int


def file_parts(path: Path, part_bytes: int) -> list[FilePart]:
    """Parts of about this size. A file of two-byte characters is one part: a newline in it is no single byte."""
    size = path.stat().st_size
    with path.open("rb") as file:
        step = part_bytes if wide_encoding(file.read(_HEAD_BYTES)) is None else max(size, 1)
    starts = range(0, max(size, 1), step)
    return [FilePart(number, start, min(start + step, size)) for number, start in enumerate(starts)]


def read_part(path: Path, part: FilePart) -> Iterator[pa.Array]:
    with path.open("rb") as file:
        yield from line_blocks(file, part.start, part.end)


def line_blocks(file: BinaryIO, start: int = 0, end: int | None = None) -> Iterator[pa.Array]:
    """Columns of the lines that begin between two offsets of a file."""
    encoding = wide_encoding(file.read(_HEAD_BYTES)) if start == 0 else None
    file.seek(start)
    blocks = _read_chunks(file, start, end) if encoding is None else _recode(file, encoding)
    yield from _columns(blocks)


def stream_blocks(file: BufferedReader) -> Iterator[pa.Array]:
    """Columns of the lines of a stream that cannot be gone back in, such as a file in an archive."""
    head = file.peek(_HEAD_BYTES)[:_HEAD_BYTES]
    encoding = wide_encoding(head)
    if encoding is None and head.startswith(codecs.BOM_UTF8):
        file.read(len(codecs.BOM_UTF8))
    if encoding is not None:
        yield from _columns(_recode(file, encoding))
    elif start := array_start(head.removeprefix(codecs.BOM_UTF8)):
        file.read(start)
        yield from _columns(object_lines(_read_chunks(file, 0, None)))
    else:
        yield from _columns(_read_chunks(file, 0, None))


def line_columns(lines: Iterable[str]) -> Iterator[pa.Array]:
    """Columns of lines that stand in memory. Line ends inside of them become spaces."""
    lines = iter(lines)
    while block := list(islice(lines, _LINES_OF_BLOCK)):
        yield column_of_lines("\n".join(line.replace("\n", " ") for line in block).encode(errors="replace"))


def column_of_lines(text: bytes) -> pa.Array:
    """A column of strings without colours, cut where a line is longer than is looked at. What is no UTF-8 is decoded line
    by line.
    """
    text = without_colours(text)
    try:
        text.decode()
    except UnicodeDecodeError:
        text = "\n".join(map(decode_line, text.split(_NEWLINE))).encode()
    # Not `pa.array`: it loads pandas, which takes a second and thirty megabytes.
    ends = pa.py_buffer(struct.pack("=ii", 0, len(text)))
    column = pa.StringArray.from_buffers(1, ends, pa.py_buffer(text))
    lines = pc.split_pattern(column, pattern="\n", memory_pool=MEMORY).flatten(MEMORY)
    if len(text) > MAX_LINE_CHARACTERS and pc.max(pc.binary_length(lines)).as_py() > MAX_LINE_CHARACTERS:
        lines = pc.utf8_slice_codeunits(lines, 0, MAX_LINE_CHARACTERS)
    return pc.utf8_rtrim(lines, characters="\r") if b"\r" in text else lines


def without_colours(text: bytes) -> bytes:
    """They stand before times and levels, so that neither is found, and inside of what is searched for."""
    return _COLOURS.sub(b"", text) if any(mark in text for mark in _COLOUR_MARKS) else text


def decode_line(line: bytes) -> str:
    """Each line by itself: a file that two programs write has two encodings, and a part knows nothing of the others."""
    if len(line) > _MAX_LINE_BYTES:
        line = line[:_MAX_LINE_BYTES]
        # Not through the middle of a character: it would make the whole line look like another encoding.
        line = line[: -1 - next((each for each in range(4) if line[-1 - each] & 0xC0 != 0x80), 0)]
    for encoding in ("utf-8", "gb18030"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def wide_encoding(head: bytes) -> str | None:
    """The encoding of a file whose characters take two bytes or more, by its mark or by where its zeros stand."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        return "utf-32"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if head[1::2].count(0) * 10 > len(head) * 4:
        return "utf-16-le"
    return "utf-16-be" if head[0::2].count(0) * 10 > len(head) * 4 else None


def _columns(blocks: Iterable[bytes]) -> Iterator[pa.Array]:
    rest = b""
    for block in blocks:
        begun, newline, rest = _with_events_on_lines(rest + block).rpartition(_NEWLINE)
        if newline:
            yield column_of_lines(begun)
        # More than this is never looked at, so a line of two gigabytes costs no more memory than a long one.
        rest = rest[: _MAX_LINE_BYTES + 4]
    if rest:
        yield column_of_lines(rest)


def _with_events_on_lines(text: bytes) -> bytes:
    """Windows' Event Viewer saves all events as one line, of which only the beginning would be looked at."""
    return _EVENT_SEAM.sub(rb"\1\n", text) if b"<Event xmlns=" in text else text


def _read_chunks(file: BinaryIO, start: int, end: int | None) -> Iterator[bytes]:
    """The bytes of a part: after the line that began before it, to the end of the line that begins last in it."""
    position = start
    if start:
        file.seek(start - 1)
        position = start - 1 + _skip_line(file)
    while end is None or position < end:
        block = file.read(BLOCK_BYTES if end is None else min(BLOCK_BYTES, end - position))
        if not block:
            return
        yield block if position else block.removeprefix(codecs.BOM_UTF8)
        position += len(block)
    if end is not None and position == end and position > start:
        file.seek(end - 1)
        last = file.read(1)
        while last != _NEWLINE and (more := file.readline(BLOCK_BYTES)):
            last = more[-1:]
            yield more


def _skip_line(file: BinaryIO) -> int:
    """How many bytes there were to the end of the line."""
    skipped = 0
    while more := file.readline(BLOCK_BYTES):
        skipped += len(more)
        if more.endswith(_NEWLINE):
            break
    return skipped


def _recode(file: BinaryIO, encoding: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    while block := file.read(BLOCK_BYTES):
        yield decoder.decode(block).encode(errors="replace")
    yield decoder.decode(b"", final=True).encode(errors="replace")
