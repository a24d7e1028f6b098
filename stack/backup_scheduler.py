"""The process `backups`: writes backups when the plan says so or somebody asks, and rehearses restoring them.

What is asked for and what became of it stands in two tables of the portal (`apps/operations/backups/models.py`), read
and written by SQL: this process alone may know the passphrase, and nothing of the portal has to run for a backup.
"""

import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
from psycopg.types.json import Jsonb

from stack.archive import FILES, Manifest
from stack.backup import database_installation, whole_source, write_backup
from stack.database_tools import Connection, connection_to
from stack.errors import StackError
from stack.installation import OF_BACKUPS_ALONE, Installation
from stack.progress import Steps, console
from stack.restore import opened, restore_into

POLL_SECONDS = 10
PREFIX, SUFFIX = "kongming-", ".kongming"
# Those that `_new_file` makes, and no other.
OWN_NAMES = f"{PREFIX}{'[0-9]' * 8}T{'[0-9]' * 6}Z{SUFFIX}"
INTERRUPTED = "The process ended before this was done. Ask for it again."


@dataclass(frozen=True)
class Plan:
    cadence: str
    weekday: int
    hour: int
    folder: str
    keep: int


@dataclass(frozen=True)
class Request:
    """`file`: the backup that a drill is about."""

    id: int
    kind: str
    file: str


class TellingSteps(Steps):
    """Says each step to whoever looks at the page, too."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def begin(self, description: str) -> Callable[[], None]:
        self._tell(description)
        return super().begin(description)

    @contextmanager
    def bytes(self, description: str, total: int | None) -> Iterator[Callable[[int], None]]:
        self._tell(description)
        with super().bytes(description, total) as report:
            yield report


def serve() -> int:
    """Until the process is ended. A database that is away, or has no tables yet, is asked again."""
    installation = database_installation()
    url = installation.environment()["DATABASE_URL"]
    is_settled = False
    while True:
        try:
            if not is_settled:
                end_interrupted(url)
            # What a database broke off that went away would be under way for ever, and nothing else begin.
            is_settled = False
            look(installation, url)
            is_settled = True
        except (StackError, psycopg.Error) as error:
            console.print(f"Backups wait: {error}", soft_wrap=True)
        time.sleep(POLL_SECONDS)


def check() -> int:
    """0 while the process looks into its tables, or is busy with what it found there; for a container's health check."""
    with connection_to(database_installation().environment()["DATABASE_URL"]) as connection:
        return 0 if is_attended(connection) else 1


def is_attended(connection: Connection) -> bool:
    # It does not look again before a long backup is done.
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM operations_backupplan WHERE seen_at > now() - interval '2 minutes')"
        " OR EXISTS (SELECT FROM operations_backuprun WHERE state = 'running')"
    ).fetchone()
    return bool(row and row[0])


def end_interrupted(url: str) -> None:
    with connection_to(url) as connection:
        connection.execute(
            "UPDATE operations_backuprun SET state = 'failed', message = %s, ended_at = now() WHERE state = 'running'",
            [INTERRUPTED],
        )


def look(installation: Installation, url: str, now: datetime | None = None) -> None:
    """Does what is due and what was asked for, one after the other."""
    moment = now or datetime.now(UTC)
    with connection_to(url) as connection:
        plan = _plan(connection)
        if is_due(plan, _last_scheduled(connection), moment, ZoneInfo(installation.env.time_zone)):
            # Only one backup may wait or be under way (the constraint `one_backup_run_at_a_time`). Where somebody asked
            # for one, this one is asked for at a later look.
            connection.execute(
                "INSERT INTO operations_backuprun (kind, is_scheduled) VALUES ('backup', true) ON CONFLICT DO NOTHING"
            )
        while request := _next_request(connection):
            _do(installation, connection, plan, request)


def is_due(plan: Plan, last: datetime | None, now: datetime, zone: ZoneInfo) -> bool:
    """Whether the latest time that the plan names has passed without a scheduled backup since.

    A machine that was off at that hour makes up for it once.
    """
    if plan.cadence == "off":
        return False
    local = now.astimezone(zone)
    # `fold`: in the night in which the clocks are set back, the hour that comes twice is due once.
    slot = local.replace(hour=plan.hour, minute=0, second=0, microsecond=0, fold=0)
    if plan.cadence == "weekly":
        slot -= timedelta(days=(local.weekday() - plan.weekday) % 7)
    if slot > local:
        slot -= timedelta(days=7 if plan.cadence == "weekly" else 1)
    return last is None or last < slot


