"""Chats are their owner's alone: kept, found, shared, handed over, erased."""

from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.models import ApiKey, User
from apps.answering import chat_tools
from apps.answering.chat_tools import ChatReceiver, HandedChat
from apps.assistant import presenters, selectors, services
from apps.assistant.models import Chat, ChatFile, ChatFolder, ChatMessage
from apps.assistant.services import NewQuestion
from apps.audit.models import AuditEntry
from apps.core.errors import NotFound
from apps.jobs import runs
from apps.jobs.models import Job
from apps.knowledge import access_control, ingestion
from apps.knowledge import services as knowledge
from apps.knowledge.chunking import Cut
from apps.knowledge.models import Document
from apps.privacy import members, retention_rules
from apps.workbench.models import App, AppRun
from tests.assistant.conftest import Ask, Says, answered
from tests.conftest import ApiClient, browser_of
from tests.workbench.conftest import published, worked

pytestmark = pytest.mark.django_db

ECHO = """\
app: polish
title: {en: Polish, zh: 润色}
inputs:
  text: {type: text}
  tone: {type: choice, options: {warm: Warm, brief: Brief}}
steps:
  - {id: again, kind: write, text: "{{ inputs.text }}, {{ inputs.tone }}"}
outputs:
  text: {title: {en: Polished, zh: 润色结果}, value: "{{ again.text }}"}
"""


def replaced(document: Document) -> Document:
    """A new version of it."""
    newer = Document(
        organisation=document.organisation,
        collection=document.collection,
        file_name=document.file_name,
        digest=str(document.pk.hex),
    )
    newer.save()
    access_control.keep_restriction(newer)
    ingestion.store_passages(newer, [Cut("", "We are open from nine.")])
    ingestion.publish(newer)
    return newer


def html(client: Client, address: str, code: int = 200) -> str:
    page = client.get(address)
    assert page.status_code == code, address
    return page.content.decode()


def test_a_chat_lies_sealed(chat: Chat) -> None:
    stored = Chat.objects.filter(pk=chat.pk).values_list("title", flat=True).get()
    texts = [str(each) for each in ChatMessage.objects.values_list("text", flat=True)]

    assert "harvest" not in str(stored)
    assert not any("jasmine" in text for text in texts)


def test_nobody_else_reads_a_chat(
    chat: Chat, colleague_actor: Actor, bob_actor: Actor, charlie: User, bob_browser: Client
) -> None:
    for actor in (colleague_actor, bob_actor):
        with pytest.raises(NotFound):
            selectors.own_chat(actor, chat.pk)
    html(browser_of(charlie), f"/assistant/{chat.pk}/", 404)
    html(browser_of(charlie), f"/assistant/shared/{chat.pk}/", 404)
    html(bob_browser, f"/assistant/{chat.pk}/", 404)
    message = selectors.message_list(chat).latest("id")
    assert browser_of(charlie).get(f"/api/v1/jobs/{message.job_id}/events/").status_code == 404


@pytest.mark.parametrize("row", ["collection", "document"])
def test_a_shared_chat_opens_no_document_to_who_may_not_read_it(
    alice_actor: Actor, charlie: User, ask: Ask, says: Says, handbook: Document, row: str
) -> None:
    says("Unopened tea can be returned within 30 days [1].")
    chat = ask("Can I return unopened tea?", collections=[handbook.collection_id]).chat
    services.share_chat(alice_actor, chat)
    address = f"/assistant/shared/{chat.pk}/"
    assert "within 30 days" in html(browser_of(charlie), address)

    access_control.restrict(alice_actor, handbook.collection if row == "collection" else handbook)

    assert "within 30 days" not in html(browser_of(charlie), address, 403)


@pytest.mark.slow
@pytest.mark.parametrize("notes_origins", [True, False])
def test_a_shared_chat_is_as_closed_as_the_version_that_replaced_what_it_quotes(
    alice_actor: Actor, charlie: User, ask: Ask, says: Says, handbook: Document, notes_origins: bool
) -> None:
    says("Unopened tea can be returned within 30 days [1].")
    answer = ask("Can I return unopened tea?", collections=[handbook.collection_id])
    if not notes_origins:  # as answers of an earlier release
        answer.citations = [{**each, "document": None} for each in answer.citations]
        answer.save()
    services.share_chat(alice_actor, answer.chat)
    address = f"/assistant/shared/{answer.chat_id}/"
    newer = replaced(handbook)
    assert "within 30 days" in html(browser_of(charlie), address)

    access_control.restrict(alice_actor, newer)
    newest = replaced(newer)
    html(browser_of(charlie), address, 403)

    access_control.open_to_all(alice_actor, newest)
    html(browser_of(charlie), address)


