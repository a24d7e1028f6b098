"""Voice messages: what was said becomes the message, silence becomes none."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.customer_service.attachments.voice import WRITE_DOWN_VOICE
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Attachment, Message
from apps.inference import selectors as inference
from apps.inference.models import Endpoint, Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.speech.live_transcription import TRANSCRIBE_RECORDING
from tests.customer_service.conversations.test_api import streamed_data
from tests.customer_service.visitor_fixtures import VisitorBrowser
from tests.inference.used_up import use_up_requests
from tests.llm_backend.speech import sounds
from tests.speech.conftest import tone
from tests.speech.test_transcriptions import speech_server

pytestmark = pytest.mark.django_db


def heard(*sentences: str) -> dict[str, Any]:
    segments = [
        {"start": number, "end": number + 1.0, "text": f" {text}", "avg_logprob": -0.1}
        for number, text in enumerate(sentences)
    ]
    return {
        "language": "english",
        "duration": 2.0,
        "text": " ".join(sentences),
        "segments": segments,
        "words": [],
    }


class Ear:
    """What the speech model hears next."""

    def __init__(self) -> None:
        self.answer = heard()

    def reply(self) -> dict[str, Any]:
        return self.answer


@pytest.fixture
def ear(tea_house: Organisation) -> Iterator[Ear]:
    inference.clear_candidates()
    listening = Ear()
    with speech_server(listening.reply) as url:
        Endpoint.objects.create(
            organisation=tea_house, name="speech", purpose=Purpose.SPEECH, url=url, model="whisper-large"
        )
        yield listening
    inference.clear_candidates()


@pytest.fixture
def vera(channel: Channel) -> VisitorBrowser:
    return VisitorBrowser(channel, message=None)


def sounds_kept() -> set[Path]:
    """Also of other tests."""
    return {path for path in Path(default_storage.path("attachments")).rglob("*") if path.is_file()}


def speak(vera: VisitorBrowser) -> Any:
    stored = vera.upload(tone("webm"), "voice", kind="voice")
    assert stored.status_code == 201, stored.content
    return stored.json()


def listen(stored: Any) -> Job:
    job = Attachment.objects.get(pk=stored["id"]).job
    assert job is not None
    runs.execute(job.pk)
    return Job.objects.get(pk=job.pk)


def test_silence_is_said_kindly_and_leaves_nothing(vera: VisitorBrowser, ear: Ear) -> None:
    stored = speak(vera)

    job = listen(stored)

    assert (job.queue, job.state, job.result) == ("voice", "succeeded", {"has_speech": False})
    assert not Message.objects.exists()
    assert not Attachment.objects.exists()


def test_so_many_voice_messages_wait_and_no_more(vera: VisitorBrowser) -> None:
    for _number in range(3):
        speak(vera)

    refused = vera.upload(tone("webm"), "voice", kind="voice")

    assert (refused.status_code, refused.json()["error"]["code"]) == (429, "too_many_voice_messages")
    assert Attachment.objects.count() == 3


def test_a_voice_message_that_the_quota_refuses_leaves_no_sound(
    vera: VisitorBrowser, alice_actor: Actor
) -> None:
    use_up_requests(alice_actor)
    sounds_before = sounds_kept()

    refused = vera.upload(tone("webm"), "voice", kind="voice")

    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "chat_unavailable")
    assert (Attachment.objects.count(), Job.objects.filter(kind=WRITE_DOWN_VOICE.name).count()) == (0, 0)
    assert sounds_kept() == sounds_before


def test_visitors_and_recordings_wait_in_queues_of_their_own() -> None:
    assert WRITE_DOWN_VOICE.queue != TRANSCRIBE_RECORDING.queue


def test_only_sound_is_a_voice_message(vera: VisitorBrowser) -> None:
    assert vera.upload(b"%PDF-1.7" + bytes(64), "voice", kind="voice").status_code == 415


def test_a_strangers_token_does_not_hear_along(vera: VisitorBrowser, channel: Channel) -> None:
    stored = speak(vera)
    stranger = VisitorBrowser(channel)

    assert vera.client.get(stored["events"], headers=stranger.headers).status_code == 404
    assert vera.client.get(stored["events"]).status_code == 401


@pytest.fixture
def said(tmp_path: Any) -> bytes:
    if not shutil.which("espeak-ng"):
        pytest.skip("NO VOICE: install espeak-ng, voice messages are not tested without it")
    sound = sounds.spoken("How long does delivery take?", tmp_path)
    return sounds.save(sound, tmp_path / "said.webm").read_bytes()


def test_what_was_said_becomes_the_visitors_message_with_the_sound(
    vera: VisitorBrowser, ear: Ear, said: bytes
) -> None:
    ear.answer = heard("How long does delivery take?")
    stored = vera.upload(said, "voice", kind="voice").json()

    job = listen(stored)

    assert job.result == {"has_speech": True}
    message = vera.get().json()["turns"][0]
    assert (message["author"], message["text"]) == ("visitor", "How long does delivery take?")
    assert (message["attachments"][0]["kind"], message["attachments"][0]["content_type"]) == (
        "voice",
        "audio/webm",
    )
    assert vera.get().json()["answer"]["state"] == "queued"


def test_a_second_worker_writes_no_second_message(vera: VisitorBrowser, ear: Ear, said: bytes) -> None:
    ear.answer = heard("How long does delivery take?")
    stored = vera.upload(said, "voice", kind="voice").json()

    for _ in range(2):
        listen(stored)

    assert Message.objects.count() == 1


def test_sound_that_cannot_be_read_is_told_without_the_reason(vera: VisitorBrowser, ear: Ear) -> None:
    stored = vera.upload(b"OggS" + bytes(2000), "voice", kind="voice").json()

    assert listen(stored).state == "failed"

    last = streamed_data(vera.client.get(stored["events"], headers=vera.headers))[-1]
    assert "Sorry" in last
    assert "audio" not in last
    assert not Message.objects.exists()
