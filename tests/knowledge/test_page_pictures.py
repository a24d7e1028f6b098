"""Pages of a document as pictures, with the places of its passages on them; where citations lead."""

import io

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.knowledge import access_control
from apps.knowledge.models import Document, Passage
from tests.conftest import browser_of
from tests.knowledge.conftest import Upload, ingest, pdf_file
from tests.scripted_engine_fixture import ScriptedEngine


@pytest.fixture
def price_list(upload: Upload, embeddings: ScriptedEngine) -> Document:
    document = upload(
        pdf_file("Oolong costs forty yuan a tin.", "Sencha costs thirty yuan a tin."), "prices.pdf"
    )
    ingest(document)
    document.refresh_from_db()
    return document


def page(document: Document, number: int) -> str:
    return reverse("knowledge:document_page", args=[document.pk, number])


@pytest.mark.slow
def test_a_page_is_shown_as_it_looks(alice_browser: Client, price_list: Document) -> None:
    answer = alice_browser.get(page(price_list, 2))

    assert answer["Content-Type"] == "image/jpeg"
    picture = Image.open(io.BytesIO(answer.content))
    assert picture.height > picture.width > 500


@pytest.mark.slow
def test_a_page_that_there_is_not_and_a_document_without_pages_show_none(
    alice_browser: Client, price_list: Document, upload: Upload
) -> None:
    text = upload("Oolong costs 40 yuan.", "prices.md")
    ingest(text)

    for document, number in ((price_list, 3), (price_list, 0), (text, 1)):
        assert alice_browser.get(page(document, number)).status_code == 404


def test_a_citation_leads_to_its_passage_lit_on_its_page(alice_browser: Client, price_list: Document) -> None:
    passage = Passage.objects.get(document=price_list, text__contains="Sencha")
    assert passage.places[0]["page"] == 2

    answer = alice_browser.get(reverse("knowledge:passage", args=[passage.pk]))
    content = alice_browser.get(answer["Location"]).content.decode()

    assert answer["Location"].endswith(f"#passage-{passage.ordinal}")
    assert page(price_list, 2) in content
    assert content.count("page-mark-lit") == 1


def test_who_may_not_read_a_document_sees_neither_its_pages_nor_its_passages(
    alice_actor: Actor, charlie: User, price_list: Document
) -> None:
    passage = Passage.objects.filter(document=price_list).first()
    assert passage
    browser = browser_of(charlie)
    access_control.restrict(alice_actor, price_list)

    for address in (page(price_list, 1), reverse("knowledge:passage", args=[passage.pk])):
        assert browser.get(address).status_code == 404
