"""The job on a recording: what it stores, shows on its way, and says when there is nothing to write down."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit.models import AuditEntry
from apps.core import redis_client
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs import events, runs
from apps.speech import services
from apps.speech.models import Recording, Transcript
from apps.speech.templatetags.speech import words_of_text
from llm_backend import patterns
from tests.conftest import ApiClient
from tests.llm_backend.speech import sounds
from tests.speech.conftest import begin, send, tone

ANSWER: dict[str, Any] = {
    "language": "english",
    "duration": 2.0,
    "text": " Take two tablets.",
    "segments": [{"start": 0.0, "end": 1.5, "text": " Take two <b>tablets</b>.", "avg_logprob": -0.1}],
    "words": [
        {"word": " Take", "start": 0.0, "end": 0.4, "probability": 0.9},
        {"word": " two", "start": 0.4, "end": 0.8, "probability": 0.9},
    ],
}


def uploaded(client: ApiClient, content: bytes) -> Recording:
    send(client, begin(client, length=len(content)), content, offset=0)
    return Recording.objects.get()


def work_on(recording: Recording) -> Recording:
    """What the worker does with the recording's job."""
    runs.execute(
        str(recording.job_id), lambda run: services.transcribe_recording(run, recording_id=str(recording.pk))
    )
    return Recording.objects.select_related("job", "transcript").get(pk=recording.pk)


@contextmanager
def speech_server(reply: Callable[[], dict[str, Any]], status: int = 200) -> Iterator[str]:
    class Answering(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"] or 0))
            body = json.dumps(reply()).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/v1"
        server.shutdown()
        thread.join()


@pytest.fixture
def own_endpoint(tea_house: Organisation) -> Iterator[Endpoint]:
    with speech_server(lambda: ANSWER) as url:
        yield Endpoint.objects.create(
            organisation=tea_house, name="speech", purpose=Purpose.SPEECH, url=url, model="whisper-large"
        )


@pytest.fixture
def spoken(tmp_path: Path) -> bytes:
    if not shutil.which("espeak-ng"):
        pytest.skip("NO VOICE: install espeak-ng, transcriptions are not tested without it")
    sound = sounds.spoken("Take two tablets in the morning.", tmp_path)
    return sounds.save(sound, tmp_path / "spoken.wav").read_bytes()


@pytest.mark.django_db
def test_what_is_said_is_stored_with_the_times_of_its_words(
    alice_api: ApiClient, own_endpoint: Endpoint, spoken: bytes
) -> None:
    recording = work_on(uploaded(alice_api, spoken))

    address = f"/api/v1/recordings/{recording.pk}/transcript/"
    transcript = alice_api.get(address).json()
    assert recording.state == Recording.State.READY
    assert (transcript["language"], transcript["has_speech"]) == ("en", True)
    assert transcript["segments"][0]["words"][1]["text"].strip() == "two"
    captions = alice_api.get(address, headers={"Accept": "text/vtt"}).content.decode()
    assert captions.startswith("WEBVTT\n\n00:00:0")
    assert "&lt;b&gt;tablets" in captions
    assert alice_api.get(f"{address}?format=txt").content.decode() == "Take two <b>tablets</b>.\n"
    taken = AuditEntry.objects.filter(action="recording.transcript_exported", target_id=str(recording.pk))
    assert sorted(line.details["file_type"] for line in taken) == ["txt", "vtt"], "shown as JSON is not taken"


@pytest.mark.django_db
def test_followers_read_along(alice_api: ApiClient, own_endpoint: Endpoint, spoken: bytes) -> None:
    recording = work_on(uploaded(alice_api, spoken))

    key = events.stream_key(recording.job_id)
    written = list(events.unsealed_entries(key, redis_client.synchronous().xrange(key)))
    kinds = [entry[b"t"].decode() for _id, entry in written]
    shown = json.loads(next(entry[b"d"] for _id, entry in written if entry[b"t"] == b"segment"))
    assert kinds == ["stage", "stage", "segment", "progress", "done"]
    assert shown["text"] == "Take two <b>tablets</b>."


@pytest.mark.django_db
def test_an_own_endpoint_is_asked_first_and_stands_in_the_ledger(
    alice_api: ApiClient, own_endpoint: Endpoint, spoken: bytes
) -> None:
    work_on(uploaded(alice_api, spoken))

    call = InferenceCall.objects.get()
    assert (call.purpose, call.model, call.status) == ("speech", "whisper-large", "succeeded")
    assert call.endpoint == own_endpoint


@pytest.mark.django_db
def test_an_endpoint_that_refuses_its_key_is_passed_over(
    alice_api: ApiClient, own_endpoint: Endpoint, spoken: bytes
) -> None:
    with speech_server(dict, status=401) as refusing:
        Endpoint.objects.create(
            organisation=own_endpoint.organisation,
            name="expired",
            purpose=Purpose.SPEECH,
            url=refusing,
            model="whisper-large",
            priority=own_endpoint.priority - 1,
        )
        recording = work_on(uploaded(alice_api, spoken))

    assert recording.state == Recording.State.READY
    codes = list(InferenceCall.objects.order_by("id").values_list("error_code", flat=True))
    assert codes == ["model_refused_key", ""]


@pytest.mark.django_db
def test_silence_stays_silence(alice_api: ApiClient, tmp_path: Path) -> None:
    silent = sounds.save(sounds.silence(3), tmp_path / "silent.wav").read_bytes()

    recording = work_on(uploaded(alice_api, silent))

    transcript = Transcript.objects.get()
    assert recording.state == Recording.State.NO_SPEECH
    assert (transcript.has_speech, transcript.segments, transcript.text) == (False, [], "")
    assert recording.seconds == pytest.approx(3, abs=0.1)


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"These are the minutes of a meeting. " * 100, b"RIFF", b"\x00" * 4096])
def test_what_is_no_sound_says_so_on_the_recording(alice_api: ApiClient, content: bytes) -> None:
    recording = work_on(uploaded(alice_api, content))

    shown = alice_api.get(f"/api/v1/recordings/{recording.pk}/").json()
    assert shown["state"] == "failed"
    assert shown["error"]["code"] == "audio_unreadable"
    assert "no readable audio" in shown["error"]["message"]


