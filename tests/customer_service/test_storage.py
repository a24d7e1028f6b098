"""How much room files may take: of a visitor, a conversation, an organisation, and on the disk."""

import stat
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Attachment
from apps.inference import quotas, storage
from apps.inference.models import Quota
from apps.inference.resources import QUOTAS
from apps.knowledge import services as knowledge
from apps.knowledge.models import Collection
from apps.resources import services as resources
from apps.speech import services as speech
from apps.speech.models import Recording
from tests.conftest import ApiClient
from tests.customer_service.visitor_fixtures import VisitorBrowser
from tests.speech.conftest import begin, send

PDF = b"%PDF-1.7\n" + bytes(1015)
KILOBYTE = len(PDF)

pytestmark = pytest.mark.django_db


@pytest.fixture
def vera(channel: Channel) -> VisitorBrowser:
    return VisitorBrowser(channel)


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("setting", ["CONVERSATION_STORAGE_BYTES", "VISITOR_STORAGE_BYTES"])
def test_a_visitors_files_have_so_much_room(vera: VisitorBrowser, settings: Any, setting: str) -> None:
    setattr(settings, setting, 2 * KILOBYTE)
    assert [vera.upload(PDF, "a.pdf").status_code for _number in range(2)] == [201, 201]

    assert refusal(vera.upload(PDF, "a.pdf")) == (507, "no_room_for_files")
    assert Attachment.objects.count() == 2


def test_an_address_sends_so_many_bytes_within_an_hour(vera: VisitorBrowser, settings: Any) -> None:
    settings.VISITOR_UPLOAD_BYTES_PER_HOUR = 2 * KILOBYTE
    assert [vera.upload(PDF, "a.pdf").status_code for _number in range(2)] == [201, 201]

    assert vera.upload(PDF, "a.pdf").status_code == 429


@pytest.mark.slow
def test_visitors_leave_the_organisation_a_share(
    vera: VisitorBrowser, alice_actor: Actor, settings: Any
) -> None:
    settings.ORGANISATION_STORAGE_BYTES = 10 * KILOBYTE
    assert [vera.upload(PDF, "a.pdf").status_code for _number in range(8)] == [201] * 8

    assert refusal(vera.upload(PDF, "a.pdf")) == (507, "no_room_for_files")
    assert speech.begin_upload(alice_actor, file_name="visit.wav", length=2 * KILOBYTE)


def test_recordings_documents_and_attachments_share_the_room(
    vera: VisitorBrowser, alice_actor: Actor, bob_actor: Actor, settings: Any
) -> None:
    settings.ORGANISATION_STORAGE_BYTES = 4 * KILOBYTE
    before = storage.used_bytes(alice_actor.organisation.pk)
    settings.ORGANISATION_STORAGE_BYTES += before
    vera.upload(PDF, "a.pdf")
    speech.begin_upload(alice_actor, file_name="visit.wav", length=2 * KILOBYTE)
    collection = knowledge.create_collection(alice_actor, name="Leaflets")

    def upload(content: bytes) -> Any:
        file = ContentFile(content, "leaflet.txt")
        return knowledge.upload_document(alice_actor, collection=collection, file=file, name="leaflet.txt")

    assert upload(b"Tea. " * 100).is_new
    with pytest.raises(storage.StorageQuotaExceeded):
        upload(b"Much tea. " * 1000)
    assert speech.begin_upload(bob_actor, file_name="visit.wav", length=3 * KILOBYTE)


def test_what_is_deleted_makes_room(vera: VisitorBrowser, alice_actor: Actor) -> None:
    before = storage.used_bytes(alice_actor.organisation.pk)
    vera.upload(PDF, "a.pdf")
    recording = speech.begin_upload(alice_actor, file_name="visit.wav", length=500)
    assert storage.used_bytes(alice_actor.organisation.pk) == before + KILOBYTE + 500

    Attachment.objects.all().delete()
    speech.delete_recording(recording, deleted_by=alice_actor)

    assert storage.used_bytes(alice_actor.organisation.pk) == before


def test_what_somebody_speaks_finds_room_part_by_part(alice_api: ApiClient, settings: Any) -> None:
    address = begin(alice_api, length=None)
    assert send(alice_api, address, bytes(100), offset=0).status_code == 204

    settings.ORGANISATION_STORAGE_BYTES = 100

    assert refusal(send(alice_api, address, bytes(100), offset=100)) == (507, "storage_quota_exceeded")
    assert Recording.objects.get().offset == 100


def test_an_organisation_sets_itself_less_but_never_more(alice_actor: Actor, settings: Any) -> None:
    quota = resources.save(alice_actor, QUOTAS, {"metric": "storage", "hard_limit": 1})
    assert storage.limit_bytes(alice_actor.organisation) == storage.MEGABYTE

    resources.save(alice_actor, QUOTAS, {"hard_limit": 10_000_000}, row=quota)

    assert storage.limit_bytes(alice_actor.organisation) == settings.ORGANISATION_STORAGE_BYTES


