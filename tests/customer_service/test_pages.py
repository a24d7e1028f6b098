"""The staff's pages about conversations."""

import pytest
from django.test import Client

from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.inbox import threads
from tests.customer_service.conftest import Desk, Say


def test_the_inbox_lists_conversations_with_their_last_message(alice_browser: Client, desk: Desk) -> None:
    desk.open("How long does delivery take?")

    page = alice_browser.get("/conversations/").content.decode()

    assert "How long does delivery take?" in page
    assert "Vera" in page


def test_the_inbox_needs_as_many_queries_for_twenty_as_for_one(
    alice_browser: Client, desk: Desk, django_assert_max_num_queries: object
) -> None:
    for number in range(20):
        desk.open(f"Question {number}?")

    with django_assert_max_num_queries(14):  # type: ignore[operator]
        alice_browser.get("/conversations/")


def test_search_finds_words_of_any_message(alice_browser: Client, desk: Desk) -> None:
    desk.open("Something about Pu-erh cakes")
    desk.open("Something else")

    page = alice_browser.get("/conversations/?search=pu-erh").content.decode()

    assert page.count("Vera") == 1


@pytest.mark.django_db
def test_an_answer_shows_its_source_and_its_unsupported_sentence(
    alice_browser: Client, desk: Desk, says: Say
) -> None:
    says("Delivery inside the city takes two to four working days [1]. The driver brings cake [1].")
    asked = desk.open("How long does delivery take?")
    desk.work(asked.job)

    page = alice_browser.get(f"/conversations/{asked.conversation.pk}/").content.decode()

    assert 'href="#source-2-1"' in page
    assert "<mark>Delivery inside the city takes two to four working days</mark>" in page
    assert 'class="unsupported"' in page


def test_what_visitors_write_is_escaped(alice_browser: Client, desk: Desk) -> None:
    asked = desk.open("<script>alert(1)</script>")

    page = alice_browser.get(f"/conversations/{asked.conversation.pk}/").content.decode()

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_polling_gets_nothing_while_nothing_changed(alice_browser: Client, desk: Desk) -> None:
    asked = desk.open("Hello")
    url = f"/conversations/{asked.conversation.pk}/"
    seen = threads.thread_version(selectors.conversation(desk.actor.organisation, asked.conversation.pk))

    unchanged = alice_browser.get(f"{url}?seen={seen}", headers={"HX-Request": "true"})
    changed = alice_browser.get(f"{url}?seen=other", headers={"HX-Request": "true"})

    assert (unchanged.status_code, changed.status_code) == (204, 200)


def test_a_member_replies_and_takes_over(alice_browser: Client, desk: Desk) -> None:
    asked = desk.open("Hello")

    alice_browser.post(f"/conversations/{asked.conversation.pk}/reply/", {"text": "Good morning!"})

    conversation = Conversation.objects.get(pk=asked.conversation.pk)
    assert conversation.handled_by == desk.actor.member
    assert desk.messages(conversation)[-1].text == "Good morning!"


@pytest.mark.parametrize("action", ["take-over", "hand-back", "resolve", "reopen", "cancel", "retry"])
def test_every_button_leads_back_to_the_conversation(alice_browser: Client, desk: Desk, action: str) -> None:
    url = f"/conversations/{desk.open('Hello').conversation.pk}/"

    assert alice_browser.post(f"{url}{action}/").headers["Location"] == url


def test_a_stranger_gets_404(bob_browser: Client, desk: Desk) -> None:
    asked = desk.open("Hello")

    assert bob_browser.get(f"/conversations/{asked.conversation.pk}/").status_code == 404
    assert (
        bob_browser.post(f"/conversations/{asked.conversation.pk}/reply/", {"text": "x"}).status_code == 404
    )
    assert bob_browser.get(f"/conversations/channels/{desk.channel.pk}/").status_code == 404


def test_a_channel_is_made_and_changed(alice_browser: Client, channel: Channel) -> None:
    made = alice_browser.post(
        "/conversations/channels/new/",
        {
            "name": "Gifts",
            "language": "en",
            "tone": "brief",
            "unsupported_sentences": "drop",
            "is_enabled": "on",
        },
    )
    alice_browser.post(
        made.headers["Location"],
        {"name": "Presents", "language": "en", "tone": "warm", "unsupported_sentences": "flag"},
    )

    changed = Channel.objects.exclude(pk=channel.pk).get()
    assert (changed.name, changed.is_enabled) == ("Presents", False)
