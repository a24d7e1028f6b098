"""What the chain of endpoints does when its first member misbehaves, with real servers on the loopback."""

import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import BaseModel

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.inference import alerts, selectors, services
from apps.inference.models import InferenceCall, Purpose
from llm_backend import errors
from llm_backend.prompts import RenderedPrompt
from tests.inference.conftest import MakeEndpoint
from tests.loopback_server import Reply, self_signed, serving
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db


class Mood(BaseModel):
    mood: Literal["glad", "angry"]


def event(text: str) -> bytes:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    return b"data: " + json.dumps({"choices": [choice]}).encode() + b"\n\n"


DOWN = "http://127.0.0.1:9"
BUSY = Reply(b"{}", 429, "application/json")
REFUSING = Reply(b"{}", 401, "application/json")
UNPAID = Reply(b"{}", 402, "application/json")
UNKNOWN_MODEL = Reply(b"{}", 404, "application/json")
CUT = Reply(event("half an ans"), missing_bytes=100)
FAULTS = {
    "busy": (BUSY, "model_overloaded"),
    "wrong key": (REFUSING, "model_refused_key"),
    "empty account": (UNPAID, "model_account_empty"),
    "unknown model": (UNKNOWN_MODEL, "model_rejected_request"),
    "cut": (CUT, "model_unavailable"),
}


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def unused_port() -> Iterator[int]:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


def codes() -> list[str]:
    return list(InferenceCall.objects.order_by("id").values_list("error_code", flat=True))


@pytest.mark.parametrize("fault", FAULTS)
def test_the_next_endpoint_answers_and_each_is_asked_once(
    fault: str,
    servers: ExitStack,
    make_endpoint: MakeEndpoint,
    alice_actor: Actor,
    question: RenderedPrompt,
) -> None:
    reply, code = FAULTS[fault]
    first = servers.enter_context(serving({"*": reply}))
    make_endpoint(name="first", priority=1, url=first.url)
    make_endpoint(name="second", priority=2)
    assert services.complete(alice_actor, question).text
    assert codes() == [code, ""]
    assert len(first.requests) == 1


def test_nobody_listening_and_a_bad_certificate_are_passed_over(
    servers: ExitStack,
    make_endpoint: MakeEndpoint,
    alice_actor: Actor,
    question: RenderedPrompt,
    unused_port: int,
    tmp_path: Path,
) -> None:
    signed_by_nobody = self_signed(tmp_path / "key.pem")
    strange = servers.enter_context(serving({"*": Reply(event("x"))}, certificate=signed_by_nobody))
    make_endpoint(name="first", priority=1, url=f"http://127.0.0.1:{unused_port}")
    make_endpoint(name="second", priority=2, url=strange.url)
    make_endpoint(name="third", priority=3)
    assert services.complete(alice_actor, question).text
    assert codes() == ["model_refused_connection", "model_certificate_invalid", ""]
    assert strange.requests == []