def test_a_shared_chat_stays_closed_when_the_document_that_it_quotes_is_deleted(
    alice_actor: Actor, charlie: User, ask: Ask, says: Says, handbook: Document
) -> None:
    access_control.restrict(alice_actor, handbook)
    says("Unopened tea can be returned within 30 days [1].")
    chat = ask("Can I return unopened tea?", collections=[handbook.collection_id]).chat
    services.share_chat(alice_actor, chat)

    knowledge.delete_document(alice_actor, handbook)

    html(browser_of(charlie), f"/assistant/shared/{chat.pk}/", 403)


@pytest.mark.parametrize("how", ["by the member", "by the model"])
def test_a_shared_chat_is_as_closed_as_what_its_apps_read(
    alice_actor: Actor, charlie: User, handbook: Document, engine: Any, how: str
) -> None:
    app = (
        "app: find\ntitle: Find\ninputs: {text: {type: text}}\nsteps:\n"
        '  - {id: found, kind: retrieve, question: "{{ inputs.text }}", collections: [NAME]}\n'
        '  - {id: told, kind: write, text: "{{ found.passages }}"}\n'
        'outputs: {text: {value: "{{ told.text }}"}}\n'
    )
    published(alice_actor, app.replace("NAME", handbook.collection.name))
    question = NewQuestion("Can I return unopened tea?", tool="workbench.find")
    chat = services.start_chat(alice_actor, question)
    run = AppRun.objects.get()
    worked(run)
    if how == "by the model":
        read = chat_tools.result_of(alice_actor.organisation, "workbench", run.pk)
        assert read
        call = {"documents": sorted(read.documents), "label": "Find", "state": "done", "text": read.text}
        message = ChatMessage.objects.get(author="app")
        message.author, message.tool = ChatMessage.Author.ASSISTANT, {}
        message.calls = [call | {"tool": "workbench.find", "told": [], "values": {}, "url": ""}]
        message.save()
    services.share_chat(alice_actor, chat)
    address = f"/assistant/shared/{chat.pk}/"
    assert "within 30 days" in html(browser_of(charlie), address)

    access_control.restrict(alice_actor, handbook)

    assert "within 30 days" not in html(browser_of(charlie), address, 403)


def test_a_shared_chat_is_read_by_the_organisation_until_that_is_revoked(
    alice_browser: Client, chat: Chat, charlie: User, bob_browser: Client
) -> None:
    alice_browser.post(f"/assistant/{chat.pk}/share/")
    address = f"/assistant/shared/{chat.pk}/"

    page = html(browser_of(charlie), address)
    assert "The harvest of jasmine begins in May." in page
    assert "Shared by Alice" in page
    assert "/repeat/" not in page
    html(bob_browser, address, 404)

    alice_browser.post(f"/assistant/{chat.pk}/revoke-share/")
    html(browser_of(charlie), address, 404)
    actions = list(AuditEntry.objects.filter(target_id=str(chat.pk)).values_list("action", flat=True))
    assert sorted(actions) == ["chat.created", "chat.share_revoked", "chat.shared"]


def test_a_file_that_was_read_is_no_longer_said_to_be_read_with_the_next_question(
    alice_actor: Actor, alice_browser: Client, engine: Any, ask: Ask, says: Says
) -> None:
    files = [SimpleUploadedFile("plan.txt", b"The pavilion opens at noon.")]
    chat = services.start_chat(alice_actor, NewQuestion("When?", files=files))
    address, moved = f"/assistant/{chat.pk}/", {"HX-Request": "true"}
    assert "Read with your next question" in alice_browser.get(address, headers=moved).content.decode()
    ChatFile.objects.update(read_at=timezone.now())

    part = alice_browser.get(address, headers=moved).content.decode()

    assert 'id="chat-files" hx-swap-oob="true"' in part
    assert "plan.txt" in part
    assert "Read with your next question" not in part


