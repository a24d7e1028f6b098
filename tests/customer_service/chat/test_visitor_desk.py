"""What a visitor may do besides writing: ask for a person, end it, rate it, leave an address."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client, override_settings
from django.utils import timezone

from apps.customer_service.channels.models import Channel
from apps.customer_service.chat.models import Rating
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Contact, Conversation, Message
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff.business_hours import DAYS
from apps.customer_service.staff.models import DeskSettings
from tests.customer_service.conftest import Desk
from tests.customer_service.handoff_fixtures import colleague
from tests.customer_service.visitor_fixtures import ROOT, VisitorBrowser

CLOSED = {"hours": {}, "holidays": []}


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def vera(channel: Channel) -> VisitorBrowser:
    return VisitorBrowser(channel)


def test_asking_for_a_person_puts_the_visitor_in_line_once(vera: VisitorBrowser, channel: Channel) -> None:
    DeskSettings.objects.create(
        organisation=channel.organisation,
        hours={day: [["00:00", "24:00"]] for day in ("monday", "tuesday", "wednesday", "thursday", "friday")}
        | {"saturday": [["00:00", "24:00"]], "sunday": [["00:00", "24:00"]]},
    )
    colleague(channel.organisation, "Dora", is_available=True)
    first = vera.post("person").json()
    again = vera.post("person").json()

    assert first["queue"]["position"] == again["queue"]["position"] == 1
    assert first["queue"]["is_open_now"] is True
    assert (first["can_ask_for_person"], first["answer"], first["wants_address"]) == (False, None, False)
    assert Handoff.objects.get().reason == Handoff.Reason.ASKED
    assert [message["author"] for message in vera.get().json()["turns"]] == ["visitor", "notice"]


def test_asking_again_while_a_person_answers_changes_nothing(vera: VisitorBrowser, desk: Desk) -> None:
    services.reply(desk.actor, conversation_id=vera.conversation, text="Alice here.")

    assert vera.post("person").json()["is_with_person"] is True
    assert not Handoff.objects.exists()


def test_where_nobody_is_here_an_address_is_asked_for_and_kept(
    vera: VisitorBrowser, channel: Channel
) -> None:
    DeskSettings.objects.create(organisation=channel.organisation, **CLOSED)
    asked = vera.post("person").json()

    left = vera.post("contact", {"name": "Vera", "email": "vera@example.com"}).json()

    assert (asked["wants_address"], left["wants_address"]) == (True, False)
    contact = Contact.objects.get()
    assert (contact.name, contact.email, contact.is_verified) == ("Vera", "vera@example.com", False)
    assert Conversation.objects.get().visitor_name == "Vera"


def test_where_the_desk_is_open_but_empty_an_address_is_asked_for(
    vera: VisitorBrowser, channel: Channel
) -> None:
    DeskSettings.objects.create(
        organisation=channel.organisation, hours={day: [["00:00", "24:00"]] for day in DAYS}
    )

    asked = vera.post("person").json()

    assert asked["wants_address"] is True
    assert "No one is available right now" in asked["line"]


def notices_of(conversation_id: str) -> list[str]:
    notices = Message.objects.filter(conversation=conversation_id, author=Message.Author.NOTICE)
    return list(notices.order_by("ordinal").values_list("text", flat=True))


def test_whoever_left_an_address_before_is_not_asked_for_it(vera: VisitorBrowser, channel: Channel) -> None:
    DeskSettings.objects.create(organisation=channel.organisation, **CLOSED)
    vera.post("contact", {"email": "vera@example.com"})
    vera.post("person")
    Channel.objects.update(is_answered_by_bot=False)
    with_question = VisitorBrowser(channel, "Where is my tea?", email="wei@example.com")

    assert notices_of(vera.conversation) == notices_of(with_question.conversation)
    assert "e-mail" not in "".join(notices_of(vera.conversation))


@pytest.mark.parametrize(
    ("text", "email"),
    [
        ("vera@example.com", "vera@example.com"),
        ("我的邮箱是Vera.Li@Example.com，谢谢", "vera.li@example.com"),
        ("it is ｖｅｒａ＠example.com", "vera@example.com"),
        ("not a@example.com any more but b@example.com", ""),
        ("vera..li@example.com", ""),
        ("vera@home", ""),
    ],
)
def test_an_address_that_is_written_in_place_of_the_form_is_kept(
    vera: VisitorBrowser, channel: Channel, text: str, email: str
) -> None:
    DeskSettings.objects.create(organisation=channel.organisation, **CLOSED)
    vera.post("person")

    standing = vera.post("messages", {"text": text}).json()

    assert list(Contact.objects.values_list("email", flat=True)) == [email] * bool(email)
    assert standing["wants_address"] is not bool(email)


def test_an_address_that_nobody_asked_for_is_nobodys(vera: VisitorBrowser) -> None:
    vera.post("messages", {"text": "Is help@tea.example your address?"})

    assert not Contact.objects.exists()


def test_an_address_is_thanked_for_and_a_question_beside_it_is_looked_up(
    vera: VisitorBrowser, channel: Channel, desk: Desk
) -> None:
    DeskSettings.objects.create(organisation=channel.organisation, **CLOSED)

    def answered() -> str:
        desk.work(Conversation.objects.select_related("answer_job").get().answer_job)
        return desk.messages(Conversation.objects.get())[-1].text

    def answer_to(text: str) -> str:
        vera.post("messages", {"text": text})
        return answered()

    answered()
    vera.post("person")
    assert answer_to("My address is vera@example.com") == (
        "Thank you. We will write to you as soon as we are back."
    )
    assert "Thank you" not in answer_to("vera@example.com – do you sell bicycles?")


def test_an_unusable_address_is_said_so(vera: VisitorBrowser) -> None:
    answer = vera.post("contact", {"email": "vera"})

    assert (answer.status_code, list(answer.json()["error"]["fields"])) == (400, ["email"])


def test_a_visitor_cannot_change_what_the_shop_vouched_for(vera: VisitorBrowser, channel: Channel) -> None:
    visitor_id = Conversation.objects.get().visitor_id
    Contact.objects.create(
        organisation=channel.organisation,
        visitor_id=visitor_id,
        name="Vera",
        email="vera@shop.example",
        is_verified=True,
    )

    vera.post("contact", {"name": "Mallory", "email": "mallory@example.com"})

    assert Contact.objects.get().email == "vera@shop.example"


def test_a_question_left_while_nobody_answers_waits_with_the_address(channel: Channel) -> None:
    Channel.objects.update(is_answered_by_bot=False)
    DeskSettings.objects.create(organisation=channel.organisation, **CLOSED)
    assert '"is_closed": true' in Client().get(f"/c/{channel.slug}/").content.decode()

    vera = VisitorBrowser(channel, "Where is my tea?", visitor_name="Vera", email="vera@example.com")

    assert vera.opened.json()["queue"]["is_open_now"] is False
    assert vera.opened.json()["wants_address"] is False
    assert Handoff.objects.get().reason == Handoff.Reason.NO_BOT
    assert Contact.objects.get().email == "vera@example.com"


def test_that_solved_it_resolves_by_the_assistant_and_asks_for_a_rating(vera: VisitorBrowser) -> None:
    standing = vera.post("resolve").json()

    assert (standing["state"], standing["asks_for_rating"], standing["rating"]) == ("resolved", True, None)
    assert Conversation.objects.get().resolution == Conversation.Resolution.BOT


def test_a_shop_may_ask_for_no_ratings(vera: VisitorBrowser, channel: Channel) -> None:
    DeskSettings.objects.create(organisation=channel.organisation, asks_for_rating=False)

    assert vera.post("resolve").json()["asks_for_rating"] is False


def test_a_rating_can_be_changed_for_a_day(vera: VisitorBrowser) -> None:
    vera.post("resolve")
    vera.post("rating", {"score": 2, "comment": "Slow"})
    changed = vera.post("rating", {"score": 5}).json()

    assert changed["rating"] == {"score": 5, "comment": ""}
    with time_machine.travel(timezone.now() + timedelta(hours=25), tick=True):
        assert vera.post("rating", {"score": 1}).json()["error"]["code"] == "rating_is_final"
    assert Rating.objects.get().score == 5


def test_what_is_resolved_a_second_time_is_rated_anew(vera: VisitorBrowser) -> None:
    vera.post("resolve")
    vera.post("rating", {"score": 1})
    with time_machine.travel(timezone.now() + timedelta(days=3), tick=True):
        assert vera.post("messages", {"text": "Once more"}).json()["state"] == "open"
        assert vera.post("resolve").json()["rating"] is None
        assert vera.post("rating", {"score": 4}).status_code == 200
    assert Rating.objects.get().score == 4


@pytest.mark.parametrize("score", [0, 6, "many", None])
def test_only_one_to_five_is_a_rating(vera: VisitorBrowser, score: object) -> None:
    vera.post("resolve")

    assert vera.post("rating", {"score": score}).status_code == 400


def test_an_open_conversation_is_not_rated(vera: VisitorBrowser) -> None:
    assert vera.post("rating", {"score": 5}).json()["error"]["code"] == "not_resolved"


@pytest.mark.parametrize("action", ["person", "resolve", "rating", "contact", "attachments"])
def test_a_token_does_nothing_in_anothers_conversation(
    vera: VisitorBrowser, channel: Channel, action: str
) -> None:
    other = VisitorBrowser(channel)

    answer = vera.post(action, {"score": 1, "email": "v@example.com"}, conversation=other.conversation)

    assert answer.status_code in (404, 415)


@override_settings(REQUESTS_PER_MINUTE={"actor": 100, "visitor": 100, "visitor_start": 2})
def test_one_address_cannot_fill_a_channel_with_conversations(
    channel: Channel, rival_channel: Channel
) -> None:
    def start(of: Channel, **headers: str) -> int:
        body = {"channel": of.slug, "message": "Hello"}
        return (
            Client()
            .post(f"{ROOT}conversations/", body, content_type="application/json", headers=headers)
            .status_code
        )

    with time_machine.travel(timezone.now(), tick=False):
        # Without a trusted proxy in front, a forwarded address is only a claim.
        claimed = [start(channel, **{"X-Forwarded-For": f"10.0.0.{number}"}) for number in range(3)]
        assert claimed == [202, 202, 429]
        assert start(rival_channel) == 202


def test_a_beginning_whose_answer_was_lost_is_not_repeated(channel: Channel) -> None:
    key = {"Idempotency-Key": "5f" * 16}
    body = {"channel": channel.slug, "message": "Hello"}
    tokens = [
        Client().post(f"{ROOT}conversations/", body, content_type="application/json", headers=key).json()
        for _ in range(2)
    ]

    assert tokens[0]["conversation"] == tokens[1]["conversation"]
    assert Message.objects.count() == 1


def test_a_beginning_without_a_message_is_not_repeated_either(channel: Channel) -> None:
    """Files come first: the conversation opens without a word."""
    key = {"Idempotency-Key": "5f" * 16}

    def begin(**more: str) -> Any:
        body = {"channel": channel.slug, **more}
        return Client().post(f"{ROOT}conversations/", body, content_type="application/json", headers=key)

    first, second = begin(), begin()

    assert (first.status_code, second.status_code) == (202, 202)
    assert first.json()["conversation"] == second.json()["conversation"]
    assert Conversation.objects.count() == 1
    other = begin(message="Hello")
    assert (other.status_code, other.json()["error"]["code"]) == (409, "idempotency_conflict")
    assert begin(visitor_name="Somebody else").status_code == 409
    assert Conversation.objects.count() == 1


def test_the_key_of_a_message_begins_no_second_conversation_without_one(channel: Channel) -> None:
    key = {"Idempotency-Key": "5f" * 16}
    statuses = [
        Client()
        .post(f"{ROOT}conversations/", {"channel": channel.slug, **more}, "application/json", headers=key)
        .status_code
        for more in ({"message": "Hello"}, {})
    ]

    assert statuses == [202, 409]
    assert Conversation.objects.count() == 1


def test_a_key_that_can_be_guessed_opens_nobodys_conversation(channel: Channel) -> None:
    body = {"channel": channel.slug, "message": "Hello"}
    opened = [
        Client()
        .post(
            f"{ROOT}conversations/", body, content_type="application/json", headers={"Idempotency-Key": "1"}
        )
        .json()["conversation"]
        for _ in range(2)
    ]

    assert len(set(opened)) == 2
