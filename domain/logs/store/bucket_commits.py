"""How a change of a source comes to count in a bucket: one object, its head, is replaced if nobody has changed it.

The head names the manifest of each day, and manifests never change: a question reads the head and the manifests that it
has not seen yet, and lists nothing. Whatever a change writes has a name of its own and is of no account until the head
names it. Who removes files that no head names changes the head first: a writer that was about to name one fails, and
writes everything anew.
"""

import os
import random
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import orjson

from domain.logs.store.bucket_files import BucketFiles
from domain.logs.store.commits import Result, next_arrival
from domain.logs.store.errors import ChangedMeanwhile, OutcomeUnknown, StoreBusy, StoreUnreachable
from domain.logs.store.files import LocalFiles, Publisher
from domain.logs.store.manifest import Manifest, Segment, folder_name, unique_name

HEAD, NOTES = "head.json", "merged.json"
PROBE = "conditions-of-put"
MANIFEST_SUFFIX = ".manifest"
MAX_TRIES, FIRST_PAUSE_S, MAX_PAUSE_S = 30, 0.01, 1.0
# Whoever heard no answer looks here whether its change counts; behind that many later ones its work is merely done again.
REMEMBERED_COMMITS = 64


@dataclass(frozen=True)
class Head:
    """`days`: the manifest of each, by its name. `arrival`: the last number that was given."""

    arrival: int = 0
    days: dict[str, str] = field(default_factory=dict)
    commits: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, text: bytes) -> "Head":
        content = orjson.loads(text)
        return cls(content["arrival"], content["days"], tuple(content["commits"]))


@dataclass
class BucketState:
    bucket: BucketFiles
    home: str
    head: Head

    def days(self) -> list[str]:
        return sorted(self.head.days)

    def manifest(self, day: str) -> Manifest:
        """Raises FileNotFoundError where the head was read ten minutes ago."""
        name = self.head.days.get(day)
        return _read_manifest(self.bucket, f"{self.home}/{day}/{name}") if name else Manifest()

    def version(self, day: str) -> str:
        return self.head.days.get(day, "")


class BucketChange(BucketState):
    """Everything in it counts with the head that `head_after` gives, at once."""

    def __init__(self, bucket: BucketFiles, home: str, head: Head) -> None:
        super().__init__(bucket, home, head)
        self.files = WrittenFiles(bucket)
        self.is_changed = False
        self.arrival, self._days = head.arrival, dict(head.days)
        self._manifests: dict[str, Manifest] = {}

    def days(self) -> list[str]:
        return sorted(self._days)

    def manifest(self, day: str) -> Manifest:
        if day in self._manifests:
            return self._manifests[day]
        return super().manifest(day) if day in self._days else Manifest()

    def take_arrivals(self, count: int) -> int:
        first = next_arrival(self.arrival)
        self.arrival = first + count - 1
        return first

    def publish(self, day: str, manifest: Manifest) -> None:
        name = unique_name(self.arrival, MANIFEST_SUFFIX)
        manifest.publish(self.files, f"{self.home}/{day}", name)
        self._days[day], self._manifests[day], self.is_changed = name, manifest, True

    def drop(self, days: Collection[str]) -> None:
        self._days = {day: name for day, name in self._days.items() if day not in days}
        self.touch()

    def touch(self) -> None:
        """Whoever has read the head before has to read it again before a change of theirs counts."""
        self.is_changed = True

    def named_files(self, days: Collection[str]) -> set[str]:
        """What counts of these days, or may still be held by readers."""
        return {
            f"{self.home}/{day}/{name}"
            for day in days
            if day in self._days
            for name in (*self.manifest(day).names(), self._days[day])
        }

    def head_after(self, commit: str) -> Head:
        """No two are alike: S3 makes an object's tag of its content."""
        return Head(self.arrival, self._days, (*self.head.commits, commit)[-REMEMBERED_COMMITS:])


@dataclass(frozen=True)
class WrittenFiles:
    """Writes to a bucket, and remembers what."""

    bucket: BucketFiles
    paths: list[str] = field(default_factory=list)

    def publish(self, path: str, write: Callable[[Path], object]) -> int:
        self.paths.append(path)
        return self.bucket.publish(path, write)

    def make_folder(self, folder: str) -> None:
        """There are none."""


class DraftFiles(LocalFiles):
    def publish(self, path: str, write: Callable[[Path], object]) -> int:
        self.make_folder(path.rpartition("/")[0])
        return super().publish(path, write)


@dataclass(frozen=True)
class DraftSegments:
    """On the disk, until a change sends them: under a name of its own each time that it is tried."""

    files: DraftFiles

    def publish(self, files: Publisher, folder: str, segment: Segment) -> Segment:
        draft = self.files.root / folder / segment.name
        name = unique_name(segment.first_arrival, draft.suffix)
        files.publish(f"{folder}/{name}", lambda path: shutil.copyfile(draft, path))
        return replace(segment, name=name)

    def discard(self, folder: str, segment: Segment) -> None:
        """It goes with its folder."""


@dataclass(frozen=True)
class BucketNotes:
    bucket: BucketFiles
    path: str

    def read(self) -> bytes:
        try:
            return self.bucket.read(self.path)
        except FileNotFoundError:
            return b""

    def write(self, content: bytes) -> None:
        self.bucket.publish(self.path, lambda path: path.write_bytes(content))


