"""What arrived over the network and waits to be read: one encrypted file for each batch, in the order of arrival.

A web process only writes a file and renames it into place; unpacking and parsing is a worker's work. The worker moves
what waits into a folder of its own before it reads it: whoever goes on after a crash finds the same batches in it.
"""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import orjson
from django.utils import timezone

from apps.core.disk import private_directory
from apps.core.errors import full_disk
from apps.core.models import new_id
from apps.log_analysis.sources.models import LogSource
from apps.vault.files import open_sealed, writing_sealed

# A worker reads about so much at once; the rest waits for its next turn.
MAX_TAKEN_BYTES = 32 * 2**20
_TAKEN = "taken-"


@dataclass(frozen=True)
class Batch:
    """What one request brought. `form`: lines, json, otlp_json or otlp; `encoding`: as the header said it."""

    form: str
    encoding: str
    content: bytes
    arrived_at: datetime = field(default_factory=timezone.now)


def put(source: LogSource, batch: Batch) -> int:
    """Stores a batch for good and answers its bytes. Raises StorageFull."""
    private_directory(source.spool)
    head = orjson.dumps({"form": batch.form, "encoding": batch.encoding})
    try:
        # UUIDv7: names in the order of arrival.
        with writing_sealed(source.spool / new_id().hex, source.organisation_id) as file:
            file.write(head + b"\n" + batch.content)
    except OSError as error:
        if full := full_disk(error):
            raise full from error
        raise
    return len(batch.content)


def take(source: LogSource) -> Path | None:
    """A folder of batches to be read next, an unfinished one first; None where nothing waits.

    One worker at a time: the source's job is claimed by one.
    """
    if not source.spool.is_dir():
        return None
    unfinished = sorted(source.spool.glob(f"{_TAKEN}*"))
    if unfinished and any(unfinished[0].iterdir()):
        return unfinished[0]
    waiting = sorted(path for path in source.spool.iterdir() if path.is_file() and path.suffix == "")
    if not waiting:
        return None
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


def arrived_at(batch: Path) -> datetime:
    """When a batch came: its name begins with it, so it stays the same whenever the batch is read."""
    return datetime.fromtimestamp((UUID(hex=batch.name).int >> 80) / 1000, UTC)


def is_waiting(source: LogSource) -> bool:
    """Whether anything has come that was not read."""
    return source.spool.is_dir() and any(source.spool.iterdir())


def read(folder: Path) -> Iterator[Batch]:
    """The batches of a folder, oldest first. Raises KeyLost and SealBroken."""
    for path in sorted(folder.iterdir()):
        with open_sealed(path) as file:
            head = orjson.loads(file.readline())
            yield Batch(head["form"], head["encoding"], file.read(), arrived_at(path))


def remove(folder: Path) -> None:
    """Called when what was read of it is stored."""
    shutil.rmtree(folder)


def sealed_files(organisation_root: Path) -> Iterator[Path]:
    """All encrypted files below, for a change of keys."""
    return (
        path for path in organisation_root.rglob("*") if path.is_file() and ".unfinished" not in path.name
    )
