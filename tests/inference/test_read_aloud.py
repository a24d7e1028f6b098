"""Endpoints that read a text aloud: asked through the same door, with the same ledger, as those that write."""

import pytest

from apps.accounts.actors import Actor
from apps.inference import capability_checks, selectors, services
from apps.inference.models import ContractResult, InferenceCall, Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from llm_backend import errors
from llm_backend.speech.synthesis import SAMPLE_RATE, samples_of_wav, wav
from tests.inference.conftest import MakeEndpoint
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db


def test_a_text_becomes_sound_and_its_characters_are_billed(
    alice_actor: Actor, make_endpoint: MakeEndpoint, scripted_engine: ScriptedEngine
) -> None:
    endpoint = make_endpoint(purpose=Purpose.SYNTHESIS, model="kokoro", input_price=15)

    sound = services.read_aloud(alice_actor, "茶泡好了。", voice="zf_xiaobei")

    # The server speaks at another rate; what comes of it is always of one.
    assert len(sound) == pytest.approx(SAMPLE_RATE, abs=50)
    assert len(samples_of_wav(wav(sound))) == len(sound)
    (request,) = scripted_engine.requests("speech")
    body = {"model": "kokoro", "input": "茶泡好了。", "voice": "zf_xiaobei", "response_format": "wav"}
    assert request["body"] == body
    call = InferenceCall.objects.get()
    assert (call.purpose, call.endpoint, call.input_tokens, call.status) == (
        "synthesis",
        endpoint,
        5,
        "succeeded",
    )
    assert float(call.cost) == pytest.approx(5 * 15 / 1e6)


@pytest.mark.parametrize(
    ("script", "error"),
    [
        ({"status": 500}, errors.ModelsAway),
        ({"text": "no sound at all"}, errors.ModelsAway),
        ({"sound_seconds": 0.0}, errors.ModelsAway),
        ({"sound_seconds": 125.0}, errors.ModelsAway),
        ({"status": 400}, errors.ModelRejectedRequest),
    ],
)
def test_what_is_no_sound_is_an_error(
    alice_actor: Actor,
    make_endpoint: MakeEndpoint,
    scripted_engine: ScriptedEngine,
    script: dict[str, object],
    error: type[errors.ModelError],
) -> None:
    make_endpoint(purpose=Purpose.SYNTHESIS)
    scripted_engine.script({"path": "speech", **script})

    with pytest.raises(error):
        services.read_aloud(alice_actor, "Tea.", voice="alloy")


def test_the_next_voice_reads_when_the_first_is_down_and_none_that_writes(
    alice_actor: Actor, make_endpoint: MakeEndpoint, scripted_engine: ScriptedEngine
) -> None:
    make_endpoint(name="writes")
    with pytest.raises(errors.ModelsAway):
        services.read_aloud(alice_actor, "Tea.", voice="alloy")
    selectors.clear_candidates()
    make_endpoint(name="first", purpose=Purpose.SYNTHESIS, priority=1)
    second = make_endpoint(name="second", purpose=Purpose.SYNTHESIS, priority=2)
    scripted_engine.script({"path": "speech", "status": 503})

    assert len(services.read_aloud(alice_actor, "Tea.", voice="alloy"))

    assert InferenceCall.objects.latest("id").endpoint == second


def test_its_check_has_it_read_both_languages(
    alice_actor: Actor, make_endpoint: MakeEndpoint, scripted_engine: ScriptedEngine
) -> None:
    endpoint = make_endpoint(purpose=Purpose.SYNTHESIS)
    scripted_engine.script({"path": "speech", "sound_seconds": 3.0}, {"path": "speech", "sound_seconds": 0.2})

    job = capability_checks.start_contract_check(alice_actor, endpoint)
    runs.execute(job.pk)

    assert Job.objects.get(pk=job.pk).result == {"passed": 1, "failed": 1, "not_supported": 0}
    first, second = ContractResult.objects.get().checks
    assert (first["name"], first["figures"]) == ("voice_chinese", {"seconds": 3.0})
    assert (second["name"], second["outcome"]) == ("voice_english", "failed")
