"""The door to models, with a real engine process behind it."""

import asyncio
import json
import threading
import time
from decimal import Decimal
from typing import Any, Literal
from uuid import UUID

import pytest
from django.db import connection
from pydantic import BaseModel

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.inference import breaker, services
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs import events, job_types, runs
from apps.jobs import services as jobs
from apps.jobs.models import Job
from llm_backend import errors
from llm_backend.prompts import RenderedPrompt
from llm_backend.structured import StreamedText
from tests.inference.conftest import MakeEndpoint
from tests.scripted_engine_fixture import ScriptedEngine

ASK = job_types.JobType("tests.ask", queue="interactive", label="Ask", max_attempts=1)

pytestmark = pytest.mark.django_db


class Mood(BaseModel):
    mood: Literal["glad", "angry"]


def run_job(actor: Actor, body: runs.Body) -> Job:
    job = jobs.create_job(actor, kind=ASK, inputs={})
    runs.execute(str(job.pk), body)
    return Job.objects.get(pk=job.pk)


def test_an_answer_is_written_into_the_ledger_once(
    alice_actor: Actor, make_endpoint: MakeEndpoint, question: RenderedPrompt
) -> None:
    endpoint = make_endpoint(input_price=Decimal(10), output_price=Decimal(1000))
    completion = services.complete(alice_actor, question)
    call = InferenceCall.objects.get()
    assert completion.text.startswith("t0 t1 ")
    assert (call.status, call.error_code, call.endpoint) == ("succeeded", "", endpoint)
    assert (call.prompt_name, call.prompt_hash, call.model) == ("ask", question.hash, "scripted")
    assert call.output_tokens == 16
    assert call.cost == endpoint.cost(input_tokens=call.input_tokens, output_tokens=16)
    assert call.first_token_ms is not None
    assert call.first_token_ms <= call.latency_ms


def test_the_latency_of_a_server_ends_with_its_answer(
    alice_actor: Actor,
    make_endpoint: MakeEndpoint,
    question: RenderedPrompt,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_endpoint()
    answered_at = []

    async def tell_slowly(_endpoint_id: UUID) -> None:
        answered_at.append(time.perf_counter())
        await asyncio.sleep(0.2)

    monkeypatch.setattr(breaker, "note_success", tell_slowly)
    asked_at = time.perf_counter()

    services.complete(alice_actor, question)

    assert InferenceCall.objects.get().latency_ms <= round(1000 * (answered_at[0] - asked_at))


@pytest.mark.parametrize("price", [None, Decimal(1)])
def test_what_the_server_had_in_its_cache_costs_its_own_price(
    alice_actor: Actor,
    make_endpoint: MakeEndpoint,
    question: RenderedPrompt,
    scripted_engine: ScriptedEngine,
    price: Decimal | None,
) -> None:
    make_endpoint(input_price=Decimal(10), cached_input_price=price)
    scripted_engine.script({"text": "Yes.", "cached_tokens": 2})

    services.complete(alice_actor, question)

    call = InferenceCall.objects.get()
    read = (call.input_tokens - 2) * 10 + 2 * (10 if price is None else 1)
    assert (call.cached_tokens, call.cost) == (2, Decimal(read) / 1_000_000)


def test_a_jobs_answer_streams_to_its_followers(
    alice_actor: Actor, endpoint: Endpoint, question: RenderedPrompt
) -> None:
    job = run_job(alice_actor, lambda run: {"text": services.stream(run, question).text})
    call = InferenceCall.objects.get()
    entries = redis_client.synchronous().xrange(events.stream_key(job.pk))
    assert job.result
    assert job.result["text"].endswith("t15 ")
    assert [fields[b"t"] for _, fields in entries][-1] == b"done"
    assert any(fields[b"t"] == b"delta" for _, fields in entries)
    assert call.job == job


def test_cancelling_the_job_frees_the_engine_and_keeps_the_account(
    alice_actor: Actor, endpoint: Endpoint, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"tokens": 10_000, "gap_ms": 10})

    def body(run: runs.JobRun) -> dict[str, Any]:
        threading.Timer(0.15, run.cancel).start()
        return {"text": services.stream(run, question).text}

    job = run_job(alice_actor, body)
    record = scripted_engine.wait_for(lambda record: record["in_flight"] == 0)
    call = InferenceCall.objects.get()
    assert job.state == Job.State.CANCELLED
    assert record["requests"][0]["outcome"] == "closed_by_client"
    assert (call.status, call.error_code) == ("stopped", "cancelled")
    assert call.output_tokens > 0
    assert call.is_estimated


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ({"status": 500}, "model_unavailable"),
        ({"status": 401}, "model_refused_key"),
        ({"cut_after": 3}, "model_unavailable"),
        ({"repeat": "again ", "gap_ms": 0}, "runaway_output"),
    ],
)
def test_a_failed_call_is_in_the_ledger_too(
    alice_actor: Actor,
    endpoint: Endpoint,
    question: RenderedPrompt,
    scripted_engine: ScriptedEngine,
    script: dict[str, Any],
    code: str,
) -> None:
    scripted_engine.script(script)
    with pytest.raises(errors.ModelError):
        services.complete(alice_actor, question)
    call = InferenceCall.objects.get()
    assert (call.status, call.error_code) == ("failed", code)


