"""What arrived over the network and waits to be read: one encrypted file for each batch, in the order of arrival.

A web process only writes a file and renames it into place; unpacking and parsing is a worker's work. The worker moves
what waits into a folder of its own before it reads it: whoever goes on after a crash finds the same batches in it. What
cannot be read is kept aside in a folder of its own; where it was, a mark says so.
"""

import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import orjson
from django.utils import timezone

from apps.core.disk import private_directory
from apps.core.errors import full_disk
from apps.core.models import new_id
from apps.log_analysis.sources.models import LogSource
from apps.vault.files import open_sealed, writing_sealed

# A worker reads about so much at once; the rest waits for its next turn.
MAX_TAKEN_BYTES = 32 * 2**20
MAX_HELD_SECONDS = 3600.0
_TAKEN = "taken-"
_HELD, _UNREAD = "held", "unread"
# Beside a batch in a folder, or in its place: why it was kept aside.
_MARK = ".aside"
_UNDER_WAY = "under-way.json"


@dataclass(frozen=True)
class Batch:
    """What one request brought. `form`: lines, syslog, json, otlp_json or otlp; `encoding`: as the header said it.

    `keep_days`: of the source when it came; none of a batch that has not been stored.
    """

    form: str
    encoding: str
    content: bytes
    arrived_at: datetime = field(default_factory=timezone.now)
    keep_days: int | None = None


def put(source: LogSource, batch: Batch) -> int:
    """Stores a batch for good and answers its bytes. Raises StorageFull."""
    _write(source, source.spool / new_id().hex, batch)
    return len(batch.content)


def hold(source: LogSource, batch: Batch) -> str:
    """Stores a batch that no worker sees before its name is released. Raises StorageFull."""
    name = new_id().hex
    _write(source, source.spool / _HELD / name, batch)
    return name


def release(source: LogSource, names: Iterable[str]) -> None:
    """Gives held batches to the worker, unless it has them; of others, those that a crash left are removed."""
    held_path = source.spool / _HELD
    for name in names:
        if (held_path / name).exists():
            (held_path / name).rename(source.spool / name)
    for path in held_path.glob("*"):
        if path.stat().st_mtime < time.time() - MAX_HELD_SECONDS:
            path.unlink(missing_ok=True)


def _write(source: LogSource, path: Path, batch: Batch) -> None:
    private_directory(path.parent)
    head = orjson.dumps(
        {
            "form": batch.form,
            "encoding": batch.encoding,
            "arrived_at": batch.arrived_at.timestamp(),
            # Read again, each record has the time that it had: which ones are believed must not change meanwhile.
            "keep_days": source.keep_days,
        }
    )
    try:
        # Names are UUIDv7: in the order of arrival.
        with writing_sealed(path, source.organisation_id) as file:
            file.write(head + b"\n" + batch.content)
    except OSError as error:
        if full := full_disk(error):
            raise full from error
        raise


def take(source: LogSource) -> Path | None:
    """A folder of batches to be read next, an unfinished one first; None where nothing waits.

    One worker at a time: the source's job is claimed by one.
    """
    if not source.spool.is_dir():
        return None
    unfinished = sorted(source.spool.glob(f"{_TAKEN}*"))
    if unfinished and any(unfinished[0].iterdir()):
        return unfinished[0]
    waiting = sorted(_batches(source))
    if not waiting:
        return None
    # Read to the end and emptied, when a crash came before they were gone.
    for folder in unfinished:
        folder.rmdir()
    # Named by the number of its first record: read again after a crash, each record has the number that it had, and
    # what was stored and counted is known by it.
    folder = source.spool / f"{_TAKEN}{source.spool_offset}"
    folder.mkdir(mode=0o700)
    taken_bytes = 0
    # What is in it changes no more once reading has begun: a crash in this loop leaves a smaller folder, and the rest waits.
    for path in waiting:
        taken_bytes += path.stat().st_size
        path.rename(folder / path.name)
        if taken_bytes > MAX_TAKEN_BYTES:
            break
    return folder