@pytest.mark.slow
def test_a_deleted_chat_leaves_nothing(alice_actor: Actor, ask: Ask, says: Says) -> None:
    says("Noon.")
    answer = ask("When?", files=[SimpleUploadedFile("plan.txt", b"The pavilion opens at noon.")])

    services.delete_chat(alice_actor, answer.chat)

    assert not Chat.objects.exists()
    assert not ChatMessage.objects.exists()
    assert not ChatFile.objects.exists()
    assert Job.objects.get(pk=answer.job_id).erased_at


def test_a_chat_that_is_deleted_while_it_is_answered_stops_its_answer(
    alice_actor: Actor, engine: Any
) -> None:
    chat = services.start_chat(alice_actor, NewQuestion("Which tea?"))

    services.delete_chat(alice_actor, chat)

    assert Job.objects.get().state == Job.State.CANCELLED


def test_chats_go_after_a_year_without_a_word(chat: Chat) -> None:
    Chat.objects.update(changed_at=timezone.now() - timedelta(days=364))
    retention_rules.erase_outdated()
    assert Chat.objects.exists()

    Chat.objects.update(changed_at=timezone.now() - timedelta(days=366))
    cache.clear()
    retention_rules.erase_outdated()
    assert not Chat.objects.exists()


def test_folders_hold_chats_and_let_them_go(
    alice_browser: Client, alice_actor: Actor, chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = {"Referer": f"http://testserver/assistant/{chat.pk}/", "Host": "testserver", "Accept": "text/html"}
    made = alice_browser.post("/assistant/folders/create/", {"name": "Harvest plans"}, headers=sent)
    assert made.headers["Location"] == f"/assistant/{chat.pk}/", "the chat stays open"
    folder = ChatFolder.objects.get()
    alice_browser.post(f"/assistant/{chat.pk}/change/", {"title": "May", "folder": str(folder.pk)})

    page = html(alice_browser, f"/assistant/{chat.pk}/")
    assert "Harvest plans" in page
    assert selectors.own_chat(alice_actor, chat.pk).title == "May"
    monkeypatch.setattr(selectors, "LISTED_CHATS", 1)
    newer = [services.start_chat(alice_actor, NewQuestion(text)) for text in ("June", "July")]
    listed = [[row.title for row in group.chats] for group in presenters.chat_groups(alice_actor)]
    assert listed == [["May"], [newer[-1].title]], "a folder holds its chats however old they are"

    alice_browser.post(f"/assistant/folders/{folder.pk}/delete/")
    assert selectors.own_chat(alice_actor, chat.pk).folder is None
    # By somebody whose page is older.
    moved = alice_browser.post(
        f"/assistant/{chat.pk}/change/", {"title": "June", "folder": str(folder.pk)}, follow=True
    )
    assert "This folder was deleted. Choose another one." in moved.text


def test_an_app_answers_in_a_chat(alice_browser: Client, alice_actor: Actor) -> None:
    published(alice_actor, ECHO)
    [offer] = chat_tools.offers_for(alice_actor)
    assert (offer.name, offer.label) == ("workbench.polish", "Polish")

    alice_browser.post("/assistant/ask/", {"text": "Good tea", "tool": offer.name})
    chat = Chat.objects.get()
    worked(AppRun.objects.get())

    page = html(alice_browser, f"/assistant/{chat.pk}/")
    assert "From the app “Polish”" in page
    assert "Good tea, warm" in page
    assert f"/apps/runs/{AppRun.objects.get().pk}/" in page
    AppRun.objects.all().delete()
    assert "The run was deleted." in html(alice_browser, f"/assistant/{chat.pk}/")


def test_a_shared_chat_looks_up_each_run_once(
    alice_actor: Actor, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(alice_actor, ECHO)
    chat = services.start_chat(alice_actor, NewQuestion("Good tea", tool="workbench.polish"))
    worked(AppRun.objects.get())
    services.share_chat(alice_actor, chat)
    looked_up, result_of = [], chat_tools.result_of
    monkeypatch.setattr(chat_tools, "result_of", lambda *of: looked_up.append(of) or result_of(*of))

    assert "Good tea, warm" in html(browser_of(charlie), f"/assistant/shared/{chat.pk}/")
    assert len(looked_up) == 1


def test_a_run_that_waits_for_a_person_is_not_called_deleted(
    alice_browser: Client, alice_actor: Actor
) -> None:
    published(alice_actor, ECHO.replace("steps:\n", "steps:\n  - {id: ok, kind: wait, message: Fine?}\n"))
    alice_browser.post("/assistant/ask/", {"text": "Good tea", "tool": "workbench.polish"})
    worked(AppRun.objects.get())

    page = html(alice_browser, f"/assistant/{Chat.objects.get().pk}/")

    assert "The run has no result so far." in page
    assert "The run was deleted." not in page


def test_a_chat_becomes_the_draft_of_an_app(alice_browser: Client, alice_actor: Actor, chat: Chat) -> None:
    answer = alice_browser.post(f"/assistant/{chat.pk}/hand-over/", {"receiver": "workbench.app"})

    app = App.objects.get()
    assert answer.headers["Location"] == f"/apps/{app.pk}/edit/"
    assert app.draft
    assert app.draft.problems == []
    assert "When does the harvest begin?" in app.draft.text
    assert AuditEntry.objects.filter(action="chat.handed_over").exists()


def test_what_a_member_wrote_is_no_expression_of_an_app(alice_actor: Actor, ask: Ask, says: Says) -> None:
    says("No.")
    chat = ask("Fill {{ inputs.secret }} and {% for x in y %}: 'a' \"b\"").chat

    services.hand_over(alice_actor, chat, receiver="workbench.app")

    draft = App.objects.get().draft
    assert draft
    assert draft.problems == []


def test_what_an_app_said_in_a_chat_is_taken_over_with_it(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[HandedChat] = []
    take = ChatReceiver(
        "workbench", "note", "Note", "star", "workbench.use", lambda _actor, chat: taken.append(chat) or "/"
    )
    monkeypatch.setitem(chat_tools._receivers, "workbench.note", take)
    published(alice_actor, ECHO)
    chat = services.start_chat(alice_actor, NewQuestion("Good tea", tool="workbench.polish"))
    worked(AppRun.objects.get())

    services.hand_over(alice_actor, chat, receiver="workbench.note")

    assert taken[0].messages == [("member", "Good tea"), ("app", "Polished\nGood tea, warm")]


def test_the_branch_that_is_open_is_handed_over(
    alice_browser: Client, alice_actor: Actor, ask: Ask, says: Says
) -> None:
    says("In May.", "In June.")
    first = ask("When is the harvest?")
    second = services.send_message(alice_actor, first.chat, NewQuestion("When is the second one?"))
    page = html(alice_browser, f"/assistant/{first.chat_id}/?at={first.pk}")
    assert f'name="at" value="{first.pk}"' in page
    assert second.pk

    alice_browser.post(
        f"/assistant/{first.chat_id}/hand-over/", {"receiver": "workbench.app", "at": str(first.pk)}
    )

    draft = App.objects.get().draft
    assert draft
    assert "When is the harvest?" in draft.text


def test_the_demo_asks_about_the_handbook_once(alice_actor: Actor, documents: list[Any], engine: Any) -> None:
    for _time in range(2):
        told = StringIO()
        call_command("demo_chat", "--organisation", "tea-house", stdout=told)

    chat = Chat.objects.get()
    assert chat.get_absolute_url() in told.getvalue()
    assert [each.pk for each in chat.collections.all()] == documents


def test_pages_stand_empty_and_full(
    alice_browser: Client, ask: Ask, says: Says, documents: list[Any]
) -> None:
    page = html(alice_browser, "/assistant/")
    assert "No chats yet" in page
    assert "What can I help with?" in page
    says("Unopened tea can be returned within 30 days [1]. <b>Really</b>.")
    chat = ask("Can I return unopened tea?", collections=documents).chat

    page = html(alice_browser, f"/assistant/{chat.pk}/")
    assert "Can I return unopened tea?" in page
    assert "&lt;b&gt;Really" in page
    assert "<mark>Unopened tea can be returned within 30 days</mark>" in page
    assert "the model’s own words" in page
    part = alice_browser.get(f"/assistant/{chat.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert part.lstrip().startswith("<div")
    found = alice_browser.post("/assistant/find/", {"text": "unopened"}).content.decode()
    assert str(chat.pk) in found


def test_a_collection_that_is_closed_to_the_member_for_a_while_stays_chosen(
    alice_actor: Actor, charlie: User, ask: Ask, says: Says, handbook: Document, colleague_actor: Actor
) -> None:
    """The page has nothing to choose then."""
    says("Thirty days.", "Nine.")
    chosen = [handbook.collection_id]
    chat = services.start_chat(colleague_actor, NewQuestion("Until when?", collections=chosen))
    answer = answered(selectors.message_list(chat).latest("id"))
    access_control.restrict(alice_actor, handbook.collection)

    page = browser_of(charlie)
    page.post(f"/assistant/{chat.pk}/send/", {"text": "a\r\n" * 2900 + "When?", "parent": str(answer.pk)})

    assert selectors.message_list(chat).count() == 4
    assert [each.pk for each in chat.collections.all()] == chosen
    assert 'class="tab-count"' not in page.get(f"/assistant/{chat.pk}/").content.decode()


def test_a_question_is_asked_from_the_page_with_files_and_collections(
    alice_browser: Client, engine: Any, documents: list[Any]
) -> None:
    file = SimpleUploadedFile("plan.txt", b"The pavilion opens at noon.")
    sent = {"text": "When?", "collections": [str(each) for each in documents], "files": [file]}

    answer = alice_browser.post("/assistant/ask/", sent)
    chat = Chat.objects.get()

    assert answer.headers["Location"] == f"/assistant/{chat.pk}/"
    assert [each.pk for each in chat.collections.all()] == documents
    assert ChatFile.objects.get().name == "plan.txt"
    page = html(alice_browser, f"/assistant/{chat.pk}/")
    assert "data-answer" in page
    assert "Read with your next question" in page
    leaf = selectors.message_list(chat).latest("id")
    refused = alice_browser.post(
        f"/assistant/{chat.pk}/send/", {"text": "And?", "parent": str(leaf.pk)}, follow=True
    )
    assert "Wait for the answer" in refused.content.decode()


def test_the_assistant_stands_beside_the_start_page(alice_browser: Client, charlie: User) -> None:
    for browser in (alice_browser, browser_of(charlie)):
        assert 'href="/assistant/"' in html(browser, "/")


def test_programs_ask_and_read_their_own_chats(
    alice_api: ApiClient, bob_api: ApiClient, alice_browser: Client, says: Says, engine: Any
) -> None:
    made = alice_api.post_json("/api/v1/chats/", {"text": "Which tea?"})
    assert made.status_code == 201
    chat = made.json()
    says("Green.")
    [answer, question] = alice_api.get(f"/api/v1/chats/{chat['id']}/messages/").json()["results"]
    assert (question["author"], answer["state"]) == ("member", "queued")
    assert answer["events"] == f"/api/v1/jobs/{answer['job']}/events/"
    runs.execute(answer["job"])

    more = alice_api.post_json(
        f"/api/v1/chats/{chat['id']}/messages/", {"text": "And?", "parent": answer["id"]}
    )
    assert more.status_code == 202
    assert more.json()["author"] == "assistant"
    [*_more, answer, _question] = alice_api.get(f"/api/v1/chats/{chat['id']}/messages/").json()["results"]
    assert (answer["text"], answer["sentences"][0]["origin"]) == ("Green.", "own")
    alice_api.post_json(f"/api/v1/chats/{chat['id']}/share/", {})
    shared = html(alice_browser, f"/assistant/shared/{chat['id']}/")
    assert f"Shared by {ApiKey.objects.get(pk=Chat.objects.get().api_key_id).name}." in shared
    assert bob_api.get(f"/api/v1/chats/{chat['id']}/messages/").status_code == 404
    assert bob_api.get(f"/api/v1/chats/{chat['id']}/").status_code == 404
    assert alice_api.delete(f"/api/v1/chats/{chat['id']}/").status_code == 204


def test_erasing_what_is_a_members_takes_chats_and_tells_none_of_their_words(
    alice_actor: Actor, colleague_actor: Actor
) -> None:
    services.start_chat(colleague_actor, NewQuestion("When does the harvest begin?"))
    own = services.start_chat(alice_actor, NewQuestion("When is lunch?"))
    member = colleague_actor.member
    assert member
    assert "harvest" not in str(members.member_report(alice_actor, member))
    member.is_active = False
    member.save()

    members.erase_member(alice_actor, member)

    assert list(Chat.objects.all()) == [own]
    assert not ChatMessage.objects.exclude(chat=own).exists()
