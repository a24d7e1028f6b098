"""What staff put right about a message, and what is carried over to its conversation."""

import pytest

from apps.core import redis_client
from apps.core.errors import Conflict, InvalidInput
from apps.customer_service.conversations import activity, selectors, services
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.staff.models import DeskSettings
from apps.customer_service.understanding import classifiers, corrections, intents
from apps.customer_service.understanding.intents import TRAIN_CLASSIFIERS
from apps.customer_service.understanding.models import (
    Intent,
    IntentExample,
    MessageUnderstanding,
    SentimentExample,
)
from apps.customer_service.understanding.resources import SENTIMENT_EXAMPLES
from apps.jobs.models import Job
from apps.resources import services as resources
from tests.customer_service.conftest import Desk
from tests.customer_service.understanding_fixtures import learn, read

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def trainings() -> int:
    return Job.objects.filter(kind=TRAIN_CLASSIFIERS.name, state=Job.State.QUEUED).count()


def stored(received) -> Conversation:
    return Conversation.objects.get(pk=received.conversation.pk)


def test_the_conversation_carries_the_trend_and_whether_it_is_urgent(desk: Desk, taught):
    received = desk.open("This is the worst service, I need a refund immediately")
    redis_client.synchronous().delete(activity.FEED.key(received.conversation.organisation_id))

    understood = read(received)

    assert stored(received).trend == understood.trend < 0
    assert stored(received).is_urgent
    told = redis_client.synchronous().xrange(activity.FEED.key(received.conversation.organisation_id))
    assert [fields[b"a"].decode() for _, fields in told] == [f"moved {received.conversation.pk}"]


def test_what_was_urgent_before_it_was_resolved_is_not_urgent_now(desk: Desk, alice_actor, taught):
    received = desk.open("I need a refund immediately")
    read(received)
    services.resolve(alice_actor, conversation_id=received.conversation.pk)

    read(desk.ask(received.conversation, "where is my parcel"))

    assert not stored(received).is_urgent


def test_products_of_the_shop_are_entities(desk: Desk, alice_actor, taught):
    DeskSettings.objects.create(organisation=alice_actor.organisation, products=["Green tea | 绿茶"])

    understood = read(desk.open("绿茶什么时候发货?"))

    assert understood.entities == [{"kind": "product", "text": "绿茶", "value": "Green tea"}]


def test_a_corrected_intent_becomes_an_example_and_is_learnt_once(desk: Desk, alice_actor, taught):
    received = desk.open("the courier never rang my bell")
    read(received)

    corrected = corrections.correct_understanding(
        alice_actor, message_id=received.message.pk, intent="delivery"
    )
    corrections.correct_understanding(alice_actor, message_id=received.message.pk, intent="delivery")

    assert (corrected.intent, corrected.intent_source) == ("delivery", "staff")
    assert IntentExample.objects.filter(text=received.message.text).count() == 1
    assert trainings() == 1


def test_an_example_belongs_to_one_intent(desk: Desk, alice_actor, taught):
    received = desk.open("I want my money back")
    read(received)

    corrections.correct_understanding(alice_actor, message_id=received.message.pk, intent="delivery")

    assert IntentExample.objects.get(text="I want my money back").intent.name == "delivery"


def test_none_of_the_intents_takes_the_example_away(desk: Desk, alice_actor, taught):
    received = desk.open("I want my money back")
    read(received)

    corrected = corrections.correct_understanding(alice_actor, message_id=received.message.pk, intent="")

    assert corrected.intent == ""
    assert not IntentExample.objects.filter(text="I want my money back").exists()


def test_a_full_intent_takes_no_more_examples(desk: Desk, alice_actor, taught, monkeypatch):
    monkeypatch.setattr(intents, "MAX_EXAMPLES", 4)
    received = desk.open("the courier never rang my bell")
    read(received)

    corrected = corrections.correct_understanding(
        alice_actor, message_id=received.message.pk, intent="delivery"
    )

    assert corrected.intent == "delivery"
    assert IntentExample.objects.filter(intent__name="delivery").count() == 4
    assert trainings() == 0


def test_what_belongs_elsewhere_is_no_intent_but_teaches(desk: Desk, alice_actor, taught):
    intents.save_intent(
        alice_actor, name="chatter", examples=["how are you", "tell me a joke"], is_out_of_scope=True
    )
    received = desk.open("do you like cats")
    read(received)

    corrected = corrections.correct_understanding(
        alice_actor, message_id=received.message.pk, intent="chatter"
    )

    assert corrected.intent == ""
    assert Intent.objects.get(name="chatter").examples.filter(text="do you like cats").exists()


