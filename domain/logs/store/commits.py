"""How a change of a source comes to count: as a whole and in order, beside others. Here on a disk, by locks."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Protocol, TypeVar

from domain.logs.store.files import Files, LocalFiles, Publisher
from domain.logs.store.manifest import MANIFEST, Manifest, Segment, folder_name

LOCK, MERGE_LOCK = "lock", "merge-lock"
Result = TypeVar("Result")


class SourceState(Protocol):
    """What counts of a source, where a reader looks first."""

    def days(self) -> list[str]:
        """Oldest first, as 2026-11-27."""

    def manifest(self, day: str) -> Manifest:
        """Empty where there is none."""

    def version(self, day: str) -> str:
        """Another one after each change of the day, told without opening its manifest; empty where there is none."""


class Change(SourceState, Protocol):
    """What the steps of one change see and do. Files that they write are of no account until a manifest names them."""

    @property
    def files(self) -> Publisher:
        """Where the change writes."""

    def take_arrivals(self, count: int) -> int:
        """The first of `count` numbers, greater than all that were committed before."""

    def publish(self, day: str, manifest: Manifest) -> None:
        """From now on, or from the end of the change on, this counts."""


class MergeNotes(Protocol):
    """What a merge leaves to the next one, of no account for what is stored."""

    def read(self) -> bytes: ...

    def write(self, content: bytes) -> None: ...


class PreparedSegments(Protocol):
    """Segments that are made before a change, which may be tried more than once, and published in it."""

    @property
    def files(self) -> Publisher:
        """Where to write them."""

    def publish(self, files: Publisher, folder: str, segment: Segment) -> Segment:
        """As it lies there now."""

    def discard(self, folder: str, segment: Segment) -> None:
        """What is not published after all."""


class Commits(Protocol):
    """Of one place where records are stored."""

    @property
    def files(self) -> Files: ...

    def sources(self, organisation: str) -> list[str]: ...

    def state(self, home: str) -> SourceState: ...

    def change(self, home: str, step: Callable[[Change], Result]) -> Result:
        """Does the step, again where another change came between. Raises StoreBusy where others always do."""

    def prepare(self) -> AbstractContextManager[PreparedSegments]: ...

    def merging(self, home: str) -> AbstractContextManager[MergeNotes | None]:
        """None where another merge of this source is under way, as far as this place knows."""

    def sweep(self, home: str, day: str, grace_s: float) -> float | None:
        """Removes what merges have replaced that long ago, and what a killed writer never finished.

        Since when what else nobody counts lies there; none where nothing does.
        """

    def drop_before(self, home: str, first_day: str) -> int:
        """Days before this one go as a whole; says how many."""

    def delete(self, home: str) -> None:
        """The source with everything of it, also what is being written."""

    def delete_organisation(self, folder: str) -> None:
        """What is left of sources that were deleted and that nobody writes to any more."""


@dataclass(frozen=True)
class LocalState:
    files: LocalFiles
    home: str

    def days(self) -> list[str]:
        return [name for name in self.files.names(self.home) if name[:1].isdigit()]

    def manifest(self, day: str) -> Manifest:
        return Manifest.read(self.files, f"{self.home}/{day}")

    def version(self, day: str) -> str:
        return self.files.version(f"{self.home}/{day}/{MANIFEST}")


@dataclass(frozen=True)
class LocalChange(LocalState):
    """Each manifest counts as soon as it is published; whoever has the lock of the source may."""

    lock: BinaryIO

    def take_arrivals(self, count: int) -> int:
        """They follow the clock, so a lost file does no harm."""
        self.lock.seek(0)
        first = next_arrival(int(self.lock.read() or b"0"))
        self.lock.seek(0)
        self.lock.write(b"%020d" % (first + count - 1))
        self.lock.flush()
        return first

    def publish(self, day: str, manifest: Manifest) -> None:
        manifest.publish(self.files, f"{self.home}/{day}")


@dataclass(frozen=True)
class LocalNotes:
    """The lock of merges holds them."""

    lock: BinaryIO

    def read(self) -> bytes:
        return self.lock.read()

    def write(self, content: bytes) -> None:
        self.lock.seek(0)
        self.lock.truncate()
        self.lock.write(content)


@dataclass(frozen=True)
class PublishedSegments:
    """On a disk they lie under their names before a manifest has them: merges exclude each other."""

    files: LocalFiles

    def publish(self, files: Publisher, folder: str, segment: Segment) -> Segment:
        return segment

    def discard(self, folder: str, segment: Segment) -> None:
        self.files.remove(f"{folder}/{segment.name}")


@dataclass(frozen=True)
class LocalCommits:
    """A source's changes queue behind an flock, which ends with its holder."""

    files: LocalFiles

    def sources(self, organisation: str) -> list[str]:
        return self.files.names(folder_name(organisation))

    def state(self, home: str) -> LocalState:
        return LocalState(self.files, home)

    def change(self, home: str, step: Callable[[Change], Result]) -> Result:
        with self.files.exclusive(f"{home}/{LOCK}") as lock:
            return step(LocalChange(self.files, home, lock))

    @contextmanager
    def prepare(self) -> Iterator[PublishedSegments]:
        yield PublishedSegments(self.files)

    @contextmanager
    def merging(self, home: str) -> Iterator[LocalNotes | None]:
        with ExitStack() as stack:
            try:
                lock = stack.enter_context(self.files.exclusive(f"{home}/{MERGE_LOCK}", wait=False))
            except BlockingIOError:
                yield None
                return
            yield LocalNotes(lock)

    def sweep(self, home: str, day: str, grace_s: float) -> None:
        folder, now = f"{home}/{day}", time.time()
        with self.files.exclusive(f"{home}/{LOCK}"):
            manifest = Manifest.read(self.files, folder)
            old = manifest.replaced_before(now - grace_s)
            # The locks of writers and of merges are both held: what nobody counts is nobody's.
            orphans = set(self.files.names(folder)) - manifest.names() - {MANIFEST}
            if old:
                manifest.without_obsolete(old).publish(self.files, folder)
            for name in old | orphans:
                self.files.remove(f"{folder}/{name}")

    def drop_before(self, home: str, first_day: str) -> int:
        days = [day for day in self.state(home).days() if day < first_day]
        with self.files.exclusive(f"{home}/{LOCK}"):
            for day in days:
                self.files.remove_folder(f"{home}/{day}")
        return len(days)

    def delete(self, home: str) -> None:
        with self.files.exclusive(f"{home}/{LOCK}"):
            self.files.remove_folder(home)

    def delete_organisation(self, folder: str) -> None:
        self.files.remove_folder(folder)


def next_arrival(last: int) -> int:
    return max(last + 1, time.time_ns() // 1000)
