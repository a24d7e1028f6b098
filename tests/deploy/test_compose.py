"""docker-compose.yml: the profiles' own command lines, no secret with a default, nothing open that need not be."""

import json
import os
import re
import shutil
import subprocess
from typing import Any

import pytest
import yaml

from config.env import Env
from llm_backend.profiles import load_profiles
from stack.installation import OF_BACKUPS_ALONE
from tests.deploy.engine_arguments import expected_arguments
from tests.scripted_engine_fixture import ROOT

TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
ENGINES = {
    name: service for name, service in SERVICES.items() if "kongming.profile" in service.get("labels", {})
}
SECRETS = (
    "SECRET_KEY",
    "FIELD_KEYS",
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "LLM_API_KEY",
    "EMBEDDING_API_KEY",
)
ONE_SHOT = {"migration"}


def test_every_part_of_the_platform_is_there() -> None:
    parts = {
        "migration",
        "web",
        "worker-interactive",
        "worker-background",
        "worker-speech",
        "worker-voice",
        "beat",
        "backups",
        "log-receiver",
        "embedding",
    }
    assert parts | {"postgres", "redis"} <= set(SERVICES)
    aliases = {service["networks"]["inside"]["aliases"][0] for service in ENGINES.values()}
    assert aliases == {"chat", "speech"}


@pytest.mark.parametrize("name", ENGINES)
def test_an_engine_runs_exactly_what_its_profile_says(name: str) -> None:
    service = ENGINES[name]
    profile = load_profiles()[service["labels"]["kongming.profile"]]
    assert service["entrypoint"] == ["vllm", "serve"]
    assert service["command"] == expected_arguments(profile)
    (devices,) = service["deploy"]["resources"]["reservations"]["devices"]
    assert devices["count"] == profile.needs.gpus
    assert service["healthcheck"]["start_period"] == f"{profile.start_seconds}s"
    assert service["profiles"] == [name]


