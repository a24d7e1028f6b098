"""A script's voice-over is read aloud shot by shot, measured against its times, and read again only where it changed."""

import io
import wave

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.core.errors import Conflict, NotFound
from apps.inference import selectors, storage
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs.models import Job
from apps.marketing.briefs.models import Brief
from apps.marketing.video_scripts import services, voice_over
from apps.marketing.video_scripts.models import ShotSound, VideoScript
from apps.marketing.video_scripts.shots import Shot
from llm_backend.speech.synthesis import SAMPLE_RATE
from tests.conftest import ApiClient
from tests.marketing.conftest import worked
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db
# The scripted voice takes a fifth of a second for each character.
SHOTS = [Shot(3, "盖碗", "水一开，屋里就有岩茶香。"), Shot(4, "茶山"), Shot(1, "茶盒", "一盒 250 克。")]


@pytest.fixture
def voice(scripted_engine: ScriptedEngine, alice_actor: Actor) -> ScriptedEngine:
    endpoint_of(scripted_engine, alice_actor, Purpose.SYNTHESIS)
    return scripted_engine


@pytest.fixture
def script(alice_actor: Actor, brief: Brief) -> VideoScript:
    return VideoScript.objects.create(
        organisation=alice_actor.organisation,
        brief=brief,
        platform="douyin",
        seconds=8,
        shots=[shot.dump() for shot in SHOTS],
        status="ready",
    )


def read(actor: Actor, script: VideoScript, name: str = "alloy") -> VideoScript:
    requested = voice_over.request_reading(actor, script, voice=name)
    assert worked(requested.voice_job).state == Job.State.SUCCEEDED
    return VideoScript.objects.select_related("brief", "voice_job", "organisation").get(pk=script.pk)


def texts_read(voice: ScriptedEngine) -> list[str]:
    return [request["body"]["input"] for request in voice.requests("speech")]


def seconds_of(content: bytes) -> float:
    with wave.open(io.BytesIO(content)) as file:
        return file.getnframes() / SAMPLE_RATE


def test_each_shot_that_says_something_becomes_sound_of_a_measured_length(
    alice_actor: Actor, script: VideoScript, voice: ScriptedEngine
) -> None:
    script = read(alice_actor, script, "zf_xiaobei")

    found = voice_over.voice_over(script)
    assert texts_read(voice) == ["水一开，屋里就有岩茶香。", "一盒 250 克。"]
    assert [(row.number, row.seconds) for row in found.rows] == [
        (1, pytest.approx(2.4, abs=0.02)),
        (3, pytest.approx(1.8, abs=0.02)),
    ]
    assert [(row.number, row.excess_seconds) for row in found.too_long] == [(3, 0.8)]
    # The last shot of one second waits for its words.
    assert (found.is_complete, found.seconds) == (True, 8.8)
    whole = voice_over.whole_sound(script).read()
    assert seconds_of(whole) == pytest.approx(8.8, abs=0.02)
    assert seconds_of(voice_over.shot_sound(script, 3).read()) == pytest.approx(1.8, abs=0.02)
    with pytest.raises(NotFound):
        voice_over.shot_sound(script, 2)
    assert InferenceCall.objects.filter(purpose="synthesis", status="succeeded").count() == 2
    assert AuditEntry.objects.filter(action="video_script.read_aloud").exists()


def test_only_what_changed_is_read_again_and_what_is_not_said_any_more_goes(
    alice_actor: Actor, script: VideoScript, voice: ScriptedEngine
) -> None:
    script = read(alice_actor, script)
    changed = [SHOTS[2], Shot(4, "茶山", "武夷山的岩茶。"), SHOTS[1]]
    script = services.change_script(alice_actor, script, shots=changed, music="", version=1)

    before = voice_over.voice_over(script)
    script = read(alice_actor, script)

    assert [row.seconds is None for row in before.rows] == [False, True]
    assert texts_read(voice)[2:] == ["武夷山的岩茶。"]
    assert ShotSound.objects.count() == 2
    # Another voice reads all of it.
    read(alice_actor, script, "nova")
    assert len(texts_read(voice)) == 5
    assert ShotSound.objects.count() == 2


def test_a_reading_that_failed_goes_on_where_it_stopped(
    alice_actor: Actor, script: VideoScript, voice: ScriptedEngine
) -> None:
    voice.script({"path": "speech"}, {"path": "speech", "status": 400})
    requested = voice_over.request_reading(alice_actor, script, voice="alloy")
    assert worked(requested.voice_job).state == Job.State.FAILED

    script = read(alice_actor, VideoScript.objects.get(pk=script.pk))

    assert texts_read(voice) == ["水一开，屋里就有岩茶香。", "一盒 250 克。", "一盒 250 克。"]
    assert voice_over.voice_over(script).is_complete


