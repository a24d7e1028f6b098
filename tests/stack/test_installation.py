"""Real servers in a directory of their own."""

import fcntl
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

from benchmarks.recovery import fill_disk
from stack import programs
from stack.errors import StackError
from stack.installation import Installation
from stack.start_lock import start_lock, users_lock
from stack.system_user import database_user

pytestmark = pytest.mark.slow

DEADLINE_SECONDS = 20

Make = Callable[..., Installation]


def eventually(is_true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def test_servers_start_answer_and_leave_nothing_behind(make_installation: Make) -> None:
    with make_installation() as installation:
        environment = installation.environment()
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            connection.execute("CREATE EXTENSION vector")
        with redis.Redis.from_url(environment["REDIS_URL"]) as client:
            assert client.ping()
        supervisor = installation.supervisor.process()
        family = [supervisor, *supervisor.children(recursive=True)]
        assert {each.name() for each in family} >= {"postgres", "valkey-server"}
        assert installation.leftovers() == []
    assert [each for each in family if each.is_running() and each.status() != psutil.STATUS_ZOMBIE] == []
    assert installation.leftovers() == []


def test_no_second_command_starts_or_stops_servers_that_run_for_a_while(make_installation: Make) -> None:
    with make_installation() as installation:
        with pytest.raises(StackError, match="at work in"), make_installation():
            pass
        assert installation.is_running()
        with pytest.raises(StackError, match="at work in"), start_lock(installation.layout, waits=False):
            pass
    with start_lock(installation.layout, waits=False):
        assert not installation.is_running()


def test_servers_that_a_second_command_uses_too_stop_when_it_is_done(make_installation: Make) -> None:
    is_shared, may_end = threading.Event(), threading.Event()

    def second_command() -> bool:
        with users_lock(installation.layout, fcntl.LOCK_SH):
            is_shared.set()
            may_end.wait(DEADLINE_SECONDS)
            return installation.is_running()

    with ThreadPoolExecutor() as pool, make_installation() as installation:
        second = pool.submit(second_command)
        # Nobody uses what may be stopped again without a word.
        assert not is_shared.wait(0.2)
        installation.share()
        assert is_shared.wait(DEADLINE_SECONDS)
        threading.Timer(1, may_end.set).start()
    assert second.result()
    assert not installation.is_running()


def test_a_killed_server_is_started_again(make_installation: Make) -> None:
    with make_installation(DATABASE_URL="postgresql:///elsewhere") as installation:
        before = installation.pids()["redis"]
        installation.kill("redis")
        assert eventually(lambda: installation.pids().get("redis", before) != before)
        installation.wait_healthy(["redis"])


def test_processes_whose_supervisor_died_are_found_and_stopped(make_installation: Make) -> None:
    installation = make_installation()
    installation.start()
    installation.wait_for_servers()
    supervisor = installation.supervisor.process()
    os.kill(supervisor.pid, signal.SIGKILL)
    supervisor.wait()
    assert {each.name() for each in installation.leftovers()} >= {"postgres", "valkey-server"}
    installation.stop()
    assert installation.leftovers() == []


@pytest.mark.parametrize(("name", "variable"), programs.REPLACED_BY.items())
def test_a_part_with_a_server_of_the_users_own_is_not_started(state: Path, name: str, variable: str) -> None:
    if name != "synthesis":
        assert name in Installation(state, settings={}).names
    assert name not in Installation(state, settings={variable: "somewhere://else"}).names


def test_what_the_user_chose_reaches_every_process(state: Path) -> None:
    installation = Installation(state, settings={"LLM_ENDPOINT": "http://gpu:8000/v1", "SECRET_KEY": "mine"})
    installation.layout.create()
    environment = installation.environment()
    assert environment["LLM_ENDPOINT"] == "http://gpu:8000/v1"
    assert environment["SECRET_KEY"] == "mine"
    assert environment["KONGMING_STATE_DIR"] == str(state)
    assert environment["EMBEDDING_ENDPOINT"].startswith("http://127.0.0.1:")


def test_the_passphrase_of_backups_reaches_no_process(state: Path) -> None:
    installation = Installation(state, settings={"KONGMING_BACKUP_PASSPHRASE": "long enough for it"})
    installation.layout.create()
    assert "long enough for it" not in installation.environment().values()
    assert installation.env.kongming_backup_passphrase.get_secret_value() == "long enough for it"


def test_a_changed_setting_asks_for_a_restart(state: Path) -> None:
    installation = Installation(state, settings={"PORT": "8701"})
    installation.layout.create()
    assert installation.has_changed()
    installation.layout.started_with.write_text(installation.digest())
    assert not Installation(state, settings={"PORT": "8701"}).has_changed()
    assert Installation(state, settings={"PORT": "8702"}).has_changed()


def test_every_program_has_a_command(state: Path) -> None:
    installation = Installation(state, settings={})
    installation.layout.create()
    setup = installation.setup()
    for name in programs.ALL:
        program = programs.program(name, setup)
        assert program.name == name
        assert all(isinstance(part, str) for part in program.command)


def test_logs_are_received_only_where_a_setting_asks_for_it(state: Path) -> None:
    assert "log-receiver" not in Installation(state, settings={}).names
    assert "log-receiver" in Installation(state, settings={"SYSLOG_ADDRESS": "127.0.0.1:1514"}).names


def test_the_voice_is_served_once_it_was_fetched_and_only_then_has_an_address(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = Installation(state, settings={})
    without.layout.create()
    assert "synthesis" not in without.names
    assert "SYNTHESIS_ENDPOINT" not in without.environment()

    monkeypatch.setattr("stack.engine_commands.voice_missing", lambda models: "")
    fetched = Installation(state, settings={})
    assert "synthesis" in fetched.names
    assert fetched.environment()["SYNTHESIS_ENDPOINT"].startswith("http://127.0.0.1:")
    assert "synthesis" not in Installation(state, settings={}, throw_away=True).names


def test_sockets_and_data_are_closed_to_others(make_installation: Make) -> None:
    with make_installation() as installation:
        user = database_user()
        for path in (installation.layout.postgresql, installation.layout.postgresql_sockets):
            assert path.stat().st_mode & 0o077 == 0
            assert path.stat().st_uid == (user.pw_uid if user else os.getuid())
        assert installation.layout.redis_socket.parent.stat().st_mode & 0o077 == 0


@pytest.mark.skipif(os.getuid() != 0, reason="only as root PostgreSQL runs as a user of its own")
def test_as_root_private_parents_stay_private(make_installation: Make, state: Path) -> None:
    state.parent.chmod(0o700)
    with make_installation() as installation:
        assert installation.problem("postgresql", installation.environment()) == ""
    assert state.parent.stat().st_mode & 0o007 == 0


@pytest.mark.slow
@pytest.mark.skipif(os.getuid() != 0, reason="mounting a small disk takes root")
def test_a_full_disk_does_not_end_the_supervisor(state: Path) -> None:
    state.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", state], check=True)
    installation = Installation(state, names=["redis"], settings={}, throw_away=True)
    try:
        installation.layout.create()
        installation.start(["redis"])
        installation.wait_for_servers()
        for log in installation.layout.logs.glob("*.log"):
            # Up to the end of its page: the next line needs another one.
            with log.open("ab") as file:
                file.write(b" " * (4096 - log.stat().st_size % 4096))
        fill_disk(state / "ballast")
        before = installation.pids()["redis"]
        installation.kill("redis")
        assert eventually(lambda: installation.pids().get("redis", before) != before)
    finally:
        installation.stop()
        subprocess.run(["umount", "--lazy", state], check=True)
