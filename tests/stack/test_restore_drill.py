"""A whole installation is backed up while it works, and restored elsewhere."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks.backup import state_of
from stack.backup_scheduler import look
from stack.database_tools import connection_to
from stack.installation import OF_BACKUPS_ALONE, Installation
from stack.layout import PROJECT_ROOT
from stack.preparation import manage
from stack.programs import SERVERS
from stack.secret_keys import stored_secrets

PASSPHRASE = "a passphrase of the drill"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]


def stack(state: Path, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """`./kongming` as a person runs it for the installation in `state`, who has set nothing else."""
    return subprocess.run(
        [sys.executable, "-m", "stack", *arguments],
        env=environment_of(state) | options.pop("settings", {}),
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def environment_of(state: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")}
    own = {"KONGMING_STATE_DIR": str(state), "PYTHONPATH": str(PROJECT_ROOT)}
    return kept | own | {"KONGMING_BACKUP_PASSPHRASE": PASSPHRASE}


def drill(installation: Installation, *verbs: str) -> Any:
    command = [sys.executable, "-m", "tests.stack.drill_content", *verbs]
    done = subprocess.run(
        command, cwd=PROJECT_ROOT, env=installation.environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def places() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="kongming-") as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


def servers(state: Path) -> Installation:
    return Installation(state, names=SERVERS, settings={}, throw_away=True)


def begin_and_kill(state: Path, file: Path) -> None:
    """A restore that is ended as by a power cut once it has begun to change things."""
    environment = environment_of(state)
    with subprocess.Popen(
        [sys.executable, "-m", "stack", "restore", str(file)], env=environment, stdout=subprocess.DEVNULL
    ) as process:
        while not (state / "restore.json").exists():
            assert process.poll() is None
        process.kill()
    while Installation(state, settings={}).is_running():
        pass


def outcome(installation: Installation, kind: str, file: str = "") -> tuple[Any, ...]:
    """What a row that asks for it says once the process `backups` has looked at it."""
    url = installation.environment()["DATABASE_URL"]
    with connection_to(url) as connection:
        asking = "INSERT INTO operations_backuprun (kind, file) VALUES (%s, %s) RETURNING id"
        (row,) = connection.execute(asking, [kind, file]).fetchall()
        look(installation, url)
        found = "SELECT state, message, details, file FROM operations_backuprun WHERE id = %s"
        return connection.execute(found, row).fetchall()[0]


def test_rows_files_and_sealed_texts_come_back_as_they_were_while_people_worked(places: Path) -> None:
    file, source, copy = places / "drill.kongming", places / "source", places / "copy"
    with servers(source) as installation:
        # The rows alone: no page is asked for here, and static files take longer than the tables.
        manage(installation, "upgrade_schema")
        opened = drill(installation, "plant", "read")
        before = state_of(installation.environment()["DATABASE_URL"], installation.layout.uploads)
        command = [sys.executable, "-m", "tests.stack.drill_content", "grow"]
        with subprocess.Popen(
            command, cwd=PROJECT_ROOT, env=installation.environment(), stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout
            assert writer.stdout.readline()
            saved = stack(source, "backup", str(file))
            writer.kill()
        assert saved.returncode == 0, saved.stderr

        state, message, _, _ = outcome(installation, "backup")
        assert state == "failed"
        assert "KONGMING_BACKUP_PASSPHRASE" in message
        knowing = Installation(
            source, names=SERVERS, settings={OF_BACKUPS_ALONE: PASSPHRASE}, throw_away=True
        )
        state, message, details, written = outcome(knowing, "backup")
        assert state == "succeeded", message
        assert Path(written).parent == knowing.layout.backups
        state, message, checked, _ = outcome(knowing, "drill", written)
        assert state == "succeeded", message
        assert (checked["rows"], checked["files"]) == (details["rows"], details["files"])
        assert not list(source.glob("drill-*"))

        secrets = stored_secrets(installation.layout.secrets)
        content = file.read_bytes()
    assert file.stat().st_mode & 0o077 == 0
    assert not [name for name, value in secrets.items() if value.encode() in content]

    assert stack(source, "backup", str(file)).returncode == 1, "it would have overwritten a backup"
    wrong = stack(copy, "restore", str(file), settings={"KONGMING_BACKUP_PASSPHRASE": "not the passphrase"})
    assert "not the passphrase of this backup" in wrong.stderr

    begin_and_kill(copy, file)
    assert "has not come to its end" in stack(copy, "up").stderr
    restored = stack(copy, "restore", str(file))
    assert restored.returncode == 0, restored.stderr
    assert "Resuming" in restored.stdout
    with servers(copy) as installation:
        after = state_of(installation.environment()["DATABASE_URL"], installation.layout.uploads)
        changed = {name for name, _ in before.items() ^ after.items()}
        # What was written meanwhile is the trail.
        assert {name for name in changed if "audit" not in name} == set()
        assert len([name for name in after if name.startswith("file ")]) >= 3
        assert drill(installation, "read") == opened

    again = stack(copy, "restore", str(file))
    assert again.returncode == 1
    assert "not empty" in again.stderr
    replaced = stack(copy, "restore", "--replace", str(file), input="replace\n")
    assert replaced.returncode == 0, replaced.stderr