def test_a_corrected_mood_bends_the_trend_of_all_after_it(desk: Desk, alice_actor, taught):
    first = desk.open("You sent me the wrong item again, this is ridiculous.")
    read(first)
    last = read(desk.ask(first.conversation, "Nobody answers my emails."))

    corrections.correct_understanding(alice_actor, message_id=first.message.pk, sentiment="positive")

    again = MessageUnderstanding.objects.get(pk=last.pk)
    assert again.trend > last.trend
    assert stored(first).trend == again.trend
    assert SentimentExample.objects.get().sentiment == "positive"


def test_every_correction_makes_open_pages_draw_the_conversation_anew(desk: Desk, alice_actor, taught):
    received = desk.open("the courier never rang my bell")
    read(received)
    seen = [selectors.page_version(received.conversation)]
    for intent, sentiment in (("delivery", "neutral"), ("refund", "neutral"), ("refund", "negative")):
        corrections.correct_understanding(
            alice_actor, message_id=received.message.pk, intent=intent, sentiment=sentiment
        )
        seen.append(selectors.page_version(received.conversation))

    assert len(set(seen)) == 4


def judge(actor, **values):
    return resources.save(actor, SENTIMENT_EXAMPLES, values)


def test_the_shops_judgement_of_a_mood_is_learnt(desk: Desk, alice_actor, taught):
    text = "That is just how my grandmother would have brewed it"
    for _ in range(2):
        judge(alice_actor, text=text, sentiment="positive")
    learn(alice_actor)

    assert (text, "positive") in classifiers.sentiment_rows(alice_actor.organisation)
    assert read(desk.open(text)).sentiment == "positive"
    assert SentimentExample.objects.count() == 1


def test_the_oldest_mood_makes_room(alice_actor, monkeypatch):
    monkeypatch.setattr(corrections, "MAX_SENTIMENT_EXAMPLES", 2)

    for text in ("one", "two", "three"):
        judge(alice_actor, text=text, sentiment="neutral")

    assert set(SentimentExample.objects.values_list("text", flat=True)) == {"two", "three"}


def test_only_what_was_read_can_be_corrected(desk: Desk, alice_actor, bob_actor, taught):
    received = desk.open("where is my parcel")
    with pytest.raises(Conflict):
        corrections.correct_understanding(alice_actor, message_id=received.message.pk, sentiment="neutral")
    read(received)

    with pytest.raises(InvalidInput) as refused:
        corrections.correct_understanding(alice_actor, message_id=received.message.pk, intent="unheard of")
    with pytest.raises(Conflict):
        corrections.correct_understanding(bob_actor, message_id=received.message.pk, sentiment="neutral")

    assert list(refused.value.fields) == ["intent"]


def test_a_click_in_a_messages_menu_corrects_it(desk: Desk, alice_browser, taught):
    received = desk.open("the courier never rang my bell")
    read(received)
    address = f"/conversations/messages/{received.message.pk}/"
    assert f'hx-get="{address}"' in alice_browser.get(f"/conversations/{received.conversation.pk}/").text

    menu = alice_browser.get(address).text
    badges = alice_browser.post(address, {"intent": "delivery"})

    assert 'value="refund"' in menu
    assert 'value="negative"' in menu
    assert ">delivery<" in badges.text
    assert alice_browser.post(address, {"sentiment": "furious"}).status_code == 400


def test_judged_messages_are_listed_and_deleted(alice_browser, alice_actor):
    page = "/conversations/intents/sentiment/"
    assert "No examples yet" in alice_browser.get(page).text
    example = judge(alice_actor, text="well, thanks a lot", sentiment="negative")

    assert "well, thanks a lot" in alice_browser.get(page).text
    alice_browser.post(f"{page}{example.pk}/delete/")

    assert not SentimentExample.objects.exists()


def test_the_api_corrects_and_keeps_examples(desk: Desk, alice_api, taught):
    received = desk.open("the courier never rang my bell")
    read(received)
    address = f"/api/v1/messages/{received.message.pk}/understanding/"
    options = {"content_type": "application/json"}

    corrected = alice_api.patch(address, {"intent": "delivery", "sentiment": "negative"}, **options)

    assert corrected.json()["intent_source"] == "staff"
    assert corrected.json()["sentiment"] == "negative"
    listed = alice_api.get("/api/v1/sentiment-examples/").json()["results"]
    assert [example["text"] for example in listed] == [received.message.text]
    made = alice_api.post_json("/api/v1/sentiment-examples/", {"text": "fine", "sentiment": "neutral"})
    assert alice_api.delete(f"/api/v1/sentiment-examples/{made.json()['id']}/").status_code == 204


def test_a_stranger_corrects_nothing(desk: Desk, bob_api, alice_actor, taught):
    received = desk.open("where is my parcel")
    read(received)
    example = judge(alice_actor, text="fine", sentiment="neutral")

    address = f"/api/v1/messages/{received.message.pk}/understanding/"
    refused = bob_api.patch(address, {"sentiment": "neutral"}, content_type="application/json")

    assert refused.status_code == 404
    assert bob_api.delete(f"/api/v1/sentiment-examples/{example.pk}/").status_code == 404
