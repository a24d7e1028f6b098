"""What somebody speaks is written down before they end, and nothing of it depends on a worker or a network that lasts."""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.db import connection
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core import redis_client
from apps.inference.models import Endpoint, Purpose
from apps.jobs import events, lifecycle, runs
from apps.jobs.models import Job
from apps.privacy import retention_rules
from apps.speech import live_transcription, services
from apps.speech.models import HeardStretch, Recording, Transcript
from tests.conftest import ApiClient
from tests.llm_backend.speech import sounds
from tests.speech.conftest import begin, send, tone
from tests.speech.test_transcriptions import ANSWER, speech_server

SENTENCE = "Take two tablets in the morning, and call me on Monday."
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard_lengths(tea_house: Organisation) -> Iterator[list[int]]:
    """A speech server that hears the same in everything; answers how often it was asked."""
    asked: list[int] = []

    def answer() -> dict[str, Any]:
        asked.append(1)
        text = f" Sentence {len(asked)}."
        return {
            "language": "english",
            "text": text,
            "segments": [{"start": 1.0, "end": 1.5, "text": text, "avg_logprob": -0.1}],
        }

    with speech_server(answer) as url:
        Endpoint.objects.create(
            organisation=tea_house, name="speech", purpose=Purpose.SPEECH, url=url, model="whisper-large"
        )
        yield asked


@pytest.fixture
def sentence(tmp_path: Path) -> sounds.Sound:
    if not shutil.which("espeak-ng"):
        pytest.skip("NO VOICE: install espeak-ng, live transcripts are not tested without it")
    return sounds.spoken(SENTENCE, tmp_path)


@pytest.fixture
def dictation(sentence: sounds.Sound, tmp_path: Path) -> bytes:
    """Three sentences with long pauses, as a browser records them."""
    sound = np.concatenate([np.concatenate([sentence, sounds.silence(3)])] * 3)
    return as_recorded(sound, tmp_path)


def as_recorded(sound: sounds.Sound, directory: Path) -> bytes:
    return sounds.save(sound, directory / "recorded.webm", is_live=True).read_bytes()


class Speaker:
    """Sends a recording part by part, as the recorder does."""

    def __init__(self, client: ApiClient, content: bytes) -> None:
        self.client = client
        self.content = content
        self.address = begin(client, length=None)
        self.offset = 0

    def says(self, share: float) -> "Speaker":
        """Up to this share of it."""
        end = round(len(self.content) * share)
        answer: Any = send(self.client, self.address, self.content[self.offset : end], offset=self.offset)
        assert answer.status_code == 204, answer.content
        self.offset = end
        return self

    def ends(self) -> "Speaker":
        length = {"Upload-Length": str(self.offset)}
        answer: Any = send(self.client, self.address, b"", offset=self.offset, **length)
        assert answer.status_code == 204, answer.content
        return self

    @property
    def recording(self) -> Recording:
        identifier = self.address.rstrip("/").rpartition("/")[2]
        return Recording.objects.select_related("job", "transcript").get(pk=identifier)


def work(recording: Recording) -> None:
    """What the worker does with the recording's job."""
    runs.execute(
        str(recording.job_id), lambda run: services.transcribe_recording(run, recording_id=str(recording.pk))
    )


@pytest.fixture
def worker() -> Iterator[Callable[[Recording], "Future[None]"]]:
    """Works beside the test."""
    with ThreadPoolExecutor(2) as threads:

        def start(recording: Recording) -> "Future[None]":
            def body() -> None:
                try:
                    work(recording)
                finally:
                    connection.close()

            return threads.submit(body)

        yield start


def seen(recording: Recording, kind: str) -> dict[str, Any]:
    """Waits for the first event of this kind."""
    position: Any = "0-0"
    for _second in range(PATIENCE_SECONDS):
        key = events.stream_key(recording.job_id)
        answer: Any = redis_client.synchronous().xread({key: position}, block=1000)
        for position, entry in events.unsealed_entries(key, answer[0][1] if answer else ()):  # noqa: B007
            if entry[b"t"].decode() == kind:
                return dict(json.loads(entry[b"d"]))
    raise AssertionError(f"there was no {kind}")