def test_a_stopped_transcription_keeps_the_sound_and_can_be_tried_again(
    alice_api: ApiClient, alice_actor: Actor
) -> None:
    recording = uploaded(alice_api, tone("wav"))

    services.cancel_recording(alice_actor, recording)
    stopped = Recording.objects.select_related("job").get()
    services.retry_recording(alice_actor, stopped)

    assert stopped.state == Recording.State.CANCELLED
    assert stopped.stored_path.exists()
    assert Recording.objects.select_related("job").get().state == Recording.State.WAITING


@pytest.mark.django_db(transaction=True)
def test_cancelling_stops_a_transcription_that_runs(
    alice_api: ApiClient, tea_house: Organisation, spoken: bytes
) -> None:
    def cancelled_meanwhile() -> dict[str, Any]:
        running[0].cancel()
        return ANSWER

    running: list[runs.JobRun] = []
    recording = uploaded(alice_api, spoken)
    with speech_server(cancelled_meanwhile) as url:
        Endpoint.objects.create(
            organisation=tea_house, name="speech", purpose=Purpose.SPEECH, url=url, model="whisper-large"
        )

        def work(run: runs.JobRun) -> dict[str, Any]:
            running.append(run)
            return services.transcribe_recording(run, recording_id=str(recording.pk))

        runs.execute(str(recording.job_id), work)

    assert Recording.objects.select_related("job").get().state == Recording.State.CANCELLED
    assert not Transcript.objects.exists()
    assert InferenceCall.objects.get().status == "stopped"


@pytest.mark.django_db
@pytest.mark.parametrize("container", ["webm", "mp4"])
def test_what_was_spoken_before_and_after_a_reload_becomes_one_piece(
    alice_api: ApiClient, container: str
) -> None:
    recording = work_on(
        uploaded(alice_api, tone(container, seconds=2) + tone(container, seconds=1, hertz=880))
    )

    assert recording.is_rewritten
    assert recording.seconds == pytest.approx(3, abs=0.15)
    whole = alice_api.get(f"/api/v1/recordings/{recording.pk}/audio/")
    with recording.open_sound() as file:
        assert whole.getvalue() == file.read()
    on_disk = recording.rewritten_path.read_bytes()
    assert b"OpusHead" not in on_disk
    assert b"ftyp" not in on_disk


@pytest.mark.django_db
def test_a_player_can_jump(alice_api: ApiClient) -> None:
    sound = tone("wav")
    recording = uploaded(alice_api, sound)
    address = f"/api/v1/recordings/{recording.pk}/audio/"

    def asked(wanted: str) -> Any:
        return alice_api.get(address, headers={"Range": wanted})

    middle, end, beyond = asked("bytes=100-199"), asked("bytes=-50"), asked(f"bytes={len(sound)}-")
    assert (middle.status_code, middle.getvalue()) == (206, sound[100:200])
    assert middle.headers["Content-Range"] == f"bytes 100-199/{len(sound)}"
    assert end.getvalue() == sound[-50:]
    assert (beyond.status_code, beyond.headers["Content-Range"]) == (416, f"bytes */{len(sound)}")
    assert asked("lines=1-2").status_code == 200