def test_the_room_is_shown_where_quotas_are_edited(alice_browser: Client, alice_actor: Actor) -> None:
    speech.begin_upload(alice_actor, file_name="visit.wav", length=3 * storage.MEGABYTE)
    form = {"metric": "storage", "window": "month", "hard_limit": "5"}

    alice_browser.post("/models/quotas/new/", form)
    page = alice_browser.get("/models/").content.decode()

    assert Quota.objects.get().hard_limit == 5
    assert "Files use 3.0\xa0MB of 5.0\xa0MB." in page
    assert "MB of files" in page


def test_room_for_files_is_of_all_not_of_one(alice_api: ApiClient, alice_actor: Actor) -> None:
    assert alice_actor.organisation
    member = alice_api.get("/api/v1/members/").json()["results"][0]["id"]

    body = {"metric": "storage", "hard_limit": 5, "member": member}

    assert (
        alice_api.post("/api/v1/inference/quotas/", body, content_type="application/json").status_code == 400
    )


@pytest.mark.django_db(transaction=True)
def test_two_at_once_never_both_take_the_last_room(alice_actor: Actor, settings: Any) -> None:
    settings.ORGANISATION_STORAGE_BYTES = 3 * KILOBYTE
    start = threading.Barrier(4)

    def begin_one(_number: int) -> bool:
        start.wait(30)
        try:
            speech.begin_upload(alice_actor, file_name="visit.wav", length=2 * KILOBYTE)
        except storage.StorageQuotaExceeded:
            return False
        finally:
            connection.close()
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(begin_one, range(4))) == 1


@pytest.mark.parametrize("metric", Quota.WINDOWLESS)
def test_what_has_no_window_has_one_quota(alice_actor: Actor, metric: str) -> None:
    resources.save(alice_actor, QUOTAS, {"metric": metric, "window": "day", "hard_limit": 5})

    with pytest.raises(InvalidInput):
        resources.save(alice_actor, QUOTAS, {"metric": metric, "window": "month", "hard_limit": 1})


def test_of_several_limits_of_room_the_least_holds(alice_actor: Actor) -> None:
    """As some were stored that looked alike."""
    for window, hard_limit in (("day", None), ("hour", 7), ("month", 3)):
        Quota.objects.create(
            organisation=alice_actor.organisation,
            metric="storage",
            window=window,
            soft_limit=1,
            hard_limit=hard_limit,
        )

    assert storage.limit_bytes(alice_actor.organisation) == 3 * storage.MEGABYTE


def test_a_quota_of_room_stops_no_request(alice_actor: Actor) -> None:
    speech.begin_upload(alice_actor, file_name="visit.wav", length=3 * storage.MEGABYTE)
    resources.save(alice_actor, QUOTAS, {"metric": "storage", "hard_limit": 1})

    quotas.admit(alice_actor)


def test_uploads_leave_a_reserve_on_the_disk(
    vera: VisitorBrowser, alice_api: ApiClient, alice_actor: Actor, settings: Any
) -> None:
    collection = Collection.objects.within(alice_actor.organisation).first()
    address = begin(alice_api, length=None)
    free = mock.Mock(free=settings.STORAGE_RESERVE_BYTES + 3)
    with mock.patch("shutil.disk_usage", return_value=free):
        visitors = vera.upload(PDF, "a.pdf")
        whole = alice_api.post(
            "/api/v1/recordings/", headers={"Tus-Resumable": "1.0.0", "Upload-Length": "11"}
        )
        file = ContentFile(b"Tea with milk", "tea.txt")
        document = alice_api.post("/api/v1/documents/", {"collection": str(collection.pk), "file": file})  # type: ignore[union-attr]
        free.free -= 4
        part = send(alice_api, address, b"spoken", offset=0)

    answers = {"visitor": visitors, "recording": whole, "document": document, "part": part}
    assert {name: refusal(answer) for name, answer in answers.items()} == dict.fromkeys(
        answers, (507, "storage_full")
    )


def test_what_is_stored_is_for_this_user_alone(
    vera: VisitorBrowser, alice_api: ApiClient, alice_actor: Actor, tmp_path: Path, settings: Any
) -> None:
    location = tmp_path / "uploads"
    backend = settings.STORAGES["default"] | {"OPTIONS": {"location": location}}
    settings.STORAGES = {**settings.STORAGES, "default": backend}
    vera.upload(PDF, "a.pdf")
    send(alice_api, begin(alice_api, length=3), b"abc", offset=0)

    stored = list(location.rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in stored if path.is_file()} == {0o600}
    assert {stat.S_IMODE(path.stat().st_mode) for path in [location, *stored] if path.is_dir()} == {0o700}
