import errno
import unicodedata
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.actors import Actor
from apps.audit.models import AuditEntry
from apps.knowledge import services
from apps.knowledge.models import Collection, Document, Passage
from tests.conftest import ApiClient, api_client
from tests.knowledge.conftest import Upload, ingest
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db

HANDBOOK = b"# Handbook\n\n## Returns\n\nReturn it within 30 days.\n"


def send(
    client: Client, collection: object, content: bytes = HANDBOOK, name: str = "a.md", **headers: str
) -> Any:
    body = {"collection": str(collection), "file": SimpleUploadedFile(name, content)}
    return client.post("/api/v1/documents/", body, headers=headers)


def test_a_collection_is_made_listed_and_deleted(alice_api: ApiClient) -> None:
    made = alice_api.post_json("/api/v1/collections/", {"name": "Delivery", "language": "en"})
    assert made.status_code == 201
    assert [row["name"] for row in alice_api.get("/api/v1/collections/").json()["results"]] == ["Delivery"]
    again = alice_api.post_json("/api/v1/collections/", {"name": "Delivery"})
    assert (again.status_code, list(again.json()["error"]["fields"])) == (400, ["name"])
    assert alice_api.delete(f"/api/v1/collections/{made.json()['id']}/").status_code == 204
    assert set(AuditEntry.objects.values_list("action", flat=True)) >= {
        "collection.created",
        "collection.deleted",
    }


def test_an_upload_is_answered_with_a_job_to_follow(alice_api: ApiClient, collection: Collection) -> None:
    answer = send(alice_api, collection.pk)
    body = answer.json()
    assert (answer.status_code, body["state"], body["title"]) == (202, "waiting", "a")
    assert alice_api.get(f"/api/v1/jobs/{body['job']}/").json()["kind"] == "knowledge.ingest_document"
    assert send(alice_api, collection.pk).status_code == 200


def test_a_file_from_a_mac_is_a_new_version_of_the_same_from_elsewhere(
    alice_api: ApiClient, collection: Collection
) -> None:
    for content, form in ((HANDBOOK, "NFC"), (HANDBOOK + b"More.", "NFD")):
        send(alice_api, collection.pk, content, unicodedata.normalize(form, "Käse.md"))
    assert set(Document.objects.values_list("file_name", flat=True)) == {"Käse.md"}


def test_a_document_without_a_collection_goes_to_the_unsorted_ones(
    alice_api: ApiClient, alice_actor: Actor
) -> None:
    for name in ("a.md", "b.md"):
        body = {"file": SimpleUploadedFile(name, name.encode())}
        assert alice_api.post("/api/v1/documents/", body).status_code == 202

    # In the language of the organisation, whoever sends.
    assert Collection.objects.get().name == "未分类文档"
    assert Document.objects.filter(collection=Collection.objects.get()).count() == 2
    alice_actor.organisation.output_language = "en"
    assert services.unsorted_collection(alice_actor).name == "Unsorted documents"


def test_an_idempotency_key_is_honoured(alice_api: ApiClient, collection: Collection) -> None:
    key = {"Idempotency-Key": "k-1"}
    first = send(alice_api, collection.pk, **key).json()
    assert send(alice_api, collection.pk, **key).json()["id"] == first["id"]
    assert send(alice_api, collection.pk, b"other text", **key).status_code == 409


@pytest.mark.parametrize(
    ("content", "name", "status", "code"),
    [
        (b"", "a.md", 415, "empty_file"),
        (b"\x7fELF" + b"\0" * 100, "a.txt", 415, "binary_file"),
        (b"x" * 2000, "a.txt", 413, "too_large"),
    ],
)
def test_a_bad_upload_is_refused_in_the_one_error_shape(
    alice_api: ApiClient,
    collection: Collection,
    settings: object,
    content: bytes,
    name: str,
    status: int,
    code: str,
) -> None:
    settings.UPLOAD_MAX_BYTES = 1000  # type: ignore[attr-defined]
    answer = send(alice_api, collection.pk, content, name)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert Document.objects.count() == 0