def test_the_next_endpoint_answers_when_the_first_is_down(
    alice_actor: Actor,
    make_endpoint: MakeEndpoint,
    question: RenderedPrompt,
    scripted_engine: ScriptedEngine,
) -> None:
    make_endpoint(name="first", priority=1)
    second = make_endpoint(name="second", priority=2)
    scripted_engine.script({"status": 500})
    assert services.complete(alice_actor, question).text
    calls = InferenceCall.objects.order_by("id")
    assert [call.status for call in calls] == ["failed", "succeeded"]
    assert calls[1].endpoint == second


def test_nobody_takes_over_once_text_was_shown(
    alice_actor: Actor,
    make_endpoint: MakeEndpoint,
    question: RenderedPrompt,
    scripted_engine: ScriptedEngine,
) -> None:
    make_endpoint(name="first", priority=1)
    make_endpoint(name="second", priority=2)
    scripted_engine.script({"cut_after": 3})
    shown: list[str] = []
    with pytest.raises(errors.ModelUnavailable):
        services.complete(alice_actor, question, on_text=shown.append)
    assert "".join(shown) == "t0 t1 t2 "
    assert scripted_engine.record()["seen"] == 1


def test_own_endpoints_come_before_shared_and_disabled_ones_not_at_all(
    alice_actor: Actor, make_endpoint: MakeEndpoint, question: RenderedPrompt
) -> None:
    make_endpoint(name="shared", organisation=None, priority=1)
    make_endpoint(name="off", is_enabled=False, priority=1)
    own = make_endpoint(name="own", priority=500)
    services.complete(alice_actor, question)
    assert InferenceCall.objects.get().endpoint == own


def test_another_organisations_endpoint_is_never_used(
    bob_actor: Actor, endpoint: Endpoint, question: RenderedPrompt
) -> None:
    with pytest.raises(errors.ModelUnavailable, match="no endpoint is enabled for chat"):
        services.complete(bob_actor, question)


def test_structured_output_is_repaired_and_both_calls_are_counted(
    alice_actor: Actor, endpoint: Endpoint, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"text": '{"mood": "furious"}'}, {"text": '{"mood": "angry"}'})
    assert services.extract(alice_actor, question, Mood) == Mood(mood="angry")
    assert list(InferenceCall.objects.values_list("purpose", "status")) == [("extraction", "succeeded")] * 2


def test_vectors_come_in_the_order_of_the_texts(
    alice_actor: Actor, make_endpoint: MakeEndpoint, scripted_engine: ScriptedEngine
) -> None:
    make_endpoint(purpose=Purpose.EMBEDDING)
    texts = [f"text {number}" for number in range(70)]
    vectors = services.embed(alice_actor, texts, input_type="passage")
    assert len(vectors) == 70
    assert vectors[69] == services.embed(alice_actor, ["text 69"], input_type="query")[0]
    assert [request["body"]["input_type"] for request in scripted_engine.requests("embeddings")][
        -1
    ] == "query"
    assert InferenceCall.objects.filter(purpose="embedding", status="succeeded").count() == 2


