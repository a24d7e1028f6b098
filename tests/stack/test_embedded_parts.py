"""Who serves others is told which parts are young packages, and by what to replace each."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from config.env import Env
from stack.doctor import Finding, Level, findings
from stack.embedded_parts import MODEL_WEIGHTS, SERVERS, SPEECH_WEIGHTS, VOICE_WEIGHTS
from stack.installation import Installation
from stack.layout import PROJECT_ROOT

ALL = [*SERVERS.values(), MODEL_WEIGHTS, SPEECH_WEIGHTS, VOICE_WEIGHTS]
OWN = {
    "DATABASE_URL": "postgresql://db.example/kongming",
    "REDIS_URL": "redis://redis.example/0",
    "LLM_ENDPOINT": "http://llm.example/v1",
    "EMBEDDING_ENDPOINT": "http://embedding.example/v1",
    "SPEECH_ENDPOINT": "http://speech.example/v1",
    "SYNTHESIS_ENDPOINT": "http://voice.example/v1",
}


@pytest.fixture(autouse=True)
def _no_weights_of_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where tests have real weights, an address of theirs stands in the environment."""
    for name in ("SPEECH_MODEL", "KONGMING_LLAMA_MODEL", "VOICE_FOLDER"):
        monkeypatch.delenv(name, raising=False)


def about_embedded(state: Path, **settings: str) -> dict[str, Finding]:
    found = list(findings(Installation(state, settings={"PORT": "1", **settings})))
    return {each.subject: each for each in found if each.state.startswith("embedded, ")}


def test_nothing_is_said_where_nobody_else_is_served(state: Path) -> None:
    assert about_embedded(state) == {}


def test_each_embedded_part_is_a_warning_with_the_variable_that_replaces_it(state: Path) -> None:
    found = about_embedded(state, PUBLIC_URL="https://kongming.example", LLM_PROFILE="embedded")
    for part in (*SERVERS.values(), MODEL_WEIGHTS, SPEECH_WEIGHTS):
        assert found[part.subject].level == Level.WARNING
        assert part.package in found[part.subject].state
        assert f"Set {part.variable} to " in found[part.subject].advice


@pytest.mark.parametrize("variable", [*OWN, "KONGMING_LLAMA_MODEL"])
def test_what_was_replaced_is_no_warning(state: Path, variable: str) -> None:
    settings = {"PUBLIC_URL": "https://kongming.example", "LLM_PROFILE": "embedded"}
    replaced = about_embedded(state, **settings, **{variable: OWN.get(variable, "/srv/model.gguf")})
    kept = about_embedded(state, **settings)
    assert {part.subject for part in ALL if part.variable == variable} & set(replaced) == set()
    expected = {
        subject
        for subject, each in kept.items()
        if not each.advice.startswith(f"Set {variable} ")
        # A server of one's own has weights of its own.
        and not (variable == "LLM_ENDPOINT" and subject == MODEL_WEIGHTS.subject)
    }
    assert set(replaced) == expected


def test_with_servers_of_ones_own_for_all_of_them_none_is_left(state: Path) -> None:
    assert about_embedded(state, PUBLIC_URL="https://kongming.example", **OWN) == {}


def test_tools_of_development_and_a_missing_passphrase_are_named_where_others_are_served(
    make_installation: Callable[..., Installation],
) -> None:
    served = {each.subject: each for each in findings(make_installation(PUBLIC_URL="https://k.example"))}
    assert served["Tools of development"].level == Level.WARNING, "the tests run with pytest"
    assert "remove .venv" in served["Tools of development"].advice
    assert "KONGMING_BACKUP_PASSPHRASE" in served["Backup passphrase"].advice
    alone = {each.subject for each in findings(make_installation())}
    assert {"Tools of development", "Backup passphrase"} & alone == set()


def test_the_page_for_operators_names_each_part_and_what_replaces_it() -> None:
    page = (PROJECT_ROOT / "docs" / "operations.md").read_text()
    section = page.partition("## Embedded parts")[2].partition("\n## ")[0]
    for part in ALL:
        (row,) = [line for line in section.splitlines() if f"`{re.sub(r'-?1$', '', part.package)}" in line]
        assert f"`{part.variable}`" in row
        assert part.variable.lower() in Env.model_fields