def test_a_full_disk_is_answered_with_507_and_keeps_what_is_there(
    alice_api: ApiClient, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> str:
        raise OSError(errno.ENOSPC, "no space left")

    send(alice_api, collection.pk)
    monkeypatch.setattr(FileSystemStorage, "_save", no_room)
    answer = send(alice_api, collection.pk, b"# Other", "other.md")
    assert (answer.status_code, answer.json()["error"]["code"]) == (507, "storage_full")
    assert Document.objects.get().title == "a"


@pytest.mark.slow
def test_a_document_shows_its_passages_and_its_error(
    alice_api: ApiClient, upload: Upload, embeddings: ScriptedEngine
) -> None:
    document = upload(HANDBOOK)
    ingest(document)
    body = alice_api.get(f"/api/v1/documents/{document.pk}/").json()
    assert (body["state"], body["passages_count"], body["error"]) == ("ready", 1, None)
    passages = alice_api.get(f"/api/v1/documents/{document.pk}/passages/").json()["results"]
    assert [row["text"] for row in passages] == ["Return it within 30 days."]
    # What narrows the list of documents narrows nothing of one.
    assert (
        alice_api.get(f"/api/v1/documents/{document.pk}/passages/?failed=true").json()["results"] == passages
    )
    broken = upload(b"%PDF-1.4 no", "broken.pdf")
    ingest(broken)
    failed = alice_api.get("/api/v1/documents/?failed=true").json()["results"]
    assert [(row["id"], row["error"]["code"]) for row in failed] == [(str(broken.pk), "broken_file")]
    assert alice_api.post(f"/api/v1/documents/{broken.pk}/retry/").status_code == 202
    assert alice_api.post(f"/api/v1/documents/{broken.pk}/retry/").status_code == 409


@pytest.mark.slow
def test_only_failed_documents_are_retried(
    alice_api: ApiClient, collection: Collection, upload: Upload, embeddings: ScriptedEngine
) -> None:
    ingest(upload(HANDBOOK))
    ingest(upload(b"%PDF-1.4 no", "broken.pdf"))
    answer = alice_api.post(f"/api/v1/collections/{collection.pk}/retry-failed/")
    assert (answer.status_code, answer.json()) == (202, {"retried": 1})


def test_search_answers_with_sources_and_says_how_it_searched(
    alice_api: ApiClient, upload: Upload, embeddings: ScriptedEngine
) -> None:
    document = upload(HANDBOOK)
    ingest(document)
    found = alice_api.post_json("/api/v1/search/", {"question": "How do I return tea?"}).json()
    assert found["mode"] == "hybrid"
    assert found["hits"][0]["document"] == str(document.pk)
    assert found["hits"][0]["heading"] == "Handbook › Returns"


@pytest.mark.slow
def test_search_goes_on_by_words_when_embeddings_are_away(alice_api: ApiClient, upload: Upload) -> None:
    ingest(upload(HANDBOOK))
    found = alice_api.post_json("/api/v1/search/", {"question": "return"}).json()
    assert (found["mode"], len(found["hits"])) == ("text", 1)


def test_a_stranger_gets_404(bob_api: ApiClient, collection: Collection, upload: Upload) -> None:
    document = upload(HANDBOOK)
    for path in (
        f"collections/{collection.pk}/",
        f"documents/{document.pk}/",
        f"documents/{document.pk}/passages/",
    ):
        assert bob_api.get(f"/api/v1/{path}").status_code == 404
    assert bob_api.delete(f"/api/v1/documents/{document.pk}/").status_code == 404
    assert send(bob_api, collection.pk).status_code == 404
    wanted = {"question": "return", "collections": [str(collection.pk)]}
    assert bob_api.post_json("/api/v1/search/", wanted).status_code == 404
    assert bob_api.post_json("/api/v1/search/", {"question": "return"}).json()["hits"] == []


def test_a_key_for_reading_does_not_upload(alice_actor: Actor, collection: Collection) -> None:
    client = api_client(alice_actor, "knowledge.view")
    assert client.get("/api/v1/documents/").status_code == 200
    assert send(client, collection.pk).status_code == 403


def test_the_list_of_documents_takes_the_same_queries_for_one_and_for_many(
    alice_api: ApiClient, upload: Upload, django_assert_max_num_queries: object
) -> None:
    for number in range(5):
        upload(f"# Tea {number}\n\nText {number}.", f"{number}.md")
    with django_assert_max_num_queries(6):  # type: ignore[operator]
        assert len(alice_api.get("/api/v1/documents/").json()["results"]) == 5


def test_passages_belong_to_their_organisation(upload: Upload, embeddings: ScriptedEngine) -> None:
    document = upload(HANDBOOK)
    ingest(document)
    assert set(Passage.objects.values_list("organisation", flat=True)) == {document.organisation_id}
