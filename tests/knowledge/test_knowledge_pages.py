import errno

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import MemoryFileUploadHandler, TemporaryFileUploadHandler
from django.test import Client

from apps.accounts import alerts
from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.knowledge.models import Collection, Document
from tests.knowledge.conftest import Upload, ingest
from tests.live_pages import follows_jobs
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db

HANDBOOK = b"# Handbook\n\n## Returns\n\nReturn it within 30 days <script>alert(1)</script>.\n"


def page(client: Client, path: str) -> str:
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_the_first_page_invites_to_make_a_collection(alice_browser: Client) -> None:
    assert "/knowledge/collections/new/" in page(alice_browser, "/knowledge/")


def test_a_collection_is_made_from_the_form(alice_browser: Client) -> None:
    answer = alice_browser.post("/knowledge/collections/new/", {"name": "Delivery", "language": "en"})
    made = Collection.objects.get()
    assert answer["Location"] == f"/knowledge/collections/{made.pk}/"
    again = alice_browser.post("/knowledge/collections/new/", {"name": "Delivery", "language": "en"})
    assert again.status_code == 200
    assert "name" in again.context["form"].errors


def test_the_question_before_deleting_counts_the_documents_that_there_are(
    alice_browser: Client, collection: Collection, upload: Upload
) -> None:
    address = f"/knowledge/collections/{collection.pk}/"
    assert "Delete this collection? This cannot be undone." in page(alice_browser, address)

    upload(HANDBOOK)

    assert "Delete this collection with its 1 document? This cannot be undone." in page(
        alice_browser, address
    )


def test_several_files_are_uploaded_at_once_and_the_bad_one_is_named(
    alice_browser: Client, collection: Collection
) -> None:
    files = [
        SimpleUploadedFile("a.md", HANDBOOK),
        SimpleUploadedFile("b.exe", b"MZ\x90\0" + b"\0" * 90),
    ]
    answer = alice_browser.post(
        f"/knowledge/collections/{collection.pk}/upload/", {"documents": files}, follow=True
    )
    assert Document.objects.get().file_name == "a.md"
    assert "b.exe: " in answer.content.decode()


def test_rows_are_live_while_something_is_read(
    alice_browser: Client, collection: Collection, upload: Upload
) -> None:
    upload(HANDBOOK)
    path = f"/knowledge/collections/{collection.pk}/"
    assert follows_jobs(page(alice_browser, path))
    rows = alice_browser.get(path, headers={"HX-Request": "true"}).content.decode()
    assert rows.lstrip().startswith('<div id="collection_documents-rows"')


@pytest.mark.slow
def test_nothing_says_that_a_document_is_read_once_it_has_been(
    alice_browser: Client, collection: Collection, embeddings: ScriptedEngine
) -> None:
    files = [SimpleUploadedFile("a.md", HANDBOOK)]
    sent = alice_browser.post(
        f"/knowledge/collections/{collection.pk}/upload/", {"documents": files}, follow=True
    )
    document = Document.objects.get()
    path = f"/knowledge/documents/{document.pk}/"
    before = page(alice_browser, path)
    ingest(document)

    # The message stays on the page that was answered, while the rows below go on.
    assert [str(message) for message in sent.context["messages"]] == ["“a.md” was uploaded."]
    assert 'hx-select="#document"' in before
    assert not follows_jobs(page(alice_browser, path).partition("<main")[2].partition("</main>")[0])


def test_a_document_page_shows_its_text_as_text(
    alice_browser: Client, upload: Upload, embeddings: ScriptedEngine
) -> None:
    document = upload(HANDBOOK)
    ingest(document)
    shown = page(alice_browser, f"/knowledge/documents/{document.pk}/")
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<script>alert(1)" not in shown


@pytest.mark.slow
def test_a_failed_document_says_why_and_can_be_read_again(
    alice_browser: Client, collection: Collection, upload: Upload
) -> None:
    document = upload(b"%PDF-1.4 no", "broken.pdf")
    ingest(document)
    assert f"/knowledge/documents/{document.pk}/retry/" in page(
        alice_browser, f"/knowledge/documents/{document.pk}/"
    )
    assert "retry-failed" in page(alice_browser, f"/knowledge/collections/{collection.pk}/")
    alice_browser.post(f"/knowledge/collections/{collection.pk}/retry-failed/")
    assert Document.objects.get().state == "waiting"


@pytest.mark.slow
def test_a_question_can_be_tried_out(
    alice_browser: Client, collection: Collection, upload: Upload, embeddings: ScriptedEngine
) -> None:
    ingest(upload(HANDBOOK))
    shown = page(alice_browser, f"/knowledge/search/?question=return&collection={collection.pk}")
    assert "Handbook › Returns" in shown


@pytest.mark.slow
def test_an_unreadable_document_needs_somebody_once_on_the_start_page(
    alice_actor: Actor, upload: Upload
) -> None:
    document = upload(b"%PDF-1.4 no", "broken.pdf")
    ingest(document)
    assert [matter.url for matter in alerts.alerts(alice_actor)] == ["/knowledge/"]


def test_an_upload_that_no_longer_fits_while_it_is_received_says_so(
    alice_browser: Client, collection: Collection, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "no space left")

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", no_room)
    monkeypatch.setattr(MemoryFileUploadHandler, "new_file", no_room)
    alice_browser.raise_request_exception = False
    file = SimpleUploadedFile("tea.md", b"# Tea")

    answer = alice_browser.post(f"/knowledge/collections/{collection.pk}/upload/", {"documents": [file]})

    assert (answer.status_code, "disk is full" in answer.content.decode()) == (507, True)


def test_documents_and_collections_are_deleted_from_their_pages(
    alice_browser: Client, collection: Collection, upload: Upload
) -> None:
    document = upload(HANDBOOK)
    alice_browser.post(f"/knowledge/documents/{document.pk}/delete/")
    assert Document.objects.count() == 0
    alice_browser.post(f"/knowledge/collections/{collection.pk}/delete/")
    assert Collection.objects.count() == 0


def test_a_viewer_sees_no_buttons_and_may_not_press_them(
    charlie: User, collection: Collection, upload: Upload
) -> None:
    document = upload(HANDBOOK)
    client = Client()
    client.force_login(charlie, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "/upload/" not in page(client, f"/knowledge/collections/{collection.pk}/")
    assert client.post(f"/knowledge/documents/{document.pk}/delete/").status_code == 403


def test_a_stranger_gets_404(bob_browser: Client, collection: Collection, upload: Upload) -> None:
    document = upload(HANDBOOK)
    assert bob_browser.get(f"/knowledge/collections/{collection.pk}/").status_code == 404
    assert bob_browser.get(f"/knowledge/documents/{document.pk}/").status_code == 404
    assert bob_browser.post(f"/knowledge/documents/{document.pk}/delete/").status_code == 404
