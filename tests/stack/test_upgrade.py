"""`up` after `git pull`: an installation of an earlier commit comes to the present one with everything it has."""

import filecmp
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.backup import state_of
from benchmarks.isolated import SCRIPTED, scripted_engine
from stack import postgresql
from stack.archive import verified_manifest
from stack.installation import Installation
from stack.layout import PROJECT_ROOT, Layout
from stack.ports import free_port
from stack.restore import opened
from stack.upgrade import delete_older_dumps

# One more migration than there is, so that every version of this test has something to migrate.
MIGRATION = """
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("vault", "0001_initial")]
    operations = [migrations.RunSQL("CREATE TABLE drill (id int)")]
"""
ADDED = Path("apps", "core", "migrations", "9999_drill.py")
PLANT = """
from apps.accounts import services
from apps.accounts.models import User
services.create_organisation(name="Tea House", slug="tea-house", owner=User.objects.create_user("a@tea.example", None))
"""


def git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=PROJECT_ROOT, capture_output=True, check=False)
    return done.stdout.decode() if done.returncode == 0 else ""


def earlier_commit() -> str:
    """The commit before this one, or the first that this code can upgrade, where migrations were written anew since."""
    rewritten = ("--diff-filter=MDR", "--format=%H", "--", "apps/*/migrations/0*.py")
    first = git("log", "-1", *rewritten).strip()
    before = git("rev-parse", "HEAD~1").strip()
    is_after = git("merge-base", first, before).strip() == first if first and before else False
    return before if is_after else first


class Checkout:
    """A directory with the code of one commit, then of another, and an installation that is started from it."""

    def __init__(self, place: Path, engine: str) -> None:
        self.code, self.layout = place / "kongming", Layout(place / "state")
        kept = {
            name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "LC_ALL")
        }
        endpoints = dict.fromkeys(("LLM_ENDPOINT", "EMBEDDING_ENDPOINT", "SPEECH_ENDPOINT"), f"{engine}/v1")
        own = {"PORT": str(free_port()), "KONGMING_STATE_DIR": str(self.layout.state)}
        self.environment = kept | SCRIPTED | endpoints | own | {"PYTHONPATH": str(self.code)}

    def take(self, commit: str) -> None:
        self.code.mkdir()
        archive = subprocess.run(
            ["git", "archive", commit], cwd=PROJECT_ROOT, capture_output=True, check=True
        )
        subprocess.run(["tar", "-x", "-C", str(self.code)], input=archive.stdout, check=True)
        self.files = {path.relative_to(self.code) for path in self.code.rglob("*") if path.is_file()}

    def pull(self) -> None:
        """What lies in the working tree now. As with git, a file that stays as it was is not written, nor compiled again."""
        names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
        present = {Path(name) for name in names if (PROJECT_ROOT / name).is_file()}
        for name in self.files - present:
            (self.code / name).unlink()
        for name in present:
            source, target = PROJECT_ROOT / name, self.code / name
            if not (target.exists() and filecmp.cmp(source, target, shallow=False)):
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *command],
            cwd=self.code, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def up(self) -> str:
        started = self.run("-m", "stack", "up")
        assert started.returncode == 0, started.stdout + started.stderr
        return started.stdout

    def rows(self) -> dict[str, str]:
        return state_of(postgresql.url(self.layout), self.layout.uploads)


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    with tempfile.TemporaryDirectory(prefix="kongming-") as directory, scripted_engine() as engine:
        Path(directory).chmod(0o755)
        checkout = Checkout(Path(directory), engine)
        yield checkout
        checkout.run("-m", "stack", "down")


def test_the_last_three_dumps_are_kept_and_nothing_else_is_touched(tmp_path: Path) -> None:
    moments = [f"2026112{day}T090000" for day in range(5)]
    for name in ["monthly.kongming", *(f"before-upgrade-{moment}.kongming" for moment in moments)]:
        (tmp_path / name).touch()
    delete_older_dumps(tmp_path)
    kept = {path.name for path in tmp_path.iterdir()}
    assert kept == {"monthly.kongming", *(f"before-upgrade-{moment}.kongming" for moment in moments[2:])}


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not earlier_commit(), reason="there is no history of git here: the upgrade was not tried")
def test_an_installation_of_an_earlier_commit_is_upgraded_by_up(checkout: Checkout) -> None:
    checkout.take(earlier_commit())
    checkout.up()
    planted = checkout.run("-m", "stack", "manage", "shell", "-c", PLANT)
    assert planted.returncode == 0, planted.stderr
    before, supervisor = checkout.rows(), checkout.layout.supervisor_pid.read_text()

    checkout.pull()
    (checkout.code / ADDED).write_text(MIGRATION)
    said = checkout.up()

    steps = ["is kept in", "Stopping what runs older code", "Database schema", "Kongming runs at"]
    assert sorted(steps, key=said.index) == [steps[1], steps[0], *steps[2:]], said
    assert checkout.layout.supervisor_pid.read_text() == supervisor or "present settings" in said
    after = checkout.rows()
    assert after["table accounts_organisation"] == before["table accounts_organisation"]
    assert after["table accounts_user"] == before["table accounts_user"]
    assert "table drill" in after
    (dump,) = checkout.layout.backups.iterdir()
    assert dump.stat().st_mode & 0o077 == 0
    upgraded = Installation(checkout.layout.state, settings={})
    assert "drill" not in verified_manifest(opened(upgraded, dump), lambda _: None).rows

    assert not re.search("kept in|Stopping", checkout.up()), "nothing has changed since"

    (checkout.code / ADDED).unlink()
    refused = checkout.run("-m", "stack", "up")
    assert refused.returncode == 1
    assert "core.9999_drill" in refused.stderr
    assert "git pull" in refused.stderr