def test_no_texts_need_no_endpoint(alice_actor: Actor) -> None:
    assert services.embed(alice_actor, [], input_type="query") == []


class Reply(BaseModel):
    action: Literal["answer", "not_found"]
    text: str


SHOWN = StreamedText("text", lambda before: before.get("action") == "answer", {"action": "answer"})


def streamed_text(job: Job) -> str:
    entries = redis_client.synchronous().xrange(events.stream_key(job.pk))
    return "".join(json.loads(entry[b"d"])["text"] for _, entry in entries if entry[b"t"] == b"delta")


def reply_to(actor: Actor, question: RenderedPrompt) -> tuple[Job, str]:
    job = run_job(
        actor, lambda run: services.stream_structured(run, question, Reply, SHOWN).value.model_dump()
    )
    return job, streamed_text(job)


def test_only_the_text_of_a_structured_answer_is_shown(
    alice_actor: Actor, endpoint: Endpoint, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"text": '{"action": "answer", "text": "Two to \\"four\\" days"}'})
    job, shown = reply_to(alice_actor, question)
    assert job.result == {"action": "answer", "text": 'Two to "four" days'}
    assert shown == 'Two to "four" days'
    assert scripted_engine.requests()[0]["body"]["response_format"]["json_schema"]["schema"]["required"]


def test_a_text_that_is_not_meant_for_people_is_not_shown(
    alice_actor: Actor, endpoint: Endpoint, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"text": '{"action": "not_found", "text": "secret"}'})
    job, shown = reply_to(alice_actor, question)
    assert (job.result["action"], shown) == ("not_found", "")


def test_plain_words_count_as_the_text(
    alice_actor: Actor, endpoint: Endpoint, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"text": "Two to four days"})
    job, shown = reply_to(alice_actor, question)
    assert job.result == {"action": "answer", "text": "Two to four days"}
    assert shown == "Two to four days"


def test_a_structured_answer_cut_off_at_the_limit_counts_as_far_as_it_goes(
    alice_actor: Actor, endpoint: Endpoint, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"text": '{"action": "answer", "text": "Two to fo', "finish_reason": "length"})
    job, _ = reply_to(alice_actor, question)
    assert job.result == {"action": "answer", "text": "Two to fo"}


@pytest.mark.parametrize("written", ['{"action": "dance", "text": "la"}', '{"action": "ans', "{}"])
def test_an_object_of_another_form_is_output_invalid(
    written: str,
    alice_actor: Actor,
    endpoint: Endpoint,
    question: RenderedPrompt,
    scripted_engine: ScriptedEngine,
) -> None:
    scripted_engine.script({"text": written})
    job, shown = reply_to(alice_actor, question)
    assert (job.error_code, shown) == ("output_invalid", "")


def test_another_endpoint_is_asked_while_nothing_was_shown(
    alice_actor: Actor, make_endpoint: MakeEndpoint, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    make_endpoint(name="first", priority=1)
    make_endpoint(name="second", priority=2)
    scripted_engine.script(
        {"text": '{"action": "answer", "te', "cut_after": 5}, {"text": '{"action": "answer", "text": "Two"}'}
    )
    job, shown = reply_to(alice_actor, question)
    assert (job.result["text"], shown) == ("Two", "Two")


@pytest.mark.django_db(transaction=True)
def test_an_answer_is_there_when_its_endpoint_was_deleted_meanwhile(
    alice_actor: Actor, endpoint: Endpoint, question: RenderedPrompt, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"tokens": 16, "gap_ms": 10})

    def delete() -> None:
        Endpoint.objects.filter(pk=endpoint.pk).delete()
        connection.close()

    deleting = threading.Thread(target=delete)

    def see(_text: str) -> None:
        if deleting.ident is None:
            deleting.start()

    completion = services.complete(alice_actor, question, on_text=see)
    deleting.join()

    call = InferenceCall.objects.get()
    assert completion.text.startswith("t0 t1 ")
    assert (call.status, call.endpoint, call.model) == ("succeeded", None, "scripted")
