"""Messages read by real embeddings and real classifiers; the scripted engine answers in the models' place."""

import pytest

from apps.core.errors import InvalidInput, NotFound
from apps.customer_service.conversations import services
from apps.customer_service.understanding import classifiers, intents
from apps.customer_service.understanding.intents import TRAIN_CLASSIFIERS
from apps.customer_service.understanding.models import ClassifierVersion, Intent, MessageUnderstanding
from apps.inference.models import Endpoint
from apps.jobs.models import Job
from domain.text.understanding.sentiment import Sentiment, next_trend
from tests.customer_service.conftest import Desk
from tests.customer_service.understanding_fixtures import INTENTS, learn, read

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_message_is_understood(desk: Desk, taught):
    understood = read(desk.open("Give me a refund for order A-1029 today, it is urgent"))

    assert understood.intent == "refund"
    assert understood.intent_confidence > 0
    assert understood.is_urgent
    assert understood.language == "en"
    assert {"kind": "order_number", "text": "A-1029", "value": "A-1029"} in understood.entities


@pytest.mark.slow
def test_training_reports_how_good_it_is(alice_actor, taught):
    version = classifiers.active_version(alice_actor.organisation, "intent")

    assert taught.state == Job.State.SUCCEEDED
    assert version.examples_count == 8
    assert 0 <= version.accuracy <= 1
    assert sum(map(sum, version.confusion["table"])) == 8


@pytest.mark.slow
def test_sentiment_works_without_examples_of_the_shop(desk: Desk, alice_actor, embedding):
    learn(alice_actor)

    understood = read(desk.open("This is the worst service I have ever had."))

    assert understood.sentiment == "negative"
    assert understood.trend < 0
    assert (understood.intent, understood.intent_confidence) == ("", None)


def test_the_trend_follows_the_conversation(desk: Desk, alice_actor, embedding):
    learn(alice_actor)
    first = desk.open("Nobody answers my emails, this is ridiculous.")
    second = desk.ask(first.conversation, "You sent me the wrong item again.")

    last = read(second)

    assert last.trend < MessageUnderstanding.objects.get(message=first.message).trend


def test_the_mood_of_a_settled_matter_is_not_that_of_the_next(desk: Desk, alice_actor, embedding):
    learn(alice_actor)
    first = desk.open("Nobody answers my emails, this is ridiculous.")
    assert read(first).trend < 0
    services.resolve(desk.actor, conversation_id=first.conversation.pk)

    again = desk.ask(first.conversation, "Thank you so much, that solved it!")

    assert read(again).trend == next_trend(0.0, Sentiment.POSITIVE)


def test_the_first_message_asks_for_training_and_is_read_after_it(desk: Desk, alice_actor, embedding):
    received = desk.open("Thank you so much, that solved it!")

    assert read(received) is None
    learn(alice_actor)

    assert MessageUnderstanding.objects.get(message=received.message).sentiment == "positive"


def test_reading_twice_leaves_one_row(desk: Desk, taught):
    received = desk.open("where is my parcel")

    assert read(received).pk == read(received).pk


def test_two_requests_make_one_training(alice_actor, embedding):
    assert intents.request_training(alice_actor) == intents.request_training(alice_actor)
    assert Job.objects.filter(kind=TRAIN_CLASSIFIERS.name).count() == 1


def test_another_embedding_model_makes_the_old_classifier_useless(desk: Desk, taught, embedding, alice_actor):
    Endpoint.objects.filter(pk=embedding.pk).update(model="another")
    classifiers.models_of.clear_candidates()

    assert read(desk.open("where is my parcel")) is None
    assert Job.objects.filter(kind=TRAIN_CLASSIFIERS.name, state=Job.State.QUEUED).exists()


@pytest.mark.slow
def test_an_earlier_version_can_be_restored(alice_actor, taught):
    first = classifiers.active_version(alice_actor.organisation, "intent")
    learn(alice_actor)
    assert classifiers.active_version(alice_actor.organisation, "intent").number == 2

    intents.restore_version(alice_actor, version_id=first.pk)

    assert classifiers.active_version(alice_actor.organisation, "intent") == first


def test_a_stranger_cannot_restore_it(bob_actor, alice_actor, taught):
    version = classifiers.active_version(alice_actor.organisation, "intent")

    with pytest.raises(NotFound):
        intents.restore_version(bob_actor, version_id=version.pk)


@pytest.mark.slow
def test_old_versions_make_room(alice_actor, taught, monkeypatch):
    monkeypatch.setattr(classifiers, "KEPT_VERSIONS", 1)
    learn(alice_actor)

    assert ClassifierVersion.objects.filter(purpose="intent").count() == 1


@pytest.mark.parametrize(
    ("name", "examples", "field"),
    [
        ("", ["one", "two"], "name"),
        ("refund", ["one", "two"], "name"),
        ("other", ["only one"], "examples"),
        ("other", ["one", "x" * 501], "examples"),
    ],
)
def test_an_unusable_intent_says_which_field_and_why(alice_actor, name, examples, field):
    intents.save_intent(alice_actor, name="refund", examples=INTENTS["refund"])

    with pytest.raises(InvalidInput) as refused:
        intents.save_intent(alice_actor, name=name, examples=examples)

    assert list(refused.value.fields) == [field]


def test_the_same_example_twice_is_one(alice_actor):
    intent = intents.save_intent(
        alice_actor, name="refund", examples=["money back", " money back ", "refund"]
    )

    assert intent.examples.count() == 2


def test_a_deleted_intent_takes_its_examples_along(alice_actor):
    intent = intents.save_intent(alice_actor, name="refund", examples=INTENTS["refund"])

    intents.delete_intent(alice_actor, intent_id=intent.pk)

    assert not Intent.objects.exists()
    assert Job.objects.filter(kind=TRAIN_CLASSIFIERS.name).exists()


def test_messages_do_not_pile_up_failing_trainings(desk: Desk, embedding, alice_actor):
    read(desk.open("where is my parcel"))
    Job.objects.filter(kind=TRAIN_CLASSIFIERS.name).update(max_attempts=1)
    Endpoint.objects.filter(pk=embedding.pk).update(is_enabled=False)
    classifiers.models_of.clear_candidates()
    assert learn(alice_actor).state == Job.State.FAILED
    Endpoint.objects.filter(pk=embedding.pk).update(is_enabled=True)
    classifiers.models_of.clear_candidates()

    read(desk.open("hello?"))

    assert Job.objects.filter(kind=TRAIN_CLASSIFIERS.name).count() == 1


def test_without_an_embedding_endpoint_nothing_is_asked_for(desk: Desk):
    assert read(desk.open("where is my parcel")) is None
    assert not Job.objects.filter(kind=TRAIN_CLASSIFIERS.name).exists()
