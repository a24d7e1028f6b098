"""The one command, before .venv is there."""

import importlib.machinery
import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import ModuleType

import pytest

from stack.layout import PROJECT_ROOT

COMMAND = PROJECT_ROOT / "kongming"


@pytest.fixture(scope="module")
def kongming() -> ModuleType:
    loader = importlib.machinery.SourceFileLoader("kongming_command", str(COMMAND))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    # A stray kongming.pyc beside the command would confuse people.
    sys.dont_write_bytecode, before = True, sys.dont_write_bytecode
    loader.exec_module(module)
    sys.dont_write_bytecode = before
    return module


def test_an_old_python_is_told_which_one_to_install(kongming: ModuleType) -> None:
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer.*3\.9"):
        kongming.refuse_old_python((3, 9, 2))


def test_a_new_python_is_accepted(kongming: ModuleType) -> None:
    kongming.refuse_old_python((3, 13, 0))


def test_a_python_without_venv_is_told_which_package_is_missing(
    kongming: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kongming.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"apt install python3\.\d+-venv"):
        kongming.refuse_incomplete_python()


@pytest.fixture
def lists(kongming: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with two lists, and a .venv whose Python, once it is made, notes what pip is asked for."""
    base, dev = tmp_path / "base.txt", tmp_path / "dev.txt"
    base.write_text("one==1\n")
    dev.write_text("two==1\n")
    # Real environments take long to make; this one's Python only says what pip would.
    python = tmp_path / ".venv" / "bin" / "python"
    monkeypatch.setattr(kongming, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(kongming, "VENV_PYTHON", python)
    monkeypatch.setattr(kongming, "STAMP", tmp_path / ".venv" / "stamp")
    monkeypatch.setattr(kongming, "PRODUCT", [base])
    monkeypatch.setattr(kongming, "DEVELOPMENT", [base, dev])
    monkeypatch.setattr(kongming, "make_venv", lambda: _pretended_python(python))
    return tmp_path


def installed(lists: Path) -> list[str]:
    """The list of each time that pip ran, in order."""
    log = lists / ".venv" / "pip.log"
    return [Path(line.split()[-1]).name for line in log.read_text().splitlines()] if log.exists() else []


def test_what_runs_the_product_installs_no_tools_of_development(kongming: ModuleType, lists: Path) -> None:
    for verb in ("", "up", "demo", "status", "doctor", "backup", "manage", "--help"):
        kongming.ensure_venv(kongming.requirements_for(verb))
    assert installed(lists) == ["base.txt"]
    for verb in ("test", "check", "bench", "eval", "up"):
        kongming.ensure_venv(kongming.requirements_for(verb))
    assert installed(lists) == ["base.txt", "dev.txt"]
    assert "--require-hashes" in (lists / ".venv" / "pip.log").read_text()


def test_other_requirements_need_another_installation(kongming: ModuleType, lists: Path) -> None:
    kongming.ensure_venv(kongming.DEVELOPMENT)
    (lists / "dev.txt").write_text("one==2\n")
    kongming.ensure_venv(kongming.DEVELOPMENT)
    (lists / "base.txt").write_text("two==2\n")
    kongming.ensure_venv(kongming.PRODUCT)
    kongming.ensure_venv(kongming.DEVELOPMENT)
    assert installed(lists) == ["dev.txt", "dev.txt", "base.txt", "dev.txt"]


def test_two_first_starts_at_once_install_one_after_the_other(kongming: ModuleType, lists: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(kongming.ensure_venv, [kongming.PRODUCT, kongming.DEVELOPMENT] * 2))
    assert len(installed(lists)) <= 2
    assert installed(lists)[-1] == "dev.txt"


def test_what_is_told_while_venv_is_made_leaves_standard_output_to_the_verb(
    kongming: ModuleType, lists: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kongming, "SECONDS_BETWEEN_LINES", -1)

    kongming.ensure_venv(kongming.PRODUCT)

    told = capfd.readouterr()
    assert told.out == ""
    assert "Fetching package 1: django" in told.err
    assert "Installed 1 packages" in told.err


def test_a_venv_that_is_made_anew_is_told_on_standard_error(
    kongming: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(kongming, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(kongming.sys, "executable", "/bin/true")

    kongming.make_venv()

    assert capfd.readouterr() == ("", "Making .venv\n")


def test_a_venv_whose_making_was_interrupted_is_made_anew(kongming: ModuleType, lists: Path) -> None:
    python = kongming.VENV_PYTHON
    python.parent.mkdir(parents=True)
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)

    kongming.ensure_venv(kongming.PRODUCT)

    assert installed(lists) == ["base.txt"]


@pytest.mark.slow
def test_it_speaks_on_a_machine_that_does_not_write_utf_8(plain_environment: dict[str, str]) -> None:
    other = {**plain_environment, "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "LC_ALL": "C"}
    shown = subprocess.run([COMMAND, "--help"], capture_output=True, env=other, check=True)
    assert "孔明" in shown.stdout.decode()


def _pretended_python(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    log = path.parents[1] / "pip.log"
    path.write_text(
        '#!/bin/sh\n[ "$2" = pip ] || exit 0\n'
        f"echo $@ >> '{log}'\necho Collecting django\necho Installing collected packages: django\n"
    )
    path.chmod(0o755)


@pytest.mark.slow
def test_help_names_every_verb(plain_environment: dict[str, str]) -> None:
    shown = subprocess.run(
        [COMMAND, "--help"], capture_output=True, text=True, env=plain_environment, check=True
    )
    for verb in (
        "demo",
        "up",
        "down",
        "status",
        "logs",
        "doctor",
        "check",
        "test",
        "manage",
        "bench",
        "eval",
    ):
        assert f"\n    {verb} " in shown.stdout


def test_every_requirement_is_pinned() -> None:
    for path in (PROJECT_ROOT / "requirements").glob("*.txt"):
        lines = [line.strip() for line in path.read_text().splitlines()]
        lines = [line for line in lines if line and not line.startswith(("#", "-r", "--hash"))]
        assert lines
        assert [line for line in lines if "==" not in line] == []
