"""The language model is asked about an intent only where the fast path is unsure."""

import json

import pytest

from apps.customer_service.conversations import services
from apps.customer_service.staff.models import DeskSettings
from apps.customer_service.understanding import corrections, low_confidence
from apps.customer_service.understanding.low_confidence import CHOOSE_INTENTS
from apps.customer_service.understanding.models import ClassifierVersion, MessageUnderstanding
from apps.inference.models import Endpoint, Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from tests.customer_service.conftest import Desk
from tests.customer_service.understanding_fixtures import read
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def unsure_of_everything(taught):
    ClassifierVersion.objects.filter(purpose="intent").update(threshold=1.0)


@pytest.fixture
def chosen(engine: ScriptedEngine) -> ScriptedEngine:
    """A model that somebody set up for structured output."""
    Endpoint.objects.filter(name="engine").update(purpose=Purpose.EXTRACTION)
    low_confidence.models_of.clear_candidates()
    return engine


def second_looks():
    return Job.objects.filter(kind=CHOOSE_INTENTS.name)


def looked_again(received) -> MessageUnderstanding:
    job = second_looks().get()
    runs.execute(job.pk)
    job.refresh_from_db()
    assert job.state == Job.State.SUCCEEDED, job.error_code
    return MessageUnderstanding.objects.get(message=received.message)


def test_the_model_chooses_among_the_likeliest_intents(
    desk: Desk, unsure_of_everything, chosen: ScriptedEngine
):
    received = desk.open("something about my parcel and money")
    read(received)
    chosen.script({"text": json.dumps({"intent": "refund"})})

    understood = looked_again(received)

    assert (understood.intent, understood.intent_source) == ("refund", "model")
    body = chosen.requests()[0]["body"]
    schema = body["response_format"]["json_schema"]["schema"]
    assert set(schema["properties"]["intent"]["enum"]) == {"refund", "delivery", "none"}
    assert '<intent name="refund">' in body["messages"][1]["content"]


def test_none_is_an_answer_and_is_not_asked_for_again(
    desk: Desk, unsure_of_everything, chosen: ScriptedEngine
):
    received = desk.open("what a day")
    read(received)
    chosen.script({"text": json.dumps({"intent": "none"})})

    understood = looked_again(received)

    assert (understood.intent, understood.intent_source) == ("", "model")
    read(desk.open("where is my parcel"))
    assert low_confidence._low_confidence_rows(ClassifierVersion.objects.get(purpose="intent")).count() == 1


def test_one_job_looks_at_all_of_them(desk: Desk, unsure_of_everything, chosen):
    read(desk.open("something about my parcel"))
    read(desk.open("something about my money"))

    assert second_looks().count() == 1


def test_a_sure_verdict_is_left_alone(desk: Desk, taught, chosen):
    ClassifierVersion.objects.filter(purpose="intent").update(threshold=0.0)

    read(desk.open("where is my parcel"))

    assert not second_looks().exists()


def test_the_shop_may_say_no(desk: Desk, alice_actor, unsure_of_everything, chosen):
    DeskSettings.objects.create(organisation=alice_actor.organisation, asks_model_when_unsure=False)

    read(desk.open("where is my parcel"))

    assert not second_looks().exists()


def test_a_model_for_chat_alone_is_not_asked(desk: Desk, unsure_of_everything, engine):
    read(desk.open("where is my parcel"))

    assert not second_looks().exists()


def test_a_correction_by_staff_stands(desk: Desk, alice_actor, unsure_of_everything, chosen: ScriptedEngine):
    received = desk.open("something about my parcel")
    read(received)
    corrections.correct_understanding(alice_actor, message_id=received.message.pk, intent="delivery")

    assert looked_again(received).intent == "delivery"
    assert chosen.requests() == []


def test_a_settled_conversation_is_not_looked_at(desk: Desk, alice_actor, unsure_of_everything, chosen):
    received = desk.open("something about my parcel")
    services.resolve(alice_actor, conversation_id=received.conversation.pk)

    read(received)

    assert not second_looks().exists()


def test_failing_looks_do_not_pile_up(desk: Desk, unsure_of_everything, chosen):
    read(desk.open("something about my parcel"))
    Endpoint.objects.filter(name="engine").update(url="http://127.0.0.1:9/v1")
    low_confidence.models_of.clear_candidates()
    runs.execute(second_looks().get().pk)
    assert second_looks().get().state == Job.State.FAILED

    read(desk.open("something about my money"))

    assert second_looks().count() == 1