def all_seen(recording: Recording, kind: str) -> list[dict[str, Any]]:
    key = events.stream_key(recording.job_id)
    written: Any = redis_client.synchronous().xrange(key)
    return [
        json.loads(entry[b"d"])
        for _id, entry in events.unsealed_entries(key, written)
        if entry[b"t"].decode() == kind
    ]


def test_nothing_begins_before_there_is_something_to_hear(alice_api: ApiClient) -> None:
    speaker = Speaker(alice_api, tone("webm", seconds=3))

    assert speaker.says(0.01).recording.job is None
    begun = speaker.says(0.5).recording

    assert begun.job
    assert begun.is_live
    assert (begun.state, begun.media_type) == (Recording.State.UPLOADING, "")
    assert speaker.says(0.9).recording.job == begun.job


def test_of_a_file_that_is_uploaded_nothing_is_heard_before_its_end(alice_api: ApiClient) -> None:
    sound = tone("webm", seconds=3)
    address = begin(alice_api, length=len(sound))

    send(alice_api, address, sound[:5000], offset=0)

    assert Recording.objects.get().job is None


def test_it_can_be_switched_off(alice_api: ApiClient, settings: Any) -> None:
    settings.SPEECH_LIVE_RECORDINGS = 0

    assert Speaker(alice_api, tone("webm", seconds=3)).says(0.9).recording.job is None


@pytest.mark.usefixtures("heard_lengths")
def test_the_first_words_are_shown_before_it_ends(
    alice_api: ApiClient, dictation: bytes, worker: Callable[[Recording], "Future[None]"]
) -> None:
    speaker = Speaker(alice_api, dictation).says(0.6)
    working = worker(speaker.recording)

    first = seen(speaker.recording, "segment")
    still_speaking = speaker.recording
    speaker.says(1).ends()
    working.result()

    assert first["text"].startswith("Sentence")
    assert still_speaking.state == Recording.State.UPLOADING
    recording = speaker.recording
    assert recording.state == Recording.State.READY
    assert len(recording.transcript.segments) == 3
    assert [segment["text"] for segment in recording.transcript.segments] == [
        shown["text"] for shown in all_seen(recording, "segment") if not shown.get("is_provisional")
    ]
    assert len(all_seen(recording, "settled")) == 3
    assert not HeardStretch.objects.exists()
    assert Job.objects.count() == 1
    assert recording.is_rewritten


def test_talk_that_does_not_pause_is_shown_at_once_and_settled_later(
    alice_api: ApiClient,
    sentence: sounds.Sound,
    tmp_path: Path,
    heard_lengths: list[int],
    worker: Callable[[Recording], "Future[None]"],
) -> None:
    speaker = Speaker(alice_api, as_recorded(np.tile(sentence, 2), tmp_path)).says(0.7)
    working = worker(speaker.recording)

    first = seen(speaker.recording, "segment")
    speaker.says(1).ends()
    working.result()

    assert first["is_provisional"]
    assert len(Transcript.objects.get().segments) == 1


def test_a_network_that_goes_away_frees_the_worker_and_loses_nothing(
    alice_api: ApiClient, dictation: bytes, heard_lengths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_transcription, "QUIET_SECONDS", 0.5)
    speaker = Speaker(alice_api, dictation).says(0.6)

    work(speaker.recording)
    aside = speaker.recording
    stored = HeardStretch.objects.count()
    asked = len(heard_lengths)
    speaker.says(0.8)
    woken = speaker.recording
    speaker.says(1).ends()
    work(speaker.recording)

    assert aside.job
    assert woken.job
    assert aside.job.state == woken.job.state == Job.State.QUEUED
    assert aside.job.available_at > timezone.now() + timedelta(minutes=5)
    assert woken.job.available_at <= timezone.now()
    assert stored >= 1
    segments = speaker.recording.transcript.segments
    assert len(segments) == 3
    assert [segment["start"] for segment in segments] == sorted(segment["start"] for segment in segments)
    assert len(heard_lengths) - asked <= 4


