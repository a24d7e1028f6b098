"""The only fake in the tests: an OpenAI-compatible engine, as a process of its own, that follows a script."""

import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.inference import selectors
from apps.inference.models import ContractResult, Endpoint, Purpose
from benchmarks.shop import trust
from llm_backend import chat

ROOT = Path(__file__).resolve().parent.parent


class ScriptedEngine:
    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"

    def script(self, *scripts: dict[str, Any]) -> None:
        """The next answers, in order. See `benchmarks.engine_script.Script` for the fields."""
        self._call("POST", "/script", list(scripts))

    def release(self) -> None:
        """What `hold_after` held back goes on."""
        self._call("POST", "/release")

    def reset(self) -> None:
        self._call("POST", "/reset")

    def record(self) -> dict[str, Any]:
        return self._call("GET", "/record")

    def requests(self, path: str = "chat") -> list[dict[str, Any]]:
        return [request for request in self.record()["requests"] if request["path"] == path]

    def wait_for(self, condition: Callable[[dict[str, Any]], bool], seconds: float = 60) -> dict[str, Any]:
        deadline = time.monotonic() + seconds
        while not condition(record := self.record()):
            if time.monotonic() > deadline:
                raise AssertionError(f"the engine never saw it: {record}")
            time.sleep(0.01)
        return record

    def _call(self, method: str, path: str, body: Any = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request(method, path, None if body is None else json.dumps(body))
            answer: dict[str, Any] = json.loads(connection.getresponse().read())
            return answer
        finally:
            connection.close()


@pytest.fixture(scope="session")
def scripted_engine_process() -> Iterator[ScriptedEngine]:
    """Fast by default: a test that wants to see time pass says so in its script."""
    command = [sys.executable, "-m", "benchmarks.scripted_engine"]
    command += ["--first-token-ms", "1", "--gap-ms", "1", "--tokens", "16"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        yield ScriptedEngine(int(process.stdout.readline().rpartition(" ")[2]))
        process.kill()


@pytest.fixture
def scripted_engine(scripted_engine_process: ScriptedEngine) -> ScriptedEngine:
    scripted_engine_process.reset()
    chat.clear_open_thinkers()
    return scripted_engine_process


def endpoint_of(engine: ScriptedEngine, actor: Actor, purpose: Purpose, **fields: Any) -> Endpoint:
    """The engine as a model of the actor's organisation, that was found to read reliably."""
    settings = {"name": purpose.value, "purpose": purpose, "url": engine.url, "model": "scripted"}
    endpoint = Endpoint.objects.create(organisation=actor.organisation, **settings | fields)
    trust(endpoint, actor)
    return endpoint


@pytest.fixture
def engine(scripted_engine: ScriptedEngine, alice_actor: Actor) -> ScriptedEngine:
    """What talks in the Tea House. Without embeddings passages are found by their words."""
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    return scripted_engine


@pytest.fixture
def unmeasured(engine: ScriptedEngine) -> ScriptedEngine:
    ContractResult.objects.all().delete()
    selectors.clear_candidates()
    return engine


def prompt_of(engine: ScriptedEngine, number: int = -1) -> str:
    messages = engine.requests()[number]["body"]["messages"]
    return "\n".join(message["content"] for message in messages)
