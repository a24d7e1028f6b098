"""One conversation as staff see it and work in it."""

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.core.errors import Conflict
from apps.customer_service.channels.models import Channel
from apps.customer_service.chat.models import Rating
from apps.customer_service.contacts import services as contacts
from apps.customer_service.conversations import activity, selectors, services
from apps.customer_service.conversations.models import (
    Attachment,
    Contact,
    Conversation,
    Message,
    OutgoingMessage,
)
from apps.customer_service.handoff import services as handoff
from apps.customer_service.inbox import canned_replies, notes, replies, tags, threads
from apps.customer_service.inbox.models import CannedReply, Note, Tag
from apps.customer_service.inbox.resources import CANNED_REPLIES
from apps.resources import services as resources
from tests.conftest import ApiClient
from tests.customer_service.conftest import Desk
from tests.customer_service.desk_people import browser_of

HTMX_PANE = {"HX-Request": "true", "HX-Target": "pane"}
HTMX_LIVE = {"HX-Request": "true", "HX-Target": "live"}


@pytest.fixture
def conversation(desk: Desk) -> Conversation:
    return desk.open("Hello").conversation


@pytest.fixture
def url(conversation: Conversation) -> str:
    return f"/conversations/{conversation.pk}/"


def fresh(conversation: Conversation) -> Conversation:
    return selectors.conversation(conversation.organisation, conversation.pk)


def page_of(browser: Client, url: str) -> str:
    answer = browser.get(url)
    assert answer.status_code == 200
    return str(answer.content.decode())


def written(conversation: Conversation, author: str, text: str, **fields: object) -> Message:
    conversation = fresh(conversation)
    message = activity.next_message(conversation, author, text, **fields)
    conversation.save()
    activity.store(message)
    return message


def test_the_page_stands_without_javascript_beside_its_list(alice_browser: Client, url: str) -> None:
    page = page_of(alice_browser, f"{url}?view=all")

    assert 'id="conversation-rows"' in page
    assert f'action="{url}reply/?view=all"' in page
    assert 'id="side"' in page


def test_scripts_get_the_pane_or_what_was_said_alone(alice_browser: Client, url: str) -> None:
    pane = alice_browser.get(url, headers=HTMX_PANE).content.decode()
    live = alice_browser.get(url, headers=HTMX_LIVE).content.decode()

    assert 'id="pane"' in pane
    assert 'id="conversation-rows"' not in pane
    assert 'id="live"' in live
    assert 'id="composer"' not in live
    assert 'id="side" aria-label="About this conversation" hx-swap-oob="true"' in live


def test_after_going_back_the_browser_gets_the_whole_page(alice_browser: Client, url: str) -> None:
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}

    assert "<html" in alice_browser.get(url, headers=headers).content.decode()


def test_notices_are_quiet_lines_and_notes_stand_where_they_were_written(
    alice_browser: Client, alice_actor: Actor, conversation: Conversation, url: str
) -> None:
    notes.add_note(alice_actor, conversation_id=conversation.pk, text="Regular customer")
    written(conversation, "notice", "You are number 1 in the queue.")
    written(conversation, "visitor", "Are you there?")

    page = page_of(alice_browser, url)

    places = [page.rindex(text) for text in ("Regular customer", "You are number 1", ">Are you there?")]
    assert places == sorted(places)
    assert '<p class="desk-notice" id="message-2" hx-disable>' in page


def test_visitors_never_see_a_note(alice_browser: Client, desk: Desk, url: str) -> None:
    alice_browser.post(f"{url}reply/", {"kind": "note", "text": "He is difficult"})

    note = Note.objects.get()
    assert (note.text, note.after, note.member) == ("He is difficult", 1, desk.actor.member)
    assert [message.text for message in desk.messages(note.conversation)] == ["Hello"]
    assert fresh(note.conversation).answered_by == "bot"


def test_an_empty_note_is_explained(alice_browser: Client, url: str) -> None:
    answer = alice_browser.post(f"{url}reply/", {"kind": "note", "text": " "})

    assert answer.status_code == 400
    assert "Enter a note first." in answer.content.decode()


def test_one_deletes_ones_own_notes_and_managers_any(
    alice_browser: Client, dora_browser: Client, dora_actor: Actor, alice_actor: Actor, url: str
) -> None:
    conversation_id = Conversation.objects.get().pk
    own = notes.add_note(dora_actor, conversation_id=conversation_id, text="mine")
    alices = notes.add_note(alice_actor, conversation_id=conversation_id, text="hers")

    assert dora_browser.post(f"{url}notes/{alices.pk}/delete/").status_code == 403
    assert dora_browser.post(f"{url}notes/{own.pk}/delete/").status_code == 302
    assert alice_browser.post(f"{url}notes/{alices.pk}/delete/").status_code == 302
    assert not Note.objects.exists()


