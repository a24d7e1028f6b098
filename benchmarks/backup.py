"""Backs up an installation with many conversations and files while it runs, restores it elsewhere, and compares."""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from stack.installation import Installation
from stack.layout import PROJECT_ROOT
from stack.preparation import prepare_application
from stack.programs import SERVERS

COMMAND = "bench backup"
CONVERSATIONS = 100_000
FILES = 2_000
FILE_BYTES = 256 * 1024
PASSPHRASE = {"KONGMING_BACKUP_PASSPHRASE": "a benchmark's passphrase"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--conversations", type=int, default=CONVERSATIONS)
    parser.add_argument("--files", type=int, default=FILES)


def run(options: argparse.Namespace) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="kongming-") as directory:
        # PostgreSQL may run as a user of its own and must be able to pass through.
        Path(directory).chmod(0o755)
        source, copy = Path(directory, "source"), Path(directory, "copy")
        archive = Path(directory, "backup.kongming")
        with _servers(source) as installation:
            prepare_application(installation)
            url = installation.environment()["DATABASE_URL"]
            _run(["benchmarks.planted_rows", str(options.conversations)], installation.environment())
            _plant_files(installation.layout.uploads, options.files)
            stored_bytes = _bytes_stored(url, installation.layout.uploads)
            backup_seconds = _seconds_of(source, "backup", str(archive))
            source_state = state_of(url, installation.layout.uploads)
        verify_seconds = _seconds_of(copy, "restore", "--verify", str(archive))
        restore_seconds = _seconds_of(copy, "restore", str(archive))
        with _servers(copy) as installation:
            url = installation.environment()["DATABASE_URL"]
            restored_state = state_of(url, installation.layout.uploads)
        archive_bytes = archive.stat().st_size
    return {
        "conversations": options.conversations,
        "files": options.files,
        "stored_mb": round(stored_bytes / 1e6, 1),
        "archive_mb": round(archive_bytes / 1e6, 1),
        "differences": len(set(source_state.items()) ^ set(restored_state.items())),
        "backup_s": round(backup_seconds, 1),
        "backup_mb_per_s": round(stored_bytes / 1e6 / backup_seconds, 1),
        "verify_s": round(verify_seconds, 1),
        "restore_s": round(restore_seconds, 1),
        "restore_mb_per_s": round(stored_bytes / 1e6 / restore_seconds, 1),
    }


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
    process = subprocess.run(
        [sys.executable, "-m", *module],
        env={**environment, "PYTHONPATH": str(PROJECT_ROOT)},
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
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
