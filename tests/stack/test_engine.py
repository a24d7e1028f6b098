"""`./kongming engine` as a person runs it, with engines that are small processes."""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from llm_backend.profiles import load_profiles
from stack import engine_commands
from stack.doctor import Level, findings
from stack.installation import Installation
from stack.layout import PROJECT_ROOT
from stack.ports import free_port
from tests.stack.test_installation import eventually

pytestmark = pytest.mark.slow

PROFILES = """
[profiles.scripted]
summary = "answers by a script"
engine = "command"
model = "scripted"
served_name = "scripted"
purposes = ["chat"]
context_tokens = 2048
concurrency = 3
needs = { memory_gib = 0.1 }
command = ["${python}", "-m", "benchmarks.scripted_engine", "--port", "${port}"]

[profiles.broken]
summary = "its checkpoint is damaged"
engine = "command"
model = "broken"
served_name = "broken"
purposes = ["chat"]
context_tokens = 2048
concurrency = 3
needs = { memory_gib = 0.1 }
command = ["${python}", "-c", "raise ValueError('shard 3 of 7 is truncated')"]
"""

Shown = subprocess.CompletedProcess[str]
Engine = Callable[..., Shown]


@pytest.fixture
def environment(plain_environment: dict[str, str], tmp_path: Path) -> Iterator[dict[str, str]]:
    own = tmp_path / "profiles.toml"
    own.write_text(PROFILES)
    # Somebody's portal may be running on the usual one.
    settings = plain_environment | {"ENGINE_PROFILES": str(own), "PORT": str(free_port())}
    yield settings
    if Installation(Path(settings["KONGMING_STATE_DIR"]), settings=settings).is_running():
        subprocess.run([PROJECT_ROOT / "kongming", "down"], env=settings, capture_output=True, check=True)


@pytest.fixture
def engine(environment: dict[str, str]) -> Engine:
    def run(*arguments: str, **settings: str) -> Shown:
        command = [PROJECT_ROOT / "kongming", "engine", *arguments]
        return subprocess.run(
            command, capture_output=True, text=True, env=environment | settings, check=False
        )

    return run


@pytest.fixture
def installation(environment: dict[str, str]) -> Callable[[], Installation]:
    return lambda: Installation(Path(environment["KONGMING_STATE_DIR"]), settings=environment)


def test_an_engine_starts_answers_and_stops(engine: Engine) -> None:
    started = engine("start", "scripted")
    assert started.returncode == 0, started.stderr
    assert "scripted answers at http://127.0.0.1:" in started.stdout
    shown = json.loads(engine("status", "--json").stdout)
    assert (shown["profile"], shown["is_healthy"]) == ("scripted", True)
    assert engine("stop").returncode == 0
    after = engine("status", "--json")
    assert after.returncode == 1
    assert json.loads(after.stdout)["why"] == "it is not running"


def test_an_engine_starts_though_the_port_of_the_portal_is_taken(engine: Engine) -> None:
    with socket.create_server(("127.0.0.1", 0)) as portal:
        started = engine("start", "scripted", PORT=str(portal.getsockname()[1]))

    assert started.returncode == 0, started.stderr


def test_an_engine_that_crashes_is_started_again(
    engine: Engine, installation: Callable[[], Installation]
) -> None:
    engine("start", "scripted")
    here = installation()
    before = here.pids()["llm"]
    os.kill(before, signal.SIGKILL)
    assert eventually(lambda: here.pids().get("llm", before) != before)
    here.wait_healthy(["llm"])


def test_a_broken_engine_ends_in_its_own_last_error(engine: Engine) -> None:
    shown = engine("start", "broken")
    assert shown.returncode == 1
    assert shown.stderr.strip().splitlines()[0] == "ValueError: shard 3 of 7 is truncated"
    assert json.loads(engine("status", "--json").stdout)["state"] == "STOPPED"


def test_what_was_served_is_served_again_when_another_does_not_start(
    engine: Engine, installation: Callable[[], Installation]
) -> None:
    engine("start", "scripted")
    assert engine("start", "broken").returncode == 1
    here = installation()
    assert here.engine.profile.name == "scripted"
    here.wait_healthy(["llm"])