def test_half_a_recording_is_not_played(alice_api: ApiClient) -> None:
    address = begin(alice_api, length=10)

    assert alice_api.get(f"{address}audio/").status_code == 409
    assert alice_api.get(f"{address}transcript/").status_code == 409
    assert alice_api.get(f"{address}transcript/", headers={"Accept": "text/vtt"}).json()["error"]


def test_the_languages_and_terms_are_the_organisation_s_own(alice_api: ApiClient, bob_api: ApiClient) -> None:
    answer = alice_api.put(
        "/api/v1/speech-preferences/",
        {"languages": ["zh"], "terms": "阿莫西林"},
        content_type="application/json",
    )

    assert answer.json() == {"languages": ["zh"], "terms": "阿莫西林"}
    assert bob_api.get("/api/v1/speech-preferences/").json() == {"languages": ["zh", "en"], "terms": ""}
    nothing = alice_api.put("/api/v1/speech-preferences/", {"languages": []}, content_type="application/json")
    assert list(nothing.json()["error"]["fields"]) == ["languages"]


@pytest.mark.model
@pytest.mark.django_db
def test_the_embedded_model_writes_down_what_was_spoken(alice_api: ApiClient, spoken: bytes) -> None:
    recording = work_on(uploaded(alice_api, spoken))

    assert "tablets in the morning" in Transcript.objects.get().text
    assert InferenceCall.objects.get().model == "whisper-base"
    assert recording.state == Recording.State.READY


@pytest.mark.django_db
def test_pages_show_every_state(
    alice_browser: Client, alice_api: ApiClient, own_endpoint: Endpoint, spoken: bytes
) -> None:
    assert "No recordings yet" in alice_browser.get("/recordings/").content.decode()
    recording = uploaded(alice_api, spoken)
    waiting = alice_browser.get(f"/recordings/{recording.pk}/").content.decode()
    assert f"/api/v1/jobs/{recording.job_id}/events/" in waiting

    work_on(recording)

    ready = alice_browser.get(f"/recordings/{recording.pk}/").content.decode()
    assert "Take two &lt;b&gt;tablets&lt;/b&gt;." in patterns.sub(r"<[^>]+>", "", ready)
    assert "<b>tablets" not in ready
    assert "<dd>WAV</dd>" in ready
    assert "audio/x-wav" not in ready
    assert "ready" in alice_browser.get("/recordings/").content.decode()


def heard(*words: tuple[str, float]) -> list[dict[str, object]]:
    return [
        {"text": text, "start": float(second), "end": second + 1.0, "probability": probability}
        for second, (text, probability) in enumerate(words)
    ]


def test_a_number_written_out_is_one_word_as_uncertain_as_any_of_its_own() -> None:
    words = heard(("吃", 0.9), ("一", 0.4), ("百", 0.9), ("毫克", 0.9))

    shown = words_of_text({"text": "吃100毫克。", "words": words})

    assert [(word.gap, word.text, word.start, word.has_low_confidence) for word in shown] == [
        ("", "吃", 0.0, False),
        ("", "100", 1.0, True),
        ("", "毫克", 3.0, False),
        ("", "。", 3.0, False),
    ]


def test_words_keep_the_spaces_of_the_text() -> None:
    words = heard(("Drink", 0.9), (" enough", 0.9), ("water.", 0.9))

    shown = words_of_text({"text": " Drink enough water.", "words": words})

    assert [word.gap + word.text for word in shown] == ["Drink", " enough", " water."]


@pytest.mark.django_db
def test_a_word_heard_with_little_certainty_is_marked_and_reached_by_the_keyboard(
    alice_api: ApiClient, alice_browser: Client, own_endpoint: Endpoint, spoken: bytes
) -> None:
    recording = work_on(uploaded(alice_api, spoken))
    page = f"/recordings/{recording.pk}/"
    assert "heard-unsure" not in alice_browser.get(page).content.decode()

    transcript = Transcript.objects.get()
    first = transcript.segments[0]
    first["words"] = [{"text": first["text"].split()[0], "start": 0.0, "end": 0.3, "probability": 0.3}]
    transcript.segments = [first]
    transcript.save(update_fields=["segments"])

    shown = alice_browser.get(page).content.decode()
    (word,) = patterns.findall(r"<button[^>]*data-unsure[^>]*>", shown)
    assert 'title="Heard with little certainty: listen again"' in word
    assert "tabindex" not in word
    assert "heard-unsure" in shown