def test_a_reply_is_refused_when_a_colleague_took_over_meanwhile(
    alice_browser: Client, dora_actor: Actor, conversation: Conversation, url: str
) -> None:
    seen = replies.seen_token(fresh(conversation))
    services.take_over(dora_actor, conversation_id=conversation.pk)

    refused = alice_browser.post(f"{url}reply/", {"text": "My long answer", "seen": seen})

    page = refused.content.decode()
    assert refused.status_code == 409
    assert "Dora has just taken over this conversation." in page
    assert "My long answer</textarea>" in page
    assert Message.objects.count() == 1


def test_whoever_read_that_and_sends_again_is_let_through(
    alice_browser: Client, alice_actor: Actor, dora_actor: Actor, conversation: Conversation, url: str
) -> None:
    services.take_over(dora_actor, conversation_id=conversation.pk)

    alice_browser.post(f"{url}reply/", {"text": "Hello", "seen": replies.seen_token(fresh(conversation))})

    assert fresh(conversation).handled_by == alice_actor.member


def test_taking_over_tells_who_was_faster_and_goes_on_from_that_person(
    alice_browser: Client, alice_actor: Actor, dora_actor: Actor, conversation: Conversation, url: str
) -> None:
    services.take_over(dora_actor, conversation_id=conversation.pk)

    refused = alice_browser.post(f"{url}take-over/", follow=True)
    assert "Dora has already taken over this conversation." in refused.content.decode()
    assert f'name="member" value="{dora_actor.member.pk}"' in refused.content.decode()  # type: ignore[union-attr]
    assert fresh(conversation).handled_by == dora_actor.member

    alice_browser.post(f"{url}take-over/", {"member": dora_actor.member.pk})  # type: ignore[union-attr]
    assert fresh(conversation).handled_by == alice_actor.member


def test_the_api_says_who_has_the_conversation(
    alice_api: ApiClient, alice_actor: Actor, dora_actor: Actor, conversation: Conversation
) -> None:
    path, dora = f"/api/v1/conversations/{conversation.pk}/take-over/", dora_actor.member
    services.take_over(dora_actor, conversation_id=conversation.pk)

    refused = alice_api.post_json(path)
    assert refused.status_code == 409
    assert refused.json()["error"]["details"]["member"] == {"id": str(dora.pk), "name": "Dora"}  # type: ignore[union-attr]

    assert alice_api.post_json(path, {"from_member": str(dora.pk)}).status_code == 200  # type: ignore[union-attr]
    assert fresh(conversation).handled_by == alice_actor.member


def test_a_reply_is_refused_when_a_colleague_answered_meanwhile(
    alice_actor: Actor, dora_actor: Actor, conversation: Conversation
) -> None:
    services.take_over(dora_actor, conversation_id=conversation.pk)
    seen = replies.seen_token(fresh(conversation))
    services.reply(dora_actor, conversation_id=conversation.pk, text="Done.")

    with pytest.raises(Conflict, match="Dora has just replied"):
        replies.write_reply(alice_actor, conversation_id=conversation.pk, text="Me too", seen=seen)


def test_messages_of_the_visitor_refuse_nothing(
    alice_actor: Actor, desk: Desk, conversation: Conversation
) -> None:
    seen = replies.seen_token(fresh(conversation))
    desk.ask(conversation, "And another thing")

    replies.write_reply(alice_actor, conversation_id=conversation.pk, text="Yes?", seen=seen)

    assert [message.author for message in desk.messages(conversation)] == ["visitor", "visitor", "agent"]


def test_send_and_resolve_does_both_at_once(
    alice_browser: Client, conversation: Conversation, url: str
) -> None:
    answer = alice_browser.post(f"{url}reply/?view=mine", {"text": "Goodbye!", "resolves": "1"})

    assert answer.headers["Location"] == f"{url}?view=mine"
    assert (fresh(conversation).state, fresh(conversation).resolution) == ("resolved", "person")


def test_tags_are_made_while_one_works_whatever_their_spelling(
    alice_browser: Client, conversation: Conversation, url: str
) -> None:
    for name in ("Wholesale", " wholesale ", "VIP"):
        alice_browser.post(f"{url}tags/", {"name": name})
    vip = Tag.objects.get(name="VIP")
    alice_browser.post(f"{url}tags/{vip.pk}/remove/")

    assert [tag.name for tag in conversation.tags.all()] == ["Wholesale"]
    assert Tag.objects.count() == 2


