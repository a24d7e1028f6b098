"""Trying one endpoint by hand: streamed, with figures, and nothing of it kept but the line in the ledger."""

import io
import json
import re
import wave
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.inference import endpoint_trials
from apps.inference.endpoint_trials import TRY_ENDPOINT, TrialRequest
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs import events, runs
from apps.jobs.models import Job
from tests.inference.conftest import MakeEndpoint
from tests.loopback_server import Reply, serving
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db
QUESTION = TrialRequest(messages=[{"role": "user", "content": "Open?"}], temperature=1.5, max_tokens=7)


def run_trial(actor: Actor, endpoint: Endpoint, request: TrialRequest = QUESTION) -> tuple[Job, str]:
    """The job when it is over, and what its followers read."""
    job = endpoint_trials.start_trial(actor, endpoint, request)
    runs.execute(job.pk)
    stream = events.stream_key(job.pk)
    entries = events.unsealed_entries(stream, redis_client.synchronous().xrange(stream))
    told = b" ".join(fields[b"t"] + fields[b"d"] for _, fields in entries)
    return Job.objects.get(pk=job.pk), told.decode()


def test_an_answer_streams_and_leaves_figures_alone(
    alice_actor: Actor, endpoint: Endpoint, scripted_engine: ScriptedEngine
) -> None:
    job, told = run_trial(alice_actor, endpoint)

    assert '"t0 ' in told
    assert job.inputs == {"endpoint_id": str(endpoint.pk)}
    assert job.result
    assert job.result["output_tokens"] == 7
    assert job.result["first_token_ms"] >= 0
    assert "t0" not in str(job.result)
    sent = scripted_engine.requests()[0]["body"]
    assert (sent["temperature"], sent["max_tokens"]) == (1.5, 7)
    call = InferenceCall.objects.get()
    assert (call.prompt_name, call.endpoint, call.status) == ("trial/chat", endpoint, "succeeded")
    assert redis_client.synchronous().keys("trial:*") == []


def test_what_a_model_thinks_is_told_apart(
    alice_actor: Actor, endpoint: Endpoint, scripted_engine: ScriptedEngine
) -> None:
    scripted_engine.script({"reasoning": "First I think.", "text": "Yes."})

    job, told = run_trial(alice_actor, endpoint)

    thoughts = [json.loads(thought)["text"] for thought in re.findall(r"thinking(\{.*?\})", told)]
    assert "".join(thoughts) == "First I think."
    assert "Yes." in told
    assert job.state == Job.State.SUCCEEDED


def test_a_question_lies_sealed_and_is_read_once(alice_actor: Actor, endpoint: Endpoint) -> None:
    job = endpoint_trials.start_trial(alice_actor, endpoint, QUESTION)
    kept = redis_client.synchronous().get(f"trial:{job.pk}")
    assert kept
    assert b"Open?" not in kept
    redis_client.synchronous().delete(f"trial:{job.pk}")

    runs.execute(job.pk)

    job.refresh_from_db()
    assert (job.state, job.error_code) == (Job.State.FAILED, "gone")


def test_an_embedding_endpoint_gives_a_vector(alice_actor: Actor, make_endpoint: MakeEndpoint) -> None:
    endpoint = make_endpoint(purpose=Purpose.EMBEDDING)

    job, told = run_trial(alice_actor, endpoint, TrialRequest(text="tea"))

    assert job.result
    assert job.result["dimensions"] > 1
    assert "…" in told


def silence() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(16_000)
        sound.writeframes(b"\x00\x10" * 16_000)
    return file.getvalue()


def test_a_speech_endpoint_writes_a_recording_down(alice_actor: Actor, make_endpoint: MakeEndpoint) -> None:
    heard = b'{"text": "Hello.", "language": "en", "segments": [{"start": 0, "end": 1, "text": "Hello."}]}'
    with serving({"*": Reply(heard, content_type="application/json")}) as server:
        endpoint = make_endpoint(purpose=Purpose.SPEECH, url=server.url)
        job, told = run_trial(alice_actor, endpoint, TrialRequest(recording=silence()))

    assert job.state == Job.State.SUCCEEDED, job.error_message
    assert job.result
    assert job.result["audio_seconds"] == 1
    assert "trial" not in told


@pytest.mark.parametrize(
    ("purpose", "sent"),
    [
        (
            "chat",
            {"text": "Open?", "temperature": "0.2", "max_tokens": "", "history": "[]", "system": "Be brief"},
        ),
        ("embedding", {"text": "tea"}),
        ("speech", {}),
    ],
)
def test_the_page_sends_what_fits_the_purpose(
    alice_browser: Client, make_endpoint: MakeEndpoint, purpose: str, sent: dict[str, Any]
) -> None:
    endpoint = make_endpoint(purpose=purpose)
    address = reverse("inference:try_endpoint", args=[endpoint.pk])
    assert "Only the usage record is kept" in alice_browser.get(address).content.decode()

    file = {"recording": SimpleUploadedFile("a.wav", silence())} if purpose == "speech" else {}
    part = alice_browser.post(address, sent | file).content.decode()

    job = Job.objects.get(kind=TRY_ENDPOINT.name)
    assert f'"job": "{job.pk}"' in part
    assert alice_browser.post(reverse("inference:stop_trial"), {"job": str(job.pk)}).status_code == 204
    job.refresh_from_db()
    assert job.state == Job.State.CANCELLED


@pytest.mark.parametrize("history", ["{", '[{"role": "system", "content": "x"}]', '[{"role": "user"}]'])
def test_a_conversation_that_was_not_said_here_is_refused(
    alice_browser: Client, endpoint: Endpoint, history: str
) -> None:
    sent = {"text": "Open?", "temperature": "0.2", "history": history}

    part = alice_browser.post(reverse("inference:try_endpoint", args=[endpoint.pk]), sent).content.decode()

    assert "Message not sent" in part
    assert not Job.objects.exists()


def test_nobody_stops_what_another_tries(alice_actor: Actor, endpoint: Endpoint, bob_browser: Client) -> None:
    job = endpoint_trials.start_trial(alice_actor, endpoint, QUESTION)

    assert bob_browser.post(reverse("inference:stop_trial"), {"job": str(job.pk)}).status_code == 404