@pytest.mark.parametrize("name", sorted(set(SERVICES) - ONE_SHOT))
def test_every_service_has_a_health_check_and_is_restarted(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_has_no_default_and_says_what_it_wants(name: str) -> None:
    used = re.findall(rf"\$\{{{name}([^}}]*)\}}", TEXT)
    assert any(use.startswith(":?set ") for use in used)
    assert not any(use.startswith((":-", "-")) for use in used)


def test_only_the_web_process_has_a_port_outside_and_syslog_where_it_is_asked_for() -> None:
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web", "log-receiver"}
    assert SERVICES["web"]["ports"] == ["${HOST:-127.0.0.1}:${PORT:-8700}:8700"]
    assert SERVICES["log-receiver"]["profiles"] == ["log-receiver"]
    assert all(each.startswith("${SYSLOG_PORT:-127.0.0.1:") for each in SERVICES["log-receiver"]["ports"])
    assert COMPOSE["networks"]["inside"]["internal"] is True


def test_models_and_servers_have_no_way_out() -> None:
    closed = [*ENGINES, "embedding", "postgres", "redis", "worker-speech", "worker-voice", "backups"]
    assert {name for name in closed if "outside" in SERVICES[name]["networks"]} == set()


def test_what_opens_every_backup_is_known_to_the_process_that_writes_them_alone() -> None:
    told = {name for name, each in SERVICES.items() if each.get("environment", {}).get(OF_BACKUPS_ALONE)}
    assert told == {"backups"}
    # `.env` holds it as well, and would tell all of them.
    readers = {name: each["environment"] for name, each in SERVICES.items() if each.get("env_file")}
    assert all(OF_BACKUPS_ALONE in environment for environment in readers.values())
    assert SERVICES["backups"]["volumes"] == SERVICES["web"]["volumes"]


def test_every_setting_of_env_counts_in_every_process_of_the_platform() -> None:
    """Mail, the time zone and limits were written there and did nothing: compose itself only fills in `${…}`."""
    platform = {name: each for name, each in SERVICES.items() if each["image"] == SERVICES["web"]["image"]}
    assert {"migration", "web", "backups", "embedding"} <= set(platform)
    assert all(each["env_file"] == [{"path": ".env", "required": False}] for each in platform.values())
    # The volume's own place, wherever an installation without containers keeps its state.
    assert {each["environment"]["KONGMING_STATE_DIR"] for each in platform.values()} == {"/state"}


def test_the_image_can_ask_a_directory_and_has_no_compiler() -> None:
    _, _, platform = (ROOT / "Dockerfile").read_text().partition(" AS platform\n")
    assert 'python -c "import ldap"' in platform
    assert "build-essential" not in platform
    assert {name for name in Env.model_fields if name.startswith("ldap_")} <= {
        name.lower() for name in COMPOSE["x-platform"]["environment"]
    }


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_can_take_all_memory(name: str) -> None:
    assert SERVICES[name]["mem_limit"]


def test_the_web_process_is_well_when_every_part_answers() -> None:
    assert "/readyz" in SERVICES["web"]["healthcheck"]["test"][-1]


def test_the_schema_is_changed_by_the_command_that_refuses_what_it_must_not_touch() -> None:
    assert SERVICES["migration"]["command"][-1] == "prepare"


def test_every_queue_has_a_worker() -> None:
    commands = [service["command"] for service in SERVICES.values() if "celery" in service.get("command", [])]
    listened = {command[command.index("-Q") + 1] for command in commands if "-Q" in command}
    assert set(",".join(listened).split(",")) == {"interactive", "batch", "ingest", "speech", "voice"}


# Of the containers beside ours, and of what is built and opened: no settings of the platform.
OF_COMPOSE = {
    "POSTGRES_PASSWORD",
    "REDIS_PASSWORD",
    "POSTGRES_IMAGE",
    "REDIS_IMAGE",
    "VLLM_IMAGE",
    "POSTGRES_MEMORY",
    "REDIS_MEMORY",
    "SYSLOG_PORT",
    "REVISION",
}
PROFILES = sorted({name for service in SERVICES.values() for name in service.get("profiles", [])})


def test_what_is_read_from_the_environment_is_a_setting_that_the_example_names() -> None:
    example = set(re.findall(r"^# ([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"\$\{([A-Z_]+)", TEXT)) - OF_COMPOSE <= example
    assert set(COMPOSE["x-platform"]["environment"]) <= example


@pytest.fixture(scope="session")
def compose() -> list[str]:
    if path := shutil.which("docker-compose"):
        return [path]
    if path := shutil.which("docker"):
        return [path, "compose"]
    pytest.skip("NO DOCKER COMPOSE: apt-get install docker-compose; `config` needs no daemon")


@pytest.mark.parametrize("profile", ["", *PROFILES])
def test_compose_reads_the_file_as_it_is_meant(compose: list[str], profile: str) -> None:
    """What its own parser makes of anchors, merges and variables, by profile."""
    secrets = {name: f"{name.lower()}-of-the-test" for name in SECRETS}
    chosen = ["--profile", profile] if profile else []
    done = subprocess.run(
        [*compose, "--env-file", os.devnull, *chosen, "config", "--format", "json"],
        cwd=ROOT,
        env={**secrets, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    resolved = json.loads(done.stdout)

    expected = {
        name for name, each in SERVICES.items() if not each.get("profiles") or profile in each["profiles"]
    }
    assert resolved["services"].keys() == expected
    for name, service in resolved["services"].items():
        assert service["image"]
        assert name in ONE_SHOT or service["healthcheck"]["test"]
        assert (
            {each["source"] for each in service["volumes"]} <= resolved["volumes"].keys()
            if "volumes" in service
            else True
        )
        # Whoever lists processes or images sees commands and labels; a secret stands in the environment alone.
        seen = json.dumps({key: value for key, value in service.items() if key != "environment"})
        assert not [secret for secret in secrets.values() if secret in seen]