def test_a_port_in_use_is_said_before_anything_starts(
    engine: Engine, installation: Callable[[], Installation]
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        shown = engine("start", "scripted", "--port", str(port))
    assert shown.returncode == 1
    assert f"Port {port} is taken by" in shown.stderr
    assert f"(process {os.getpid()})" in shown.stderr
    assert not installation().is_running()


def test_the_rest_of_the_installation_stays_while_the_engine_changes(
    engine: Engine, installation: Callable[[], Installation]
) -> None:
    engine("start", "scripted")
    here = installation()
    here.start_programs(["redis"])
    assert eventually(lambda: "redis" in here.pids())
    redis, port = here.pids()["redis"], here.ports["llm"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        other = probe.getsockname()[1]
    assert engine("start", "scripted", "--port", str(other)).returncode == 0
    assert installation().ports["llm"] == other != port
    assert here.pids()["redis"] == redis
    assert not installation().has_changed()


def test_the_application_is_told_what_the_profile_serves(
    engine: Engine, installation: Callable[[], Installation]
) -> None:
    engine("start", "scripted")
    told = installation().environment()
    assert told["LLM_PROVIDER"] == "compatible"
    assert (told["LLM_MODEL"], told["LLM_CONTEXT_TOKENS"], told["LLM_MAX_CONCURRENCY"]) == (
        "scripted",
        "2048",
        "3",
    )


@pytest.mark.parametrize("verb", ["prepare", "start"])
def test_what_does_not_fit_is_refused_with_what_does(engine: Engine, verb: str) -> None:
    shown = engine(verb, "deepseek-r1")
    assert shown.returncode == 1
    assert "deepseek-r1 does not fit this machine: it needs 8 GPUs of 94 GiB" in shown.stderr
    assert "What fits: embedded" in shown.stderr


def test_start_says_how_to_prepare_what_is_not_ready(engine: Engine) -> None:
    shown = engine("start", "vllm-cpu")
    assert shown.returncode == 1
    assert "./kongming engine prepare vllm-cpu" in shown.stderr


def test_a_speech_model_is_not_started_for_conversations(engine: Engine) -> None:
    assert "./kongming engine prepare whisper-large-v3" in engine("start", "whisper-large-v3").stderr


def test_an_address_of_ones_own_is_not_overruled(engine: Engine) -> None:
    shown = engine("start", "scripted", LLM_ENDPOINT="http://127.0.0.1:1/v1")
    assert "LLM_ENDPOINT is set" in shown.stderr


def test_a_setting_that_says_otherwise_is_not_overruled(engine: Engine) -> None:
    assert "LLM_PROFILE says embedded" in engine("start", "scripted", LLM_PROFILE="embedded").stderr


def test_up_does_not_start_what_is_not_ready(environment: dict[str, str]) -> None:
    settings = environment | {"LLM_PROFILE": "vllm-cpu"}
    command = [PROJECT_ROOT / "kongming", "up"]
    shown = subprocess.run(command, capture_output=True, text=True, env=settings, check=False)
    assert shown.returncode == 1
    assert "Engine: vllm-cpu, LLM_PROFILE says so" in shown.stdout
    assert "./kongming engine prepare vllm-cpu" in shown.stderr
    assert not Installation(Path(settings["KONGMING_STATE_DIR"]), settings=settings).is_running()


def test_the_doctor_names_an_engine_that_is_not_ready(state: Path) -> None:
    installation = Installation(state, settings={"LLM_PROFILE": "vllm-cpu"})
    installation.layout.create()
    (found,) = [each for each in findings(installation) if each.subject == "Model weights"]
    assert found.level == Level.BROKEN
    assert "./kongming engine prepare vllm-cpu" in found.advice


def test_the_doctor_names_the_speech_weights_only_where_they_are_ours(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SPEECH_MODEL", raising=False)

    def said(**settings: str) -> str:
        installation = Installation(state, settings=settings)
        installation.layout.create()
        (found,) = [each for each in findings(installation) if each.subject == "Speech weights"]
        return found.state

    assert "whisper-base/model.bin" in said()
    assert "SPEECH_ENDPOINT" in said(SPEECH_ENDPOINT="http://127.0.0.1:9/v1")
    assert "SPEECH_MODEL" in said(SPEECH_MODEL="whisper-large-v3")


def test_an_unknown_profile_names_the_known_ones(engine: Engine) -> None:
    assert "embedded" in engine("start", "nonsense").stderr
    shown = engine("list", LLM_PROFILE="nonsense")
    assert "There is no profile nonsense (LLM_PROFILE)" in shown.stderr


def test_the_list_shows_what_fits_and_what_conversations_use(engine: Engine) -> None:
    shown = engine("list").stdout
    assert "scripted" in shown
    assert "fits" in shown
    assert "Conversations: embedded, " in shown


def test_a_wrong_file_of_profiles_ends_in_a_sentence(engine: Engine, environment: dict[str, str]) -> None:
    Path(environment["ENGINE_PROFILES"]).write_text(PROFILES.replace("concurrency = 3", "concurrency = 0"))
    shown = engine("list")
    assert shown.returncode == 1
    assert "profile scripted" in shown.stderr
    assert "concurrency: " in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize(("verb", "word"), [("plan", "--gpu-memory"), ("contract", "MODEL")])
def test_plan_and_contract_take_their_own_arguments(engine: Engine, verb: str, word: str) -> None:
    shown = engine(verb, "--help")
    assert shown.returncode == 0, shown.stderr
    assert word.lower() in shown.stdout.lower()


def test_weights_that_were_not_fetched_are_missing_before_vllm_starts_offline(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "vllm").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    profile = load_profiles()["qwen3-14b"]
    serving = engine_commands.Serving(8000, Path("a.gguf"), state, state / "models", 4096, 4)
    assert "models--Qwen--Qwen3-14B-FP8 yet" in engine_commands.missing(profile, serving)

    snapshot = tmp_path / "hub" / "models--Qwen--Qwen3-14B-FP8" / "snapshots" / "0123"
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").touch()
    assert engine_commands.missing(profile, serving) == ""
