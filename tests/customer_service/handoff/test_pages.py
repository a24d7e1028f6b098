"""The queue, the agents, the desk's settings and the card beside a conversation."""

from datetime import timedelta

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import timezone

from apps.accounts.models import Membership
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.handoff import services as handoff
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff.models import Agent, DeskSettings
from tests.customer_service.conftest import Desk
from tests.customer_service.handoff_fixtures import colleague, understood

QUEUE = "/conversations/queue/"
SETTINGS = "/conversations/settings/"
PARTIAL = {"HX-Request": "true"}


def handed_over(desk: Desk, text: str = "Where is my parcel?", **fields: object) -> Handoff:
    conversation = desk.open(text).conversation
    return handoff.hand_off(desk.actor, conversation_id=conversation.pk, **fields)  # type: ignore[arg-type]


def shown(browser: Client, url: str = QUEUE) -> str:
    return browser.get(url).content.decode()


def test_an_empty_queue_says_what_it_is_for(alice_browser: Client) -> None:
    assert "No one is waiting" in shown(alice_browser)


def test_the_queue_shows_who_waits_why_and_for_whom(
    alice_browser: Client, desk: Desk, dora: Membership
) -> None:
    waiting = handed_over(desk, reason="keyword", detail="wholesale")
    handoff.assign(desk.actor, conversation_id=waiting.conversation_id, member_id=dora.pk)

    page = shown(alice_browser)

    for words in ("Vera", "Where is my parcel?", "handoff keyword", "wholesale", "Dora"):
        assert words in page


def test_who_waits_longer_than_promised_is_marked(alice_browser: Client, desk: Desk) -> None:
    handed_over(desk)
    Handoff.objects.update(due_at=timezone.now() - timedelta(minutes=1))

    page = shown(alice_browser)

    assert "data-late" in page
    assert "1 overdue" in page


@pytest.mark.slow
def test_the_queue_needs_as_many_queries_for_twenty_as_for_one(
    alice_browser: Client, desk: Desk, django_assert_max_num_queries: object
) -> None:
    for _ in range(20):
        handed_over(desk)

    with django_assert_max_num_queries(13):  # type: ignore[operator]
        shown(alice_browser)


def test_the_queue_is_sent_again_only_when_it_moved(alice_browser: Client, desk: Desk) -> None:
    handed_over(desk)
    page = alice_browser.get(QUEUE)

    unchanged = alice_browser.get(QUEUE, {"seen": page.context["seen"]}, headers=PARTIAL)
    handed_over(desk)
    changed = alice_browser.get(QUEUE, {"seen": page.context["seen"]}, headers=PARTIAL)

    assert (unchanged.status_code, changed.status_code) == (204, 200)
    assert "<html" not in changed.content.decode()


def test_taking_leads_into_the_conversation(alice_browser: Client, desk: Desk) -> None:
    waiting = handed_over(desk)

    answer = alice_browser.post(f"/conversations/{waiting.conversation_id}/take/")

    assert answer.headers["Location"] == f"/conversations/{waiting.conversation_id}/"
    assert Conversation.objects.get().handled_by == desk.actor.member


def test_the_queue_shows_what_somebody_took_who_is_away(
    alice_browser: Client, desk: Desk, dora: Membership
) -> None:
    conversation = desk.open("Hello?").conversation
    Conversation.objects.update(answered_by="person", answer_job=None, handled_by=dora, assigned_to=dora)
    Agent.objects.update(is_available=False)

    page = shown(alice_browser)

    assert "Dora took it and is away" in page
    assert f"/conversations/{conversation.pk}/take/" in page


def test_words_of_visitors_are_escaped(alice_browser: Client, desk: Desk) -> None:
    handed_over(desk, "<b>bold</b>", detail="<i>x</i>")

    page = shown(alice_browser)

    assert "<b>bold" not in page
    assert "<i>x" not in page


def test_the_switch_says_that_one_is_here(alice_browser: Client, desk: Desk) -> None:
    alice_browser.post("/conversations/agents/me/", {"is_available": "1", "next": SETTINGS})
    assert Agent.objects.get(member=desk.actor.member).is_available
    assert "Online" in shown(alice_browser)

    for elsewhere in ("https://evil.example/", "//evil.example/", "nonsense", "no:page"):
        answer = alice_browser.post("/conversations/agents/me/", {"is_available": "0", "next": elsewhere})
        assert not Agent.objects.get(member=desk.actor.member).is_available
        assert answer.headers["Location"] == QUEUE


def test_agents_are_listed_and_changed(alice_browser: Client, desk: Desk) -> None:
    member = colleague(desk.actor.organisation, "Dora")

    refused = alice_browser.post(f"/conversations/agents/{member.pk}/", {"capacity": "0"})
    assert refused.status_code == 200

    alice_browser.post(
        f"/conversations/agents/{member.pk}/",
        {"is_available": "on", "skills": "returns\nteapots", "capacity": "3"},
    )
    page = shown(alice_browser, "/conversations/agents/")

    for words in ("Dora", "returns", "teapots", "0 of 3"):
        assert words in page


