"""What `up` does after new code has arrived: old code stops, the database is kept as it was, then it changes."""

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path

from stack.backup import database_source, write_backup
from stack.installation import Installation
from stack.layout import PROJECT_ROOT
from stack.preparation import applied_migrations, manage
from stack.programs import APPLICATION
from stack.progress import Steps, console

# Each is as large as the database; the oldest go, whatever they were made before.
MAX_DUMPS = 3
NAME = "before-upgrade-*.kongming"
CODE = (
    "apps",
    "config",
    "domain",
    "llm_backend",
    "stack",
    "templates",
    "static",
    "locale",
    "requirements",
)
# Compiled from the others, at any moment: a start would look like new code.
NOT_CODE = (".pyc", ".mo")


def pending_migrations(installation: Installation) -> list[str]:
    """Migrations that a database with data has not seen. Raises StackError for a newer version, or another product."""
    if not applied_migrations(installation):
        # Whether it is empty or somebody else's is found out by the preparation, before it changes anything.
        return []
    plan = json.loads(manage(installation, "upgrade_schema", "--plan").splitlines()[-1])
    pending: list[str] = plan["pending"]
    if not pending:
        console.print("The database schema is up to date: nothing to migrate.")
    return pending


def dump_before_migrations(installation: Installation, pending: list[str], steps: Steps) -> None:
    """The database alone: migrations do not touch files. Of these dumps the last few are kept."""
    layout = installation.layout
    layout.backups.mkdir(mode=0o700, exist_ok=True)
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    file = layout.backups / NAME.replace("*", moment)
    console.print(f"{len(pending)} pending migrations; a database dump is kept in {file}", soft_wrap=True)
    write_backup(file, database_source(installation), steps)
    delete_older_dumps(layout.backups)


def delete_older_dumps(directory: Path) -> None:
    """Their names hold their moments; backups that a person put there have other names."""
    for older in sorted(directory.glob(NAME))[:-MAX_DUMPS]:
        older.unlink()


def stop_older_code(installation: Installation, steps: Steps, *, anyway: bool) -> None:
    """Web and workers that were started from other code than there is now; with `anyway` of the same, too."""
    if not set(APPLICATION) & set(installation.pids()):
        return
    stamp = installation.layout.started_code
    is_started_from_this_code = stamp.exists() and stamp.read_text() == code_digest()
    if anyway or not is_started_from_this_code:
        with steps.step("Stopping what runs older code"):
            installation.supervisor.stop_programs(APPLICATION)


def remember_code(installation: Installation) -> None:
    installation.layout.started_code.write_text(code_digest())


def code_digest() -> str:
    """Names, sizes and times, as a pull or an editor changes them."""
    digest = hashlib.sha256()
    paths = (path for directory in CODE for path in (PROJECT_ROOT / directory).rglob("*"))
    for path in sorted(path for path in paths if path.suffix not in NOT_CODE and path.is_file()):
        status = path.stat()
        digest.update(f"{path.relative_to(PROJECT_ROOT)} {status.st_size} {status.st_mtime_ns}\n".encode())
    return digest.hexdigest()