def test_a_tag_without_a_name_is_explained(alice_browser: Client, url: str) -> None:
    page = alice_browser.post(f"{url}tags/", {"name": "x" * 41}, follow=True).content.decode()

    assert "at most 40 characters" in page


def test_tags_are_renamed_merged_and_deleted(
    alice_browser: Client, alice_actor: Actor, desk: Desk, conversation: Conversation
) -> None:
    other = desk.open("Hi").conversation
    vip = tags.add_tag(alice_actor, conversation_id=conversation.pk, name="VIP")
    gold = tags.add_tag(alice_actor, conversation_id=conversation.pk, name="gold")
    tags.add_tag(alice_actor, conversation_id=other.pk, name="gold")

    taken = alice_browser.post(f"/conversations/tags/{gold.pk}/", {"name": "vip"})
    assert "Merge them instead" in taken.content.decode()
    alice_browser.post(f"/conversations/tags/{vip.pk}/", {"name": "Best"})
    alice_browser.post(f"/conversations/tags/{gold.pk}/merge/", {"into": vip.pk})

    assert [tag.name for tag in Tag.objects.all()] == ["Best"]
    assert [list(each.tags.all()) for each in (conversation, other)] == [[vip], [vip]]
    alice_browser.post(f"/conversations/tags/{vip.pk}/delete/")
    assert Conversation.objects.count() == 2
    assert "No tags yet" in page_of(alice_browser, "/conversations/tags/")


def test_agents_do_not_tidy_tags(dora_browser: Client, alice_actor: Actor) -> None:
    tag = tags.make_tag(alice_actor, name="VIP")

    assert dora_browser.post(f"/conversations/tags/{tag.pk}/delete/").status_code == 403


def canned(actor: Actor, shortcut: str, text: str, language: str = "en") -> None:
    values = {"shortcut": shortcut, "text": text, "language": language}
    resources.save(actor, CANNED_REPLIES, values)


def test_canned_replies_are_offered_in_the_visitors_language_with_names_filled_in(
    alice_browser: Client, alice_actor: Actor, conversation: Conversation, url: str
) -> None:
    canned(alice_actor, "hello", "您好 {visitor_name}", "zh-hans")
    canned(alice_actor, "hello", "Hello {visitor_name}, {agent_name} here. {other}")
    canned(alice_actor, "bye", "Say hello to your tea")
    canned(alice_actor, "refund", "It takes three days")

    offered = alice_browser.get(f"{url}canned-replies/?query=HEL").json()["replies"]

    assert [each["text"] for each in offered] == [
        "Hello Vera, Alice here. {other}",
        "Say hello to your tea",
        "您好 Vera",
    ]


@pytest.mark.parametrize("name", ["", "vera@home.example"])
def test_a_visitor_without_a_name_is_greeted_all_the_same(alice_actor: Actor, desk: Desk, name: str) -> None:
    canned(alice_actor, "hello", "Hello {visitor_name}!")
    nameless = desk.open("Hi").conversation
    nameless.visitor_name = name

    [reply] = canned_replies.suggest(alice_actor, nameless, "hel")

    assert reply.text == "Hello there!"


@pytest.mark.slow
def test_canned_replies_are_made_changed_and_deleted(dora_browser: Client) -> None:
    fields = {"shortcut": "Thanks", "text": "Thank you!", "language": "en"}
    list_url = "/conversations/canned-replies/"
    assert "No canned replies yet" in page_of(dora_browser, list_url)

    dora_browser.post(f"{list_url}new/", fields)
    again = dora_browser.post(f"{list_url}new/", fields)
    assert "A reply with this shortcut already exists in this language." in again.content.decode()
    page = page_of(dora_browser, list_url)
    assert "/thanks</a>" in page
    own_url = f"{list_url}{CannedReply.objects.get().pk}/"
    dora_browser.post(own_url, {**fields, "text": "Thanks a lot!"})
    assert "Thanks a lot!" in page_of(dora_browser, list_url)
    dora_browser.post(f"{own_url}delete/")
    assert "No canned replies yet" in page_of(dora_browser, list_url)


def test_the_visitor_is_described_and_known_in_every_conversation(
    alice_browser: Client, desk: Desk, conversation: Conversation, url: str
) -> None:
    earlier = desk.open("An older matter").conversation
    Rating.objects.create(organisation=earlier.organisation, conversation=earlier, score=4)
    Contact.objects.create(
        organisation=earlier.organisation,
        visitor_id="visitor-1",
        is_verified=True,
        attributes={"level": "<b>gold</b>"},
    )

    alice_browser.post(
        f"{url}contact/", {"name": "Vera Li", "email": "vera@example.org", "phone": "1", "note": "Kind"}
    )

    page = page_of(alice_browser, url)
    for words in ("Vera Li", "mailto:vera@example.org", "Kind", "verified", "An older matter", "★★★★☆"):
        assert words in page
    assert "&lt;b&gt;gold&lt;/b&gt;" in page
    assert fresh(earlier).visitor_name == "Vera Li"