@pytest.mark.slow
def test_a_server_that_never_answers_is_left_after_its_time(
    make_endpoint: MakeEndpoint, alice_actor: Actor, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    make_endpoint(name="first", priority=1, first_token_seconds=1)
    make_endpoint(name="second", priority=2)
    scripted_engine.script({"is_silent": True})
    assert services.complete(alice_actor, question).text
    assert codes() == ["model_too_slow", ""]


def test_a_model_that_ignores_the_schema_gets_one_correction_then_the_next_is_asked(
    make_endpoint: MakeEndpoint, alice_actor: Actor, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    make_endpoint(name="first", priority=1, model="poor", purpose=Purpose.EXTRACTION)
    make_endpoint(name="second", priority=2, model="good", purpose=Purpose.EXTRACTION)
    scripted_engine.script({"text": "no"}, {"text": "still no"}, {"text": '{"mood": "glad"}'})
    assert services.extract(alice_actor, question, Mood) == Mood(mood="glad")
    assert [call["body"]["model"] for call in scripted_engine.requests()] == ["poor", "poor", "good"]


def test_when_every_model_ignores_the_schema_that_is_what_is_said(
    make_endpoint: MakeEndpoint, alice_actor: Actor, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    make_endpoint(name="first", priority=1)
    make_endpoint(name="second", priority=2)
    scripted_engine.script(*[{"text": "no"}] * 4)
    with pytest.raises(errors.OutputInvalid):
        services.extract(alice_actor, question, Mood)
    assert scripted_engine.record()["seen"] == 4


def test_when_none_answers_the_models_are_away(
    servers: ExitStack, make_endpoint: MakeEndpoint, alice_actor: Actor, question: RenderedPrompt
) -> None:
    cut = servers.enter_context(serving({"*": CUT}))
    make_endpoint(name="first", priority=1, url=DOWN)
    make_endpoint(name="second", priority=2, url=cut.url)
    with pytest.raises(errors.ModelsAway, match=r"first: .*second: ") as caught:
        services.complete(alice_actor, question)
    assert caught.value.retryable
    assert DOWN not in caught.value.message


def test_one_busy_among_absent_ones_is_said_to_be_busy(
    make_endpoint: MakeEndpoint, alice_actor: Actor, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    make_endpoint(name="first", priority=1)
    make_endpoint(name="second", priority=2, url=DOWN)
    scripted_engine.script({"status": 429, "retry_after": 7})
    with pytest.raises(errors.ModelOverloaded) as caught:
        services.complete(alice_actor, question)
    assert caught.value.retry_after == 7


def test_a_refused_key_alone_is_said_as_such_and_not_retried(
    servers: ExitStack, make_endpoint: MakeEndpoint, alice_actor: Actor, question: RenderedPrompt
) -> None:
    make_endpoint(url=servers.enter_context(serving({"*": REFUSING})).url)
    with pytest.raises(errors.ModelRefusedKey) as caught:
        services.complete(alice_actor, question)
    assert not caught.value.retryable


def test_the_administrator_learns_of_a_refused_key_though_another_endpoint_answered(
    servers: ExitStack, make_endpoint: MakeEndpoint, alice_actor: Actor, question: RenderedPrompt
) -> None:
    refused = make_endpoint(name="first", priority=1, url=servers.enter_context(serving({"*": REFUSING})).url)
    make_endpoint(name="second", priority=2)
    services.complete(alice_actor, question)
    matter = alerts.refusing_endpoints(alice_actor)
    assert matter
    assert str(refused.pk) in matter.url


def test_everybody_learns_when_the_models_are_away(
    make_endpoint: MakeEndpoint, alice_actor: Actor, question: RenderedPrompt, charlie: Any
) -> None:
    make_endpoint(url=DOWN)
    onlooker = Actor.from_member(Membership.objects.get(user=charlie))
    assert alerts.models_away(onlooker) is None
    for _ in range(5):
        with pytest.raises(errors.ModelsAway):
            services.complete(alice_actor, question)
    matter = alerts.models_away(onlooker)
    assert matter
    assert matter.url == "/jobs/"


def test_an_open_breaker_passes_on_at_once(
    make_endpoint: MakeEndpoint, alice_actor: Actor, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    make_endpoint(name="first", priority=1, url=DOWN)
    make_endpoint(name="second", priority=2)
    for _ in range(6):
        services.complete(alice_actor, question)
    assert codes()[::2] == ["model_refused_connection"] * 5 + ["model_unavailable"]


def test_vectors_of_another_model_never_stand_in(
    make_endpoint: MakeEndpoint, alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    make_endpoint(name="first", priority=1, purpose=Purpose.EMBEDDING, model="small")
    make_endpoint(name="second", priority=2, purpose=Purpose.EMBEDDING, model="large")
    assert services.embed(alice_actor, ["tea"], input_type="passage", model="small")
    with pytest.raises(errors.ModelsAway, match="embedding large"):
        services.embed(alice_actor, ["tea"], input_type="passage", model="large")
    scripted_engine.script({"path": "embeddings", "status": 500})
    with pytest.raises(errors.ModelsAway):
        services.embed(alice_actor, ["tea"], input_type="query")


def test_a_change_of_endpoints_between_two_batches_does_not_mix_vectors(
    make_endpoint: MakeEndpoint, alice_actor: Actor
) -> None:
    first = make_endpoint(name="first", priority=1, purpose=Purpose.EMBEDDING, model="small")
    make_endpoint(name="second", priority=2, purpose=Purpose.EMBEDDING, model="large")
    services.embed(alice_actor, ["one"], input_type="passage", model="small")
    first.is_enabled = False
    first.save()
    selectors.clear_candidates()
    with pytest.raises(errors.ModelsAway):
        services.embed(alice_actor, ["two"], input_type="passage", model="small")