def test_nothing_is_read_twice_at_once_and_a_script_without_words_not_at_all(
    alice_actor: Actor, script: VideoScript
) -> None:
    voice_over.request_reading(alice_actor, script, voice="alloy")
    with pytest.raises(Conflict, match="Still being generated"):
        voice_over.request_reading(alice_actor, script, voice="alloy")
    VideoScript.objects.update(voice_job=None, shots=[SHOTS[1].dump()])
    with pytest.raises(Conflict, match="Nothing to read aloud"):
        voice_over.request_reading(alice_actor, script, voice="alloy")


@pytest.mark.slow
def test_its_page_offers_a_voice_follows_the_reading_and_plays_what_came_of_it(
    alice_browser: Client, alice_actor: Actor, script: VideoScript, scripted_engine: ScriptedEngine
) -> None:
    nothing_yet = alice_browser.get(script.get_absolute_url()).text
    assert "set up a speech synthesis endpoint" in nothing_yet
    assert "./kongming engine prepare kokoro-82m" in nothing_yet
    endpoint_of(scripted_engine, alice_actor, Purpose.SYNTHESIS)
    selectors.clear_candidates()
    address = reverse("marketing:read_video_script_aloud", args=[script.pk])

    refused = alice_browser.post(address, {"voice": ""}, follow=True)
    reading = alice_browser.post(address, {"voice": "zf_xiaobei"}, follow=True)
    assert not refused.context["script"].voice_job
    assert "Reading aloud with “zf_xiaobei”" in reading.text
    worked(VideoScript.objects.get(pk=script.pk).voice_job)
    part = alice_browser.get(reverse("marketing:video_script_voice_over", args=[script.pk]))
    sound = alice_browser.get(
        reverse("marketing:shot_sound", args=[script.pk, 1]), headers={"Range": "bytes=0-99"}
    )
    missing = alice_browser.get(reverse("marketing:shot_sound", args=[script.pk, 2]))

    assert "0.8 s too long" in part.text
    assert 'value="zf_xiaobei"' in part.text
    assert reverse("marketing:video_script_sound", args=[script.pk]) in part.text
    assert (sound.status_code, sound["Content-Type"], sound["Content-Length"]) == (206, "audio/wav", "100")
    assert missing.status_code == 404


def test_the_embedded_voice_is_offered_by_its_names_once_it_is_there(
    alice_browser: Client, alice_actor: Actor, script: VideoScript, voice: ScriptedEngine
) -> None:
    selectors.clear_candidates()
    elsewhere = alice_browser.get(script.get_absolute_url())
    Endpoint.objects.update(model="kokoro-82m")
    selectors.clear_candidates()
    embedded = alice_browser.get(script.get_absolute_url())

    assert 'value="zf_xiaobei"' not in elsewhere.text
    assert 'name="voice" value="zf_xiaobei"' in embedded.text
    assert embedded.text.index("zf_xiaobei") < embedded.text.index('<option value="af_heart">')
    VideoScript.objects.update(voice="a voice of another server")
    assert 'name="voice" value="zf_xiaobei"' in alice_browser.get(script.get_absolute_url()).text


def test_the_api_reads_and_gives_the_sound(
    alice_api: ApiClient, bob_api: ApiClient, script: VideoScript, voice: ScriptedEngine
) -> None:
    address = f"/api/v1/marketing/video-scripts/{script.pk}/"

    assert alice_api.get(f"{address}sound/").status_code == 404
    asked = alice_api.post_json(f"{address}read-aloud/", {"voice": "alloy"})
    worked(VideoScript.objects.get(pk=script.pk).voice_job)
    found = alice_api.get(f"{address}voice-over/").json()

    assert asked.status_code == 202
    assert (found["voice"], found["is_complete"], found["seconds"]) == ("alloy", True, 8.8)
    assert [(each["number"], each["excess_seconds"]) for each in found["shots"]] == [(1, 0.0), (3, 0.8)]
    whole = alice_api.get(f"{address}sound/").getvalue()
    assert seconds_of(whole) == pytest.approx(8.8, abs=0.02)
    assert alice_api.get(f"{address}sound/", {"shot": 2}).status_code == 404
    assert bob_api.get(f"{address}sound/").status_code == 404


def test_sound_counts_as_what_the_organisation_keeps(
    alice_actor: Actor, script: VideoScript, voice: ScriptedEngine
) -> None:
    before = storage.used_bytes(alice_actor.organisation.pk)
    read(alice_actor, script)
    assert storage.used_bytes(alice_actor.organisation.pk) - before == pytest.approx(
        4.2 * SAMPLE_RATE * 2, rel=0.01
    )