def test_what_a_lost_worker_had_settled_is_not_heard_again(
    alice_api: ApiClient, dictation: bytes, heard_lengths: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_transcription, "QUIET_SECONDS", 0.5)
    speaker = Speaker(alice_api, dictation).says(0.7)
    work(speaker.recording)
    before = [stretch.segments for stretch in HeardStretch.objects.order_by("number")]
    job = speaker.says(0.75).recording.job
    assert job
    lost = lifecycle.claim(job.pk)
    assert lost
    Job.objects.filter(pk=job.pk).update(lease_expires_at=timezone.now() - timedelta(seconds=1))
    lifecycle.reap()

    speaker.says(1).ends()
    work(speaker.recording)

    after = speaker.recording.transcript.segments
    assert after[: len(before)] == [segment for stretch in before for segment in stretch]
    assert len(after) == 3


@pytest.mark.usefixtures("heard_lengths")
def test_a_worker_that_comes_late_catches_up(alice_api: ApiClient, dictation: bytes) -> None:
    speaker = Speaker(alice_api, dictation).says(0.5).says(1).ends()

    work(speaker.recording)

    assert speaker.recording.state == Recording.State.READY
    assert not [shown for shown in all_seen(speaker.recording, "segment") if shown.get("is_provisional")]


@pytest.mark.usefixtures("heard_lengths")
def test_what_follows_a_reload_is_written_down_behind_it(
    alice_api: ApiClient,
    dictation: bytes,
    sentence: sounds.Sound,
    tmp_path: Path,
    worker: Callable[[Recording], "Future[None]"],
) -> None:
    speaker = Speaker(alice_api, dictation + as_recorded(sentence, tmp_path)).says(0.5)
    working = worker(speaker.recording)
    seen(speaker.recording, "segment")
    speaker.says(1).ends()
    working.result()

    segments = speaker.recording.transcript.segments
    assert len(segments) == 4
    assert segments[-1]["start"] > 3 * (len(sentence) / sounds.RATE + 3) - 0.5
    assert speaker.recording.is_rewritten


@pytest.mark.slow
@pytest.mark.parametrize("sound", [sounds.silence(4), sounds.music(4), sounds.noise(4)])
def test_where_nobody_speaks_nothing_is_written(
    sound: sounds.Sound, alice_api: ApiClient, tmp_path: Path, heard_lengths: list[int]
) -> None:
    speaker = Speaker(alice_api, as_recorded(sound, tmp_path)).says(0.6).says(1).ends()

    work(speaker.recording)

    assert speaker.recording.state in (Recording.State.NO_SPEECH, Recording.State.READY)
    if not heard_lengths:
        assert speaker.recording.state == Recording.State.NO_SPEECH
        assert not all_seen(speaker.recording, "segment")


@pytest.mark.usefixtures("heard_lengths")
def test_a_recording_that_stops_in_the_middle_of_a_word_keeps_what_there_was(
    alice_api: ApiClient, dictation: bytes
) -> None:
    speaker = Speaker(alice_api, dictation).says(0.4).ends()

    work(speaker.recording)

    recording = speaker.recording
    assert recording.state == Recording.State.READY
    assert recording.transcript.segments
    assert recording.seconds == pytest.approx(recording.transcript.seconds, abs=0.2)


@pytest.mark.slow
def test_what_turns_out_to_be_no_sound_says_so_at_its_end(
    alice_api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_transcription, "QUIET_SECONDS", 0.5)
    forged = tone("webm", seconds=1)[:40] + b"\x1f\x43\xb6\x75" + b"no sound at all " * 2000
    speaker = Speaker(alice_api, forged).says(0.5)

    work(speaker.recording)
    waiting = speaker.recording
    speaker.says(1).ends()
    work(speaker.recording)

    assert waiting.job
    assert waiting.job.state == Job.State.QUEUED
    assert (speaker.recording.error or {})["code"] == "audio_unreadable"


@pytest.mark.usefixtures("heard_lengths")
def test_a_cancelled_transcription_stays_cancelled_and_the_sound_is_kept(
    alice_api: ApiClient,
    alice_actor: Actor,
    dictation: bytes,
    worker: Callable[[Recording], "Future[None]"],
) -> None:
    speaker = Speaker(alice_api, dictation).says(0.6)
    working = worker(speaker.recording)
    seen(speaker.recording, "segment")

    services.cancel_recording(alice_actor, speaker.recording)
    working.result()
    speaker.says(1).ends()

    assert speaker.recording.state == Recording.State.CANCELLED
    services.retry_recording(alice_actor, speaker.recording)
    work(speaker.recording)
    assert speaker.recording.state == Recording.State.READY