def test_a_wrong_address_is_explained_beside_its_field(alice_browser: Client, url: str) -> None:
    answer = alice_browser.post(f"{url}contact/", {"email": "nonsense"})

    assert "Enter a valid e-mail address." in answer.content.decode()
    assert not Contact.objects.exists()


def test_strangers_visitors_are_other_visitors(bob_actor: Actor, desk: Desk, rival_channel: Channel) -> None:
    own = desk.open("Hello").conversation
    contacts.describe_visitor(desk.actor, conversation_id=own.pk, name="Vera Li")
    foreign = Desk(bob_actor, rival_channel).open("Hello").conversation

    assert contacts.contact_of(foreign) is None
    assert contacts.earlier_conversations(foreign) == []
    assert foreign.visitor_name == "Vera"


def test_who_only_looks_gets_no_buttons(charlie: User, conversation: Conversation, url: str) -> None:
    charlie.memberships.update(role="analyst")

    page = page_of(browser_of(charlie), url)

    assert 'id="composer"' not in page
    assert 'data-action="resolve"' not in page


def attached(conversation: Conversation, name: str, content_type: str) -> Attachment:
    file = Attachment(
        organisation=conversation.organisation,
        conversation=conversation,
        message=Message.objects.filter(conversation=conversation).first(),
        kind="file",
        name=name,
        content_type=content_type,
        size=4,
    )
    file.file.save(name, ContentFile(b"tea!"))
    return file


def test_pictures_are_shown_and_everything_else_is_only_saved(
    alice_browser: Client, conversation: Conversation, url: str
) -> None:
    picture = attached(conversation, "cup.png", "image/png")
    page = attached(conversation, "trap.html", "text/html")

    shown = alice_browser.get(f"/conversations/attachments/{picture.pk}/")
    saved = alice_browser.get(f"/conversations/attachments/{page.pk}/")

    assert shown.headers["Content-Disposition"].startswith("inline")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert (shown.headers["Content-Type"], saved.headers["Content-Type"]) == (
        "image/png",
        "application/octet-stream",
    )
    for answer in (shown, saved):
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.getvalue() == b"tea!"
    assert f'<img src="/conversations/attachments/{picture.pk}/"' in page_of(alice_browser, url)


def test_a_strangers_file_is_not_there(bob_browser: Client, conversation: Conversation) -> None:
    picture = attached(conversation, "cup.png", "image/png")

    assert bob_browser.get(f"/conversations/attachments/{picture.pk}/").status_code == 404


def test_badges_say_what_an_answer_is_and_what_did_not_arrive(
    alice_browser: Client, conversation: Conversation, url: str
) -> None:
    asked = Message.objects.get()
    Conversation.objects.update(answer_job=None)
    answer = written(conversation, "bot", "Which tea?", answers=asked, action="clarify", source="curated")
    OutgoingMessage.objects.create(
        organisation=answer.organisation, message=answer, state="failed", error="refused"
    )

    page = page_of(alice_browser, url)

    for words in ("follow-up question", "saved answer", "not delivered"):
        assert words in page


def test_a_saved_answer_keeps_its_numbers_in_brackets(
    alice_browser: Client, conversation: Conversation, url: str
) -> None:
    asked = Message.objects.get()
    Conversation.objects.update(answer_job=None)
    written(conversation, "bot", "拨打热线后按[1]转人工。", answers=asked, action="answer", source="curated")

    page = page_of(alice_browser, url)

    assert "按[1]转人工。</div>" in page
    assert "#source-" not in page


def test_every_kind_of_change_draws_the_page_anew(
    alice_actor: Actor, dora_actor: Actor, conversation: Conversation
) -> None:
    assert dora_actor.member
    seen = {threads.thread_version(fresh(conversation))}
    for change in (
        lambda: notes.add_note(alice_actor, conversation_id=conversation.pk, text="A note"),
        lambda: tags.add_tag(alice_actor, conversation_id=conversation.pk, name="VIP"),
        lambda: handoff.assign(
            alice_actor, conversation_id=conversation.pk, member_id=dora_actor.member and dora_actor.member.pk
        ),
        lambda: attached(conversation, "cup.png", "image/png"),
    ):
        change()
        standing = threads.thread_version(fresh(conversation))
        assert standing not in seen
        seen.add(standing)
