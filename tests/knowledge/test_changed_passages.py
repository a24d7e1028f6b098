"""Passages that people edit, split and switch off."""

import pytest
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.jobs import runs
from apps.jobs.models import Job
from apps.knowledge import access_control, edits, ingestion, passages, selectors, services
from apps.knowledge.chunking import Cut
from apps.knowledge.edits import Change
from apps.knowledge.models import Collection, Document, Passage, TermCount
from tests.conftest import api_client, browser_of
from tests.knowledge.conftest import Upload, ingest
from tests.scripted_engine_fixture import ScriptedEngine

TEXT = "# Tea\n\nOolong costs 40 yuan.\n\n# Hours\n\nWe open at nine."


@pytest.fixture
def document(upload: Upload, embeddings: ScriptedEngine) -> Document:
    ingest(upload(TEXT, "prices.md"))
    return Document.objects.get()


def first(document: Document) -> Passage:
    return selectors.passage_list(document)[0]


def texts(document: Document) -> list[str]:
    return [passage.text for passage in selectors.passage_list(document)]


def found(actor: Actor, question: str) -> list[str]:
    result = selectors.search(actor, collections=selectors.chosen_collections(actor, None), question=question)
    return [hit.text for hit in result.hits if hit.lexical_score]


def counted(collection: Collection) -> dict[str, int]:
    return dict(TermCount.objects.filter(collection=collection).values_list("term", "passages_count"))


def embed() -> None:
    runs.execute(Job.objects.filter(kind=services.EMBED_DOCUMENT.name).latest("pk").pk)


@pytest.mark.slow
def test_an_edit_is_found_by_its_words_and_its_meaning(alice_actor: Actor, document: Document) -> None:
    passage = first(document)
    changed = passages.change_passage(alice_actor, passage, text="Pu-erh costs 55 yuan.", version=1)
    assert (found(alice_actor, "pu-erh"), found(alice_actor, "oolong")) == (["Pu-erh costs 55 yuan."], [])
    assert (changed.original_text, changed.is_edited) == ("Oolong costs 40 yuan.", True)
    counts = counted(document.collection)
    assert "oolong" not in counts
    assert counts["pu"] == 1
    assert not changed.vectors.exists()

    embed()

    assert changed.vectors.filter(start=0, end=len("Pu-erh costs 55 yuan.")).exists()
    back = passages.change_passage(alice_actor, changed, text="Oolong costs 40 yuan.", version=2)
    assert (back.original_text, back.is_edited) == ("", False)


def test_the_second_of_two_who_edit_is_told(alice_actor: Actor, document: Document) -> None:
    passage = first(document)
    passages.change_passage(alice_actor, passage, text="Oolong costs 41 yuan.", version=1)
    with pytest.raises(Conflict, match="changed by someone else"):
        passages.change_passage(alice_actor, passage, text="Oolong costs 42 yuan.", version=1)
    with pytest.raises(InvalidInput):
        passages.change_passage(alice_actor, passage, text=" ", version=2)


def test_what_is_switched_off_is_counted_and_found_no_more(alice_actor: Actor, document: Document) -> None:
    before = counted(document.collection)
    off = passages.switch_off_passage(alice_actor, first(document))
    document.collection.refresh_from_db()
    assert (found(alice_actor, "oolong"), document.collection.passages_count) == ([], 1)
    assert "oolong" not in counted(document.collection)
    passages.switch_off_passage(alice_actor, off)

    passages.switch_on_passage(alice_actor, off)
    passages.switch_on_passage(alice_actor, off)

    document.collection.refresh_from_db()
    assert (counted(document.collection), document.collection.passages_count) == (before, 2)
    passages.switch_off_passage(alice_actor, off)
    services.delete_document(alice_actor, document)
    document.collection.refresh_from_db()
    assert (counted(document.collection), document.collection.passages_count) == ({}, 0)


@pytest.mark.slow
def test_a_split_passage_is_two_and_the_next_version_keeps_them(
    alice_actor: Actor, document: Document, upload: Upload
) -> None:
    passages.change_passage(alice_actor, first(document), text="Oolong: 40.", rest="Ask for more.", version=1)
    passages.switch_off_passage(alice_actor, selectors.passage_list(document)[2])
    document.refresh_from_db()
    document.collection.refresh_from_db()
    assert texts(document) == ["Oolong: 40.", "Ask for more.", "We open at nine."]
    assert (document.passages_count, document.collection.passages_count) == (3, 2)

    ingest(upload(f"{TEXT}\n\n# New\n\nWe close at five.", "prices.md"))

    newer = Document.objects.get()
    assert newer.pk != document.pk
    assert texts(newer) == ["Oolong: 40.", "Ask for more.", "We open at nine.", "We close at five."]
    rows = list(selectors.passage_list(newer))
    assert [row.is_edited for row in rows] == [True, True, False, False]
    assert [row.is_live for row in rows] == [True, True, False, True]
    assert rows[0].original_text == "Oolong costs 40 yuan."
    assert rows[0].changed_by == alice_actor.member
    newer.collection.refresh_from_db()
    assert newer.collection.passages_count == 3