@pytest.mark.usefixtures("heard_lengths")
def test_deleting_stops_the_writing(
    alice_api: ApiClient, dictation: bytes, worker: Callable[[Recording], "Future[None]"]
) -> None:
    speaker = Speaker(alice_api, dictation).says(0.6)
    recording = speaker.recording
    working = worker(recording)
    seen(recording, "segment")

    answer = alice_api.delete(speaker.address, headers={"Tus-Resumable": "1.0.0"})
    working.result()

    assert answer.status_code == 204
    assert not HeardStretch.objects.exists()
    assert not recording.stored_path.exists()
    assert Job.objects.get().state == Job.State.CANCELLED


@pytest.mark.usefixtures("heard_lengths")
def test_a_second_speaker_waits_where_only_one_is_followed(
    alice_api: ApiClient,
    dictation: bytes,
    worker: Callable[[Recording], "Future[None]"],
) -> None:
    first, second = (Speaker(alice_api, dictation).says(0.6) for _ in range(2))
    working = worker(first.recording)
    seen(first.recording, "segment")

    work(second.recording)
    waiting = second.recording.job
    second.says(1).ends()
    work(second.recording)
    first.says(1).ends()
    working.result()

    assert waiting
    assert waiting.state == Job.State.QUEUED
    assert [each.recording.state for each in (first, second)] == [Recording.State.READY] * 2


def test_a_failure_in_the_middle_is_tried_again_at_the_end(alice_api: ApiClient) -> None:
    speaker = Speaker(alice_api, tone("webm", seconds=3)).says(0.5)
    job = lifecycle.claim(speaker.recording.job_id)
    assert job
    lifecycle.fail(job, code="model_unavailable", message="away")

    speaker.says(1).ends()

    assert speaker.recording.state == Recording.State.WAITING


def test_what_a_dead_model_cannot_write_down_can_be_played_to_its_end(
    alice_api: ApiClient, tea_house: Organisation, dictation: bytes, sentence: sounds.Sound, tmp_path: Path
) -> None:
    answers = [ANSWER]
    with speech_server(lambda: answers.pop() if answers else {}) as url:
        Endpoint.objects.create(
            organisation=tea_house, name="speech", purpose=Purpose.SPEECH, url=url, model="whisper-large"
        )
        speaker = Speaker(alice_api, dictation + as_recorded(sentence, tmp_path)).says(0.5).says(1).ends()
        work(speaker.recording)

    recording = speaker.recording
    assert not recording.finished_transcript
    assert recording.is_rewritten
    assert recording.seconds == pytest.approx(4 * len(sentence) / sounds.RATE + 9, abs=0.5)


@pytest.mark.usefixtures("heard_lengths")
def test_what_nobody_finishes_is_finished_for_them(alice_api: ApiClient, dictation: bytes) -> None:
    speaker = Speaker(alice_api, dictation).says(0.6)
    Recording.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    retention_rules.erase_outdated()
    work(speaker.recording)

    assert speaker.recording.state == Recording.State.READY


@pytest.mark.model
def test_the_text_is_that_of_a_whole_recording(
    alice_api: ApiClient,
    dictation: bytes,
    sentence: sounds.Sound,
    tmp_path: Path,
    worker: Callable[[Recording], "Future[None]"],
) -> None:
    content = dictation + as_recorded(np.tile(sentence, 3), tmp_path)
    speaker = Speaker(alice_api, content).says(0.3)
    working = worker(speaker.recording)
    for share in (0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1):
        seen(speaker.recording, "segment")
        speaker.says(share)
    speaker.ends()
    working.result()
    address = begin(alice_api, length=len(content))
    send(alice_api, address, content, offset=0)
    uploaded = Recording.objects.select_related("job").order_by("-id").first()
    assert uploaded
    work(uploaded)

    live, whole = speaker.recording.transcript, Transcript.objects.get(recording=uploaded)
    assert "tablets in the morning" in whole.text
    assert live.text == whole.text