@dataclass(frozen=True)
class BucketCommits:
    files: BucketFiles

    def sources(self, organisation: str) -> list[str]:
        """Also deleted ones of which a killed writer has left something; of others only the empty head is left."""
        owner = folder_name(organisation)
        return [name for name in self.files.folders(owner) if not self._is_deleted(f"{owner}/{name}")]

    def state(self, home: str) -> BucketState:
        return BucketState(self.files, home, self._read_head(home)[0])

    def change(self, home: str, step: Callable[[BucketChange], Result]) -> Result:
        _check_conditions(self.files, os.getpid())
        commit = uuid.uuid4().hex
        unanswered: list[Result] = []
        for attempt in range(MAX_TRIES):
            head, tag = self._read_head(home)
            if commit in head.commits:
                return unanswered[-1]
            change = BucketChange(self.files, home, head)
            try:
                result = step(change)
                if not change.is_changed or self._put_head(home, change, commit, tag):
                    return result
            except FileNotFoundError:
                # A manifest that was replaced after the head was read, and is gone; with the same head it is damage.
                if self._read_head(home)[1] == tag:
                    raise
            except OutcomeUnknown:
                unanswered.append(result)
            # By chance, and longer each time: writers that met once would meet again.
            time.sleep(random.uniform(0, min(MAX_PAUSE_S, FIRST_PAUSE_S * 2**attempt)))  # noqa: S311
        raise StoreBusy(f"{home} changed {MAX_TRIES} times before this change could count.")

    @contextmanager
    def prepare(self) -> Iterator[DraftSegments]:
        with tempfile.TemporaryDirectory(prefix="kongming-logs-") as folder:
            yield DraftSegments(DraftFiles(Path(folder)))

    @contextmanager
    def merging(self, home: str) -> Iterator[BucketNotes]:
        """Two at once do some work twice, and the second one's is of no account."""
        yield BucketNotes(self.files, f"{home}/{NOTES}")

    def sweep(self, home: str, day: str, grace_s: float) -> float | None:
        now = time.time()
        orphans = self._unnamed_files(home, day)
        stale = {path for path, since in orphans.items() if since <= now - grace_s}
        waiting = [since for path, since in orphans.items() if path not in stale]
        old = self.state(home).manifest(day).replaced_before(now - grace_s)
        if old or stale:

            def forget(change: BucketChange) -> set[str]:
                manifest = change.manifest(day)
                if manifest.replaced_before(now - grace_s):
                    remaining = manifest.without_obsolete(manifest.replaced_before(now - grace_s))
                    change.publish(day, remaining)
                change.touch()
                return change.named_files([day])

            named_files = self.change(home, forget)
            self.files.remove_all((stale | {f"{home}/{day}/{name}" for name in old}) - named_files)
        return min([*waiting, now] if old else waiting, default=None)

    def drop_before(self, home: str, first_day: str) -> int:
        leftovers = [name for name in self.files.folders(home) if name < first_day]
        days = [day for day in self.state(home).days() if day < first_day]
        return len(days) if self._drop(home, {*leftovers, *days}) else 0

    def delete(self, home: str) -> None:
        """Its head stays, empty: there is no removing an object only if nobody has changed it."""
        self._drop(home, {*self.files.folders(home), *self.state(home).days()})
        self.files.remove(f"{home}/{NOTES}")

    def delete_organisation(self, folder: str) -> None:
        self.files.remove_all(self.files.objects(folder))

    def _drop(self, home: str, days: Collection[str]) -> bool:
        """The days, and whatever lies where they were."""
        leftovers = {path for day in days for path in self.files.objects(f"{home}/{day}")}
        if not days:
            return False

        def drop(change: BucketChange) -> None:
            change.drop(days)

        self.change(home, drop)
        self.files.remove_all(leftovers)
        return True

    def _unnamed_files(self, home: str, day: str) -> dict[str, float]:
        """What no head names and since when, as far as that can be told; what is being written is among them."""
        folder = f"{home}/{day}"
        write_times = {path: moment.timestamp() for path, moment in self.files.objects(folder).items()}
        state = self.state(home)
        manifest_paths = {f"{folder}/{name}" for name in (*state.manifest(day).names(), state.version(day))}
        manifests = sorted(since for path, since in write_times.items() if path.endswith(MANIFEST_SUFFIX))
        orphans = {}
        for path, since in write_times.items():
            if path not in manifest_paths:
                # A manifest was named until the next one was written.
                later = [each for each in manifests if each > since]
                orphans[path] = min(later, default=since) if path.endswith(MANIFEST_SUFFIX) else since
        return orphans

    def _is_deleted(self, home: str) -> bool:
        return not self.state(home).days() and not self.files.folders(home)

    def _put_head(self, home: str, change: BucketChange, commit: str, tag: str | None) -> bool:
        """Whether the change counts. Raises OutcomeUnknown: then what it has written may still come to count."""
        after = orjson.dumps(asdict(change.head_after(commit)))
        try:
            self.files.replace_if_unchanged(f"{home}/{HEAD}", after, tag)
        except ChangedMeanwhile:
            self.files.remove_all(change.files.paths)
            return False
        return True

    def _read_head(self, home: str) -> tuple[Head, str | None]:
        try:
            content, tag = self.files.read_tagged(f"{home}/{HEAD}")
        except FileNotFoundError:
            return Head(), None
        return Head.from_json(content), tag


@lru_cache(maxsize=8)
def _check_conditions(bucket: BucketFiles, _process: int) -> None:
    """Once for each process: a server that passes conditions over would lose records without a word."""
    try:
        with suppress(ChangedMeanwhile):
            bucket.replace_if_unchanged(PROBE, b"", None)
        for tag in (None, '"another"'):
            with suppress(ChangedMeanwhile):
                bucket.replace_if_unchanged(PROBE, b"", tag)
                raise StoreUnreachable("This server passes If-Match or If-None-Match of a PUT over.")
    except OutcomeUnknown as error:
        raise StoreUnreachable(str(error)) from error


@lru_cache(maxsize=512)
def _read_manifest(bucket: BucketFiles, path: str) -> Manifest:
    return Manifest.from_json(bucket.read(path))
