"""`./kongming VERB` as a person runs it."""

import json
import os
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from stack import health
from stack.doctor import Level, findings
from stack.installation import Installation
from stack.layout import PROJECT_ROOT
from stack.programs import ALL, STARTED_BY
from stack.testing import run
from tests.loopback_server import Reply, serving

Environment = dict[str, str]


def kongming(environment: Environment, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PROJECT_ROOT / "kongming", *arguments], capture_output=True, text=True, env=environment, check=False
    )


@pytest.mark.slow
def test_status_says_what_does_not_run_and_what_to_do(plain_environment: Environment) -> None:
    shown = kongming(plain_environment, "status", "--json")
    statuses = json.loads(shown.stdout)
    assert shown.returncode == 1
    # Nothing is received unless a setting asks for it, nothing read aloud unless somebody fetched the voice.
    expected = [name for name in ALL if name not in (*STARTED_BY, "synthesis")]
    assert [each["name"] for each in statuses] == expected
    assert {each["advice"] for each in statuses} == {"Start it: ./kongming up"}


@pytest.mark.slow
def test_status_says_that_a_server_of_the_users_own_does_not_answer(plain_environment: Environment) -> None:
    settings = plain_environment | {"REDIS_URL": "redis://127.0.0.1:1/0"}
    statuses = {each["name"]: each for each in json.loads(kongming(settings, "status", "--json").stdout)}
    assert statuses["redis"]["state"] == "yours (REDIS_URL)"
    assert statuses["redis"]["why"] == "it accepts no connections"
    assert "REDIS_URL" in statuses["redis"]["advice"]


@pytest.mark.parametrize("path", ["", "/v1", "/v1/"])
def test_a_server_of_the_users_own_is_asked_where_the_product_asks_it(path: str) -> None:
    listed = Reply(b'{"data": []}', content_type="application/json")
    with serving({"/v1/models": listed, "*": Reply(status=404)}) as server:
        assert health.problem("llm", {"LLM_ENDPOINT": server.url + path}, is_embedded=False) == ""


@pytest.mark.slow
def test_asking_what_the_demo_takes_starts_nothing(plain_environment: Environment) -> None:
    assert "--busy" in kongming(plain_environment, "demo", "--help").stdout
    assert kongming(plain_environment, "demo", "--bussy").returncode == 2


@pytest.mark.slow
def test_down_with_nothing_running_is_no_error(plain_environment: Environment) -> None:
    shown = kongming(plain_environment, "down")
    assert shown.returncode == 0
    assert "Nothing is running" in shown.stdout


@pytest.mark.slow
def test_a_wrong_setting_ends_in_a_sentence_not_a_traceback(plain_environment: Environment) -> None:
    shown = kongming(plain_environment | {"PORT": "ninety"}, "status")
    assert shown.returncode == 1
    assert "PORT" in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.slow
def test_logs_of_an_unknown_process_names_the_known_ones(plain_environment: Environment) -> None:
    shown = kongming(plain_environment, "logs", "postgre")
    assert shown.returncode == 1
    assert "postgresql" in shown.stderr


def test_the_code_of_the_command_comes_back(plain_environment: Environment) -> None:
    assert run(["false"], plain_environment) == 1


def test_doctor_says_who_has_the_port(make_installation: Callable[..., Installation]) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        found = {each.subject: each for each in findings(make_installation(PORT=str(port)))}
    assert found["Port"].level == Level.BROKEN
    assert f"(process {os.getpid()})" in found["Port"].state
    assert "PORT" in found["Port"].advice


@pytest.mark.slow
def test_a_state_directory_that_cannot_be_is_told_by_the_doctor_and_by_up(
    plain_environment: Environment, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    environment = plain_environment | {"KONGMING_STATE_DIR": str(tmp_path / "file" / "state")}
    examined, started = kongming(environment, "doctor"), kongming(environment, "up")
    assert (examined.returncode, started.returncode) == (1, 1)
    assert "✗ State directory" in examined.stdout
    assert "set KONGMING_STATE_DIR" in started.stderr
    assert "Traceback" not in examined.stderr + started.stderr


def test_every_trouble_the_doctor_finds_has_advice(make_installation: Callable[..., Installation]) -> None:
    found = list(findings(make_installation()))
    assert [each for each in found if each.level != Level.WELL and not each.advice] == []