@pytest.mark.slow
def test_joined_passages_are_one_and_the_next_version_joins_them_again(
    alice_actor: Actor, document: Document, upload: Upload
) -> None:
    before = counted(document.collection)
    joined = passages.join_passages(alice_actor, first(document), version=1)
    document.refresh_from_db()
    document.collection.refresh_from_db()
    assert texts(document) == ["Oolong costs 40 yuan.\n\nHours\n\nWe open at nine."]
    assert (document.passages_count, document.collection.passages_count) == (1, 1)
    assert joined.read_text == "Oolong costs 40 yuan.\n\nWe open at nine."
    assert counted(document.collection) == before
    assert len(found(alice_actor, "oolong")) == len(found(alice_actor, "nine")) == 1
    embed()
    assert joined.vectors.exists()
    passages.change_passage(alice_actor, joined, text="Oolong 40, from nine.", version=2)

    ingest(upload(f"# New\n\nWelcome.\n\n{TEXT}\n\n# Newer\n\nWe close at five.", "prices.md"))

    newer = Document.objects.get()
    assert texts(newer) == ["Welcome.", "Oolong 40, from nine.", "We close at five."]
    row = selectors.passage_list(newer)[1]
    assert (row.is_edited, row.read_text) == (True, "Oolong costs 40 yuan.\n\nWe open at nine.")


@pytest.mark.slow
def test_a_new_version_that_says_only_one_of_joined_passages_has_that_alone(
    alice_actor: Actor, document: Document, upload: Upload
) -> None:
    passages.join_passages(alice_actor, first(document), version=1)
    ingest(upload(TEXT.replace("at nine", "at ten"), "prices.md"))
    assert texts(Document.objects.get()) == ["Oolong costs 40 yuan.", "We open at ten."]


@pytest.mark.slow
def test_what_was_split_off_can_be_joined_with_what_follows(
    alice_actor: Actor, document: Document, upload: Upload
) -> None:
    passages.change_passage(alice_actor, first(document), text="Oolong: 40.", rest="Ask.", version=1)
    part = selectors.passage_list(document)[1]
    passages.join_passages(alice_actor, part, version=part.version)
    ingest(upload(f"{TEXT}\n\n# New\n\nWe close at five.", "prices.md"))
    newer = Document.objects.get()
    assert texts(newer) == ["Oolong: 40.", "Ask.\n\nHours\n\nWe open at nine.", "We close at five."]
    assert [row.ordinal for row in selectors.passage_list(newer)] == [0, 1, 2]


@pytest.mark.slow
def test_passages_that_cannot_be_joined_say_why(alice_actor: Actor, document: Document) -> None:
    last = selectors.passage_list(document)[1]
    with pytest.raises(InvalidInput, match="last passage"):
        passages.join_passages(alice_actor, last, version=1)
    with pytest.raises(Conflict):
        passages.join_passages(alice_actor, first(document), version=7)
    passages.switch_off_passage(alice_actor, last)
    with pytest.raises(InvalidInput, match="Only one of the two"):
        passages.join_passages(alice_actor, first(document), version=1)
    passages.switch_on_passage(alice_actor, last)
    passages.change_passage(alice_actor, first(document), text="x" * passages.MAX_CHARACTERS, version=1)
    with pytest.raises(InvalidInput, match="more than 8,000"):
        passages.join_passages(alice_actor, first(document), version=2)


@pytest.mark.slow
def test_a_passage_is_joined_by_page_and_api(
    alice: User, alice_actor: Actor, document: Document, upload: Upload
) -> None:
    page = browser_of(alice).get(reverse("knowledge:document", args=[document.pk])).content.decode()
    assert page.count("Join with the next") == 1
    address = reverse("knowledge:join_passages", args=[first(document).pk])
    browser_of(alice).post(address, {"version": 1})
    assert len(texts(document)) == 1
    ingest(upload("# A\n\nOne.\n\n# B\n\nTwo.", "other.md"))
    other = Document.objects.get(file_name="other.md")
    answer = api_client(alice_actor).post_json(f"/api/v1/passages/{first(other).pk}/join/", {"version": 1})
    assert (answer.json()["text"], answer.json()["original_text"]) == ("One.\n\nB\n\nTwo.", "One.\n\nTwo.")