def rehearse(file: Path, passphrase: str, state: Path, steps: Steps) -> Manifest:
    """Restores `file` into a scratch installation under `state` and compares all of it. Raises StackError for any
    difference.
    """
    with tempfile.TemporaryDirectory(prefix="drill-", dir=state) as directory:
        # The database's system user has to pass through.
        Path(directory).chmod(0o711)
        # Of the settings the passphrase alone: with DATABASE_URL the drill would go into the real database.
        scratch = Installation(
            Path(directory) / "state",
            names=["postgresql"],
            settings={OF_BACKUPS_ALONE: passphrase},
            throw_away=True,
        )
        scratch.layout.create()
        return restore_into(scratch, opened(scratch, file), replace=False, steps=steps)


def _do(installation: Installation, connection: Connection, plan: Plan, request: Request) -> None:
    def tell(stage: str) -> None:
        connection.execute(
            "UPDATE operations_backuprun SET stage = %s WHERE id = %s", [stage[:200], request.id]
        )

    started_at, steps = time.monotonic(), TellingSteps(tell)
    try:
        if request.kind == "drill":
            path = Path(request.file)
            passphrase = installation.env.kongming_backup_passphrase.get_secret_value()
            manifest = rehearse(path, passphrase, installation.layout.state, steps)
        else:
            path, source = _new_file(installation, plan), whole_source(installation)
            with steps:
                manifest = write_backup(path, source, steps)
            _delete_older(path.parent, plan.keep)
        size = path.stat().st_size
    except (StackError, OSError) as error:
        connection.execute(
            "UPDATE operations_backuprun SET state = 'failed', stage = '', message = %s, ended_at = now()"
            " WHERE id = %s",
            [str(error), request.id],
        )
        console.print(f"{request.kind} failed: {error}", soft_wrap=True)
        return
    details: dict[str, Any] = {
        "rows": sum(manifest.rows.values()),
        "tables": len(manifest.rows),
        "files": manifest.count_of(FILES),
        "seconds": round(time.monotonic() - started_at, 1),
    }
    connection.execute(
        "UPDATE operations_backuprun SET state = 'succeeded', stage = '', file = %s, bytes = %s, details = %s,"
        " ended_at = now() WHERE id = %s",
        [str(path), size, Jsonb(details), request.id],
    )


def _plan(connection: Connection) -> Plan:
    """With a word that somebody looks here."""
    rows = connection.execute(
        "INSERT INTO operations_backupplan (id, seen_at) VALUES (1, now())"
        " ON CONFLICT (id) DO UPDATE SET seen_at = now() RETURNING cadence, weekday, hour, folder, keep"
    ).fetchall()
    return Plan(*rows[0])  # type: ignore[arg-type]


def _last_scheduled(connection: Connection) -> datetime | None:
    row = connection.execute("SELECT max(asked_at) FROM operations_backuprun WHERE is_scheduled").fetchone()
    return row[0] if row else None  # type: ignore[return-value]


def _next_request(connection: Connection) -> Request | None:
    # SKIP LOCKED: where two of these processes run, each takes another request.
    row = connection.execute(
        "UPDATE operations_backuprun SET state = 'running', started_at = now() WHERE id ="
        " (SELECT id FROM operations_backuprun WHERE state = 'queued' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED)"
        " RETURNING id, kind, file"
    ).fetchone()
    return Request(*row) if row else None  # type: ignore[arg-type]


def _new_file(installation: Installation, plan: Plan) -> Path:
    """Named in UTC: the names sort by time, also in the night in which the clocks are set back."""
    folder = Path(plan.folder) if plan.folder else installation.layout.backups
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{PREFIX}{datetime.now(UTC):%Y%m%dT%H%M%SZ}{SUFFIX}"


def _delete_older(folder: Path, keep: int) -> None:
    """Names sort by time. What `up` keeps before an upgrade has another name, and so has what people made themselves, who
    like to begin a name as this does and to go on with the day.
    """
    for old in sorted(folder.glob(OWN_NAMES))[:-keep]:
        old.unlink()


if __name__ == "__main__":
    raise SystemExit(check() if "--check" in sys.argv[1:] else serve())
