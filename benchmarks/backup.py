"""Backs up an installation with many conversations and files while it runs, restores it elsewhere, and compares.

Then single bytes of the backup are flipped, in its header and in its first, a middle and its last chunk, and each time it
is to be restored over the copy: it must be refused, and the copy stay as it is.
"""

import hashlib
import os
import random
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Annotated, Any

import psycopg
from psycopg import sql

from benchmarks import isolated
from benchmarks.waiting import module_run
from stack.backup_encryption import ENCRYPTED_CHUNK_BYTES, HEADER_BYTES
from stack.installation import Installation
from stack.preparation import prepare_application
from stack.programs import SERVERS

COMMAND = "bench backup"
CONVERSATIONS = 100_000
FILES = 2_000
FILE_BYTES = 256 * 1024
# In each of four places. Every refusal reads the file up to its byte.
FLIPS = 5
PASSPHRASE = {"KONGMING_BACKUP_PASSPHRASE": "a benchmark's passphrase"}


def run(
    conversations: int = CONVERSATIONS,
    files: int = FILES,
    flips: Annotated[int, "bytes flipped in each of four places"] = FLIPS,
) -> dict[str, Any]:
    with isolated.temporary_directory() as directory:
        source, copy = Path(directory, "source"), Path(directory, "copy")
        archive = Path(directory, "backup.kongming")
        with _servers(source) as installation:
            prepare_application(installation)
            url, uploads = installation.environment()["DATABASE_URL"], installation.layout.uploads
            _run(["benchmarks.planted_rows", str(conversations)], installation.environment())
            _plant_files(uploads, files)
            stored_mb = _bytes_stored(url, uploads) / 1e6
            backup_seconds = _seconds_of(source, "backup", str(archive))
            source_state = state_of(url, uploads)
        verify_seconds = _seconds_of(copy, "backup", "--verify", str(archive))
        restore_seconds = _seconds_of(copy, "restore", str(archive))
        restored_state = _restored_state(copy)
        archive_bytes = archive.stat().st_size
        refused = [is_refused(copy, archive, place) for place in flip_places(archive_bytes, flips)]
        # A refusal that had changed something would be none.
        is_unchanged = _restored_state(copy) == restored_state
    return {
        "conversations": conversations,
        "files": files,
        "stored_mb": round(stored_mb, 1),
        "archive_mb": round(archive_bytes / 1e6, 1),
        "differences": len(set(source_state.items()) ^ set(restored_state.items())),
        "flipped_bytes": len(refused),
        "flipped_byte_found": round(sum(refused) / len(refused), 4) if is_unchanged else 0.0,
        "backup_s": round(backup_seconds, 1),
        "backup_mb_per_s": round(stored_mb / backup_seconds, 1),
        "verify_s": round(verify_seconds, 1),
        "restore_s": round(restore_seconds, 1),
        "restore_mb_per_s": round(stored_mb / restore_seconds, 1),
    }


def flip_places(size: int, each: int) -> list[int]:
    """Offsets in the header, the first chunk, one in the middle and the last one, as many in each; the same every time."""
    chunks = -(-(size - HEADER_BYTES) // ENCRYPTED_CHUNK_BYTES)
    starts = [HEADER_BYTES + number * ENCRYPTED_CHUNK_BYTES for number in (0, chunks // 2, chunks - 1)]
    parts = [range(HEADER_BYTES), *(range(at, min(at + ENCRYPTED_CHUNK_BYTES, size)) for at in starts)]
    chance = random.Random(size)
    return [place for part in parts for place in chance.sample(part, each)]


def is_refused(copy: Path, archive: Path, place: int) -> bool:
    """Whether `restore` says that the file is no whole backup, before it begins to change anything."""
    with archive.open("r+b") as file:
        _flip(file, place)
        environment = os.environ | {"KONGMING_STATE_DIR": str(copy), **PASSPHRASE}
        done = module_run(["stack", "restore", "--replace", str(archive)], environment, answer="replace\n")
        _flip(file, place)
    has_begun = (copy / "restore.json").exists()
    return done.returncode == 1 and str(archive) in done.stderr and not has_begun


def _flip(file: IO[bytes], place: int) -> None:
    file.seek(place)
    (value,) = file.read(1)
    file.seek(place)
    file.write(bytes([value ^ 1 << place % 8]))
    file.flush()


def _restored_state(copy: Path) -> dict[str, str]:
    with _servers(copy) as installation:
        return state_of(installation.environment()["DATABASE_URL"], installation.layout.uploads)


def state_of(url: str, uploads: Path) -> dict[str, str]:
    """A digest of each table's rows, in whatever order they lie, and of each file."""
    with psycopg.connect(url) as connection:
        # A new cluster takes its time zone from whoever makes it.
        connection.execute("SET TimeZone = 'UTC'")
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        digest = sql.SQL("SELECT count(*), coalesce(sum(hashtextextended(r::text, 0)), 0) FROM {} r")
        state = {
            f"table {name}": str(connection.execute(digest.format(sql.Identifier(name))).fetchone())
            for (name,) in tables
        }
    for path in uploads.rglob("*"):
        if path.is_file():
            state[f"file {path.relative_to(uploads)}"] = hashlib.sha256(path.read_bytes()).hexdigest()
    return state


def _servers(state: Path) -> Installation:
    settings = {"KONGMING_STATE_DIR": str(state), "LLM_ENDPOINT": "http://127.0.0.1:1/v1"}
    return Installation(state, names=SERVERS, settings=settings)


def _seconds_of(state: Path, *arguments: str) -> float:
    """A process of its own, as a person runs it."""
    start = time.monotonic()
    _run(["stack", *arguments], os.environ | {"KONGMING_STATE_DIR": str(state), **PASSPHRASE})
    return time.monotonic() - start


def _run(module: list[str], environment: Mapping[str, str]) -> None:
    process = module_run(module, environment)
    if process.returncode:
        raise RuntimeError(f"{' '.join(module)} failed:\n{process.stdout}{process.stderr}")


def _plant_files(uploads: Path, count: int) -> None:
    for number in range(count):
        path = uploads / "attachments" / f"{number % 100:02}" / f"{number:06}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(FILE_BYTES))


def _bytes_stored(url: str, uploads: Path) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT pg_database_size(current_database())").fetchone()
    return int((row or [0])[0]) + sum(path.stat().st_size for path in uploads.rglob("*") if path.is_file())
