"""What is dictated comes back to who said it, and is stored nowhere."""

import shutil
from pathlib import Path

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.core.errors import TooLarge
from apps.jobs import events, runs
from apps.jobs.models import Job
from apps.speech import dictation
from apps.speech.models import Recording
from tests.conftest import ApiClient
from tests.customer_service.attachments.test_voice import Ear, ear, heard
from tests.llm_backend.speech import sounds

pytestmark = pytest.mark.django_db
__all__ = ["ear"]  # a fixture
ADDRESS = "/api/v1/dictations/"


def told(job: Job) -> bytes:
    """The words among its events, as followers read them."""
    stream = events.stream_key(job.pk)
    entries = events.unsealed_entries(stream, redis_client.synchronous().xrange(stream))  # type: ignore[arg-type]
    return b"".join(fields[b"d"] for _id, fields in entries if fields[b"t"] == b"delta")


@pytest.fixture
def sound(tmp_path: Path) -> bytes:
    if not shutil.which("espeak-ng"):
        pytest.skip("NO VOICE: install espeak-ng, what is dictated is not heard without it")
    return sounds.save(
        sounds.spoken("Dear Lin, the tea is here.", tmp_path), tmp_path / "said.webm"
    ).read_bytes()


def dictated(client: ApiClient, sound: bytes) -> Job:
    answer = client.post(ADDRESS, {"file": SimpleUploadedFile("x", sound)})
    assert answer.status_code == 202, answer.content
    job = Job.objects.get(pk=answer.json()["job"])
    runs.execute(job.pk)
    job.refresh_from_db()
    return job


def test_words_come_back_and_nothing_is_stored(
    ear: Ear, sound: bytes, alice_api: ApiClient, bob_api: ApiClient
) -> None:
    ear.answer = heard("Dear Lin,", "the tea is here.")
    job = dictated(alice_api, sound)

    assert job.state == Job.State.SUCCEEDED, job.error_message
    assert b"Dear Lin, the tea is here." in told(job)
    assert "Lin" not in str((job.inputs, job.result))
    assert not Recording.objects.exists()
    assert cache.get(f"dictation:{job.inputs['dictation_id']}") is None
    assert bob_api.get(f"/api/v1/jobs/{job.pk}/").status_code == 404


def test_nobody_else_of_the_house_follows_it(
    ear: Ear, sound: bytes, alice_api: ApiClient, alice_browser: Client
) -> None:
    job = dictated(alice_api, sound)

    assert alice_browser.get(f"/api/v1/jobs/{job.pk}/").status_code == 404, "a key dictated, not she"


def test_what_waited_too_long_and_what_is_too_long_is_told(alice_actor: Actor) -> None:
    job = dictation.begin_dictation(alice_actor, b"sound")
    cache.delete(f"dictation:{job.inputs['dictation_id']}")
    runs.execute(job.pk)
    job.refresh_from_db()
    assert "Dictate them again" in job.error_message

    with pytest.raises(TooLarge):
        dictation.begin_dictation(alice_actor, b"x" * (dictation.MAX_BYTES + 1))


def test_a_page_offers_it_only_where_something_listens(ear: Ear, alice_browser: Client) -> None:
    assert "data-dictation" in alice_browser.get("/assistant/").content.decode()