def settings_form(**changes: object) -> dict[str, object]:
    chosen = {
        "monday": "09:00-12:00, 13:30-18:00",
        "holidays": "2027-01-01\n2027-02-17",
        "time_zone": "Europe/Berlin",
        "assignment": "automatic",
        "handoff_keywords": "wholesale\n批发",
        "hands_off_sensitive": "on",
        "unanswered_before_handoff": "3",
        "reply_minutes": "20",
        "resolves_after_hours": "48",
        "conversations_kept_days": "365",
        "products": "",
        "minutes_per_conversation": "5.5",
        "cost_per_hour": "40",
        "currency": "EUR",
    }
    return chosen | changes


def test_the_settings_are_kept_as_they_were_written(alice_browser: Client, desk: Desk) -> None:
    answer = alice_browser.post(SETTINGS, settings_form())

    assert answer.headers["Location"] == SETTINGS
    chosen = DeskSettings.objects.get()
    assert chosen.hours == {"monday": [["09:00", "12:00"], ["13:30", "18:00"]]}
    assert chosen.holidays == ["2027-01-01", "2027-02-17"]
    assert chosen.handoff_keywords == ["wholesale", "批发"]
    assert chosen.conversations_kept_days == 365
    assert (chosen.hands_off_sensitive, chosen.hands_off_negative) == (True, False)
    page = shown(alice_browser, SETTINGS)
    assert 'value="09:00-12:00, 13:30-18:00"' in page
    assert "wholesale\n批发" in page


@pytest.mark.parametrize(
    "mistake",
    [
        {"monday": "nine to five"},
        {"monday": "09:00-12:00, 11:00-13:00"},
        {"holidays": "1 May"},
        {"time_zone": "Middle-earth/Shire"},
        {"reply_minutes": "0"},
        {"unanswered_before_handoff": "99"},
        {"handoff_keywords": "x" * 61},
    ],
    ids=lambda mistake: next(iter(mistake)),
)
def test_a_mistake_is_shown_beside_its_field_and_nothing_is_lost(
    alice_browser: Client, desk: Desk, mistake: dict[str, str]
) -> None:
    answer = alice_browser.post(SETTINGS, settings_form(**mistake))

    assert answer.status_code == 200
    (name,) = mistake
    assert list(answer.context["form"].errors) == [name]
    assert mistake[name] in answer.content.decode()
    assert not DeskSettings.objects.exists()


def card(desk: Desk, conversation: Conversation) -> str:
    request = RequestFactory().get("/")
    template = Template("{% load desk %}{% handoff_card conversation %}")
    return template.render(Context({"conversation": conversation, "actor": desk.actor, "request": request}))


def test_the_card_says_why_since_when_and_what_is_known(desk: Desk, dora: Membership) -> None:
    conversation = desk.open("Where is order A-1029?").conversation
    entity = {"kind": "order", "text": "A-1029", "value": "A-1029"}
    understood(
        conversation, "Where is order A-1029?", intent="delivery", sentiment="negative", entities=[entity]
    )
    handoff.hand_off(desk.actor, conversation_id=conversation.pk, reason="asked", detail="talk to a human")

    text = card(desk, Conversation.objects.get())

    for words in (
        "visitor asked for staff",
        "talk to a human",
        "no. 1 in queue",
        "delivery",
        "A-1029",
    ):
        assert words in text
    assert "Dora" in text


def test_the_card_of_what_the_bot_answers_offers_the_queue(desk: Desk) -> None:
    asked = desk.open("Hello")

    assert f"/conversations/{asked.conversation.pk}/hand-off/" in card(desk, asked.conversation)


def test_nothing_is_offered_once_it_is_resolved(desk: Desk) -> None:
    asked = desk.open("Hello")
    conversation = services.resolve(desk.actor, conversation_id=asked.conversation.pk)

    assert card(desk, conversation).strip() == ""


def test_the_buttons_of_the_card_lead_back(alice_browser: Client, desk: Desk, dora: Membership) -> None:
    url = f"/conversations/{desk.open('Hello').conversation.pk}/"

    assert alice_browser.post(f"{url}hand-off/").headers["Location"] == url
    assert alice_browser.post(f"{url}assign/", {"member": str(dora.pk)}).headers["Location"] == url
    assert Conversation.objects.get().assigned_to == dora


def test_a_stranger_finds_nothing_of_it(bob_browser: Client, desk: Desk, dora: Membership) -> None:
    waiting = handed_over(desk)

    for action in ("take", "hand-off", "assign"):
        assert bob_browser.post(f"/conversations/{waiting.conversation_id}/{action}/").status_code == 404
    assert bob_browser.get(f"/conversations/agents/{dora.pk}/").status_code == 404
    assert "Vera" not in shown(bob_browser)
