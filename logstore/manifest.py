"""Which segments of a day count, and which offsets they hold. Replaced as a whole, so every reader sees one state."""

from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from logstore.files import LocalFiles

MANIFEST = "manifest.json"
DAY_US = 86_400_000_000
EPOCH = date(1970, 1, 1)
MAX_NAME_CHARACTERS = 64
Ranges = dict[str, list[tuple[int, int]]]


@dataclass(frozen=True, slots=True)
class Segment:
    """A Parquet file that never changes. Times are microseconds UTC, both ends included.

    `letters`: for each column of `TEXT_COLUMNS` the bytes that stand in it, as bits in hexadecimal; none of a small one.
    """

    name: str
    rows: int
    bytes: int
    first_time: int
    last_time: int
    first_arrival: int
    last_arrival: int
    letters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    segments: tuple[Segment, ...] = ()
    catalogues: tuple[str, ...] = ()
    ranges: Ranges = field(default_factory=dict)
    """Offsets that are stored, by stream: [first, last) each, in order, never touching."""
    obsolete: dict[str, float] = field(default_factory=dict)
    """Files that a merge has replaced, and when; readers may still hold them."""

    @classmethod
    def read(cls, files: LocalFiles, folder: str) -> "Manifest":
        """Empty where there is none."""
        try:
            content = orjson.loads(files.read(f"{folder}/{MANIFEST}"))
        except FileNotFoundError:
            return cls()
        return cls(
            tuple(
                Segment(**each | {"letters": tuple(each.get("letters", ()))}) for each in content["segments"]
            ),
            tuple(content["catalogues"]),
            {stream: [(first, last) for first, last in each] for stream, each in content["ranges"].items()},
            content["obsolete"],
        )

    def publish(self, files: LocalFiles, folder: str) -> None:
        content = orjson.dumps(asdict(self))

        def write(path: Path) -> None:
            path.write_bytes(content)

        files.publish(f"{folder}/{MANIFEST}", write)

    def is_stored(self, stream: str, offsets: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
        """Which of these offsets of a stream are stored already."""
        ranges = np.array(self.ranges.get(stream, []), dtype=np.int64).reshape(-1, 2)
        before = np.searchsorted(ranges[:, 0], offsets, side="right") - 1
        if not len(ranges):
            return np.zeros(len(offsets), dtype=np.bool_)
        is_inside: npt.NDArray[np.bool_] = (before >= 0) & (offsets < ranges[np.maximum(before, 0), 1])
        return is_inside

    def with_range(self, stream: str, first: int, last: int) -> Ranges:
        """The ranges with one more; those that touch become one."""
        union: list[tuple[int, int]] = []
        for start, end in sorted([*self.ranges.get(stream, []), (first, last)]):
            if union and start <= union[-1][1]:
                union[-1] = (union[-1][0], max(end, union[-1][1]))
            else:
                union.append((start, end))
        return self.ranges | {stream: union}


def folder_name(*parts: str) -> str:
    """The folder of an organisation, a source, a day. Raises ValueError for what is no plain name."""
    for part in parts:
        is_plain = part.isascii() and part.replace("-", "").replace("_", "").isalnum()
        if not is_plain or len(part) > MAX_NAME_CHARACTERS:
            raise ValueError("Organisations and sources are named by letters, digits, - and _.")
    return "/".join(parts)
