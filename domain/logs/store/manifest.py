"""Which segments of a day count, and which offsets they hold. Replaced as a whole, so every reader sees one state."""

import secrets
import time
from collections.abc import Collection
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path

import numpy as np
import numpy.typing as npt
import orjson

from domain.logs.store.files import Files, Publisher

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
    def read(cls, files: Files, folder: str) -> "Manifest":
        """Empty where there is none."""
        try:
            return cls.from_json(files.read(f"{folder}/{MANIFEST}"))
        except FileNotFoundError:
            return cls()

    @classmethod
    def from_json(cls, text: bytes) -> "Manifest":
        content = orjson.loads(text)
        return cls(
            tuple(
                Segment(**each | {"letters": tuple(each.get("letters", ()))}) for each in content["segments"]
            ),
            tuple(content["catalogues"]),
            {stream: [(first, last) for first, last in each] for stream, each in content["ranges"].items()},
            content["obsolete"],
        )

    def publish(self, files: Publisher, folder: str, name: str = MANIFEST) -> None:
        content = orjson.dumps(asdict(self))

        def write(path: Path) -> None:
            path.write_bytes(content)

        files.publish(f"{folder}/{name}", write)

    def names(self) -> set[str]:
        """Files that count, or that readers may still hold."""
        return {*self.catalogues, *self.obsolete, *(each.name for each in self.segments)}

    def replaced_before(self, moment: float) -> set[str]:
        """What a merge had replaced by then."""
        return {name for name, since in self.obsolete.items() if since <= moment}

    def without_obsolete(self, names: Collection[str]) -> "Manifest":
        return replace(
            self, obsolete={name: since for name, since in self.obsolete.items() if name not in names}
        )

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


def unique_name(first_arrival: int, suffix: str) -> str:
    """No other file ever has it: what is replaced may be removed by whoever still knows the name."""
    return f"{first_arrival}-{time.time_ns()}-{secrets.token_hex(4)}{suffix}"


def is_plain_name(text: str) -> bool:
    return text.isascii() and text.replace("-", "").replace("_", "").isalnum()


def folder_name(*parts: str) -> str:
    """The folder of an organisation, a source, a day. Raises ValueError for what is no plain name."""
    for part in parts:
        if not is_plain_name(part) or len(part) > MAX_NAME_CHARACTERS:
            raise ValueError("Organisations and sources are named by letters, digits, - and _.")
    return "/".join(parts)