def first_offset(folder: Path) -> int:
    """The number of the first record in a folder."""
    return int(folder.name.removeprefix(_TAKEN))


def is_waiting(source: LogSource) -> bool:
    """Whether anything has come that was not read."""
    if not source.spool.is_dir():
        return False
    return any(_batches(source)) or any(any(folder.iterdir()) for folder in source.spool.glob(f"{_TAKEN}*"))


def _batches(source: LogSource) -> Iterator[Path]:
    """Whole ones that no worker has taken."""
    return (path for path in source.spool.iterdir() if path.is_file() and path.suffix == "")


def names(folder: Path) -> list[str]:
    """Of the batches of a folder, the oldest first, also of those that were kept aside."""
    return sorted({path.name.removesuffix(_MARK) for path in folder.iterdir()})


def read(path: Path) -> Batch:
    """Raises KeyLost and SealBroken."""
    with open_sealed(path) as file:
        head = orjson.loads(file.readline())
        # Not the time in its name: names of one process go on from the latest, also where a clock was set back.
        arrived_at = datetime.fromtimestamp(head["arrived_at"], UTC)
        return Batch(head["form"], head["encoding"], file.read(), arrived_at, head.get("keep_days"))


@dataclass(frozen=True)
class UnreadMark:
    """Why a batch was kept aside, and its bytes."""

    reason: str
    size: int


def mark_unread(folder: Path, name: str, mark: UnreadMark) -> None:
    """Before anything behind it is stored: from now on it counts as kept aside, whatever happens."""
    draft = folder.parent / f"{name}.draft"
    draft.write_bytes(orjson.dumps([mark.reason, mark.size]))
    draft.replace(folder / f"{name}{_MARK}")


def unmark(folder: Path, name: str) -> None:
    (folder / f"{name}{_MARK}").unlink(missing_ok=True)


def unread_mark(folder: Path, name: str) -> UnreadMark | None:
    """None where it was not kept aside."""
    path = folder / f"{name}{_MARK}"
    return UnreadMark(*orjson.loads(path.read_bytes())) if path.exists() else None


def unread_path(source: LogSource, name: str) -> Path:
    return source.spool / _UNREAD / name


def keep_unread(source: LogSource, folder: Path, name: str) -> None:
    """Moves a batch to where those are that could not be read."""
    private_directory(source.spool / _UNREAD)
    (folder / name).rename(unread_path(source, name))


def note_under_way(source: LogSource, batch_names: Sequence[str], deaths: dict[str, int]) -> None:
    """Which batches are being read, for whoever comes after a worker that died of them; `deaths`: how many did before."""
    note = source.spool / _UNDER_WAY
    if not batch_names and not deaths:
        note.unlink(missing_ok=True)
        return
    draft = note.with_suffix(".draft")
    draft.write_bytes(orjson.dumps({"names": batch_names, "deaths": deaths}))
    draft.replace(note)


def under_way(source: LogSource) -> tuple[list[str], dict[str, int]]:
    """What was noted last: batches that are being read, and how many workers each is known to have been the death of."""
    # Torn where the machine stopped: then nothing is known of it.
    with suppress(FileNotFoundError, orjson.JSONDecodeError):
        note = orjson.loads((source.spool / _UNDER_WAY).read_bytes())
        return note["names"], note["deaths"]
    return [], {}


def deaths_under_way(source: LogSource) -> tuple[bool, dict[str, int]]:
    """For who begins to read: whether the last worker died while it read, and the deaths of each batch with that one."""
    batch_names, deaths = under_way(source)
    if len(batch_names) == 1:
        deaths[batch_names[0]] = deaths.get(batch_names[0], 0) + 1
    return bool(batch_names or deaths), deaths


def remove(folder: Path) -> None:
    """Called when what was read of it is stored."""
    shutil.rmtree(folder)


def sealed_files(organisation_root: Path) -> Iterator[Path]:
    """All encrypted files below, for a change of keys."""
    return (path for path in organisation_root.rglob("*") if path.is_file() and not path.suffix)