@pytest.mark.slow
def test_an_edit_goes_where_the_new_version_says_something_else(
    alice_actor: Actor, document: Document, upload: Upload
) -> None:
    passages.change_passage(alice_actor, first(document), text="Oolong: 40.", version=1)
    ingest(upload(TEXT.replace("40", "44"), "prices.md"))
    assert texts(Document.objects.get()) == ["Oolong costs 44 yuan.", "We open at nine."]


@pytest.mark.slow
def test_an_edit_stays_under_its_heading_where_others_say_the_same(
    alice_actor: Actor, upload: Upload, embeddings: ScriptedEngine
) -> None:
    text = "# Oolong\n\nSold out.\n\n# Keemun\n\nSold out.\n\n# Pu-erh\n\nSold out."
    ingest(upload(text, "stock.md"))
    edited = selectors.passage_list(Document.objects.get())[1]
    passages.change_passage(alice_actor, edited, text="Back in May.", version=1)

    text = f"# Assam\n\nSold out.\n\n{text}"
    for version in (text, text.replace("Keemun", "Keemun tea")):
        ingest(upload(version, "stock.md"))
        assert texts(Document.objects.get()) == ["Sold out.", "Sold out.", "Back in May.", "Sold out."]


class NotedText(str):
    """Notes how often it is compared."""

    __slots__ = ()
    compared = 0

    def __eq__(self, other: object) -> bool:
        NotedText.compared += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


@pytest.mark.parametrize("heading", ["", "Item"])
def test_each_of_a_thousand_edits_of_one_text_is_compared_once(
    monkeypatch: pytest.MonkeyPatch, heading: str
) -> None:
    read = [Passage(text="Sold out.", heading=heading) for _ in range(1000)]
    changes = [
        Change(
            passages=[Passage(text=f"Back in {number}.", original_text="Sold out.")],
            texts=[NotedText("Sold out.")],
        )
        for number in range(1000)
    ]
    monkeypatch.setattr(NotedText, "compared", 0)
    monkeypatch.setattr(edits, "_changes", lambda document: {"Sold out.": changes})

    made = edits.carried_over(Document(), read)
    assert [passage.text for passage in made] == [f"Back in {number}." for number in range(1000)]
    assert NotedText.compared <= 1000


@pytest.mark.slow
def test_nobody_changes_what_the_next_version_is_about_to_replace(
    alice_actor: Actor, document: Document, upload: Upload
) -> None:
    newer = upload("Later.", "prices.md")
    passages.change_passage(alice_actor, first(document), text="Oolong: 40.", version=1)
    ingestion.store_passages(newer, [Cut("Tea", "Oolong costs 40 yuan.")])

    with pytest.raises(Conflict, match="new version"):
        passages.change_passage(alice_actor, first(document), text="Oolong: 41.", version=2)
    with pytest.raises(Conflict, match="new version"):
        passages.switch_off_passage(alice_actor, first(document))

    assert texts(newer) == ["Oolong: 40."]
    services.delete_document(alice_actor, newer)
    passages.switch_off_passage(alice_actor, first(document))


def test_who_may_not_edit_the_collection_changes_nothing(
    alice_actor: Actor, charlie: User, document: Document
) -> None:
    Membership.objects.filter(user=charlie).update(role="admin")
    admin = Actor.from_member(Membership.objects.select_related("organisation", "user").get(user=charlie))
    access_control.restrict(alice_actor, document.collection)
    with pytest.raises(PermissionDenied):
        passages.switch_off_passage(admin, first(document))


@pytest.mark.slow
def test_the_page_says_what_was_edited_and_shows_the_original(alice: User, document: Document) -> None:
    passage, alice_client = first(document), browser_of(alice)
    address = reverse("knowledge:edit_passage", args=[passage.pk])
    assert "Oolong costs 40 yuan." in alice_client.get(address).content.decode()
    alice_client.post(address, {"text": "Oolong: 40.", "version": 1})
    page = alice_client.get(reverse("knowledge:document", args=[document.pk])).content.decode()
    assert "Oolong: 40." in page
    assert "Original text" in page
    conflict = alice_client.post(address, {"text": "Mine", "version": 1}).content.decode()
    assert "changed by someone else" in conflict
    assert "Mine" in conflict


@pytest.mark.slow
def test_the_api_changes_and_shows_passages_with_their_places(alice_actor: Actor, document: Document) -> None:
    client = api_client(alice_actor)
    address = f"/api/v1/passages/{first(document).pk}/"
    body = {"text": "Oolong: 40.", "version": 1}
    changed = client.post_json(f"{address}change/", body).json()
    assert (changed["text"], changed["is_edited"], changed["places"]) == ("Oolong: 40.", True, [])
    assert client.post_json(f"{address}change/", body).status_code == 409
    assert client.post_json(f"{address}switch-off/").json()["is_off"] is True
    assert client.get(address).json()["is_live"] is False
