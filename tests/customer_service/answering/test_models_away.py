"""Three in the morning: no model answers, and still no visitor reads an error."""

from typing import Any

import pytest

from apps.customer_service.conversations.models import Citation, Conversation, Message
from apps.customer_service.handoff.models import Handoff
from apps.inference import breaker
from apps.inference.models import Endpoint
from apps.jobs.models import Job
from apps.knowledge.models import Passage
from tests.customer_service.answering.test_answer_message import streamed
from tests.customer_service.conftest import Desk
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db

DELIVERY = "Delivery inside the city takes two to four working days and costs 12 yuan."
BROKEN = {
    "down": {"status": 500},
    "refuses its key": {"status": 401},
    "cut": {"text": "Delivery takes a week and", "cut_after": 3},
    "invalid JSON": {"garbage_after": 2, "cut_after": 3},
    "repeats for ever": {"repeat": "over and over again "},
    "wrong form": {"text": '{"action": "dance"}'},
}


def bot_messages(desk: Desk, conversation: Conversation) -> list[Message]:
    return [message for message in desk.messages(conversation) if message.author == Message.Author.BOT]


@pytest.mark.parametrize("script", BROKEN.values(), ids=BROKEN)
def test_visitors_get_the_passages_at_once(
    desk: Desk, engine: ScriptedEngine, script: dict[str, Any]
) -> None:
    asked = desk.open("How long does delivery inside the city take?")
    engine.script(script)

    job = desk.work(asked.job)

    assert (job.state, job.attempt) == (Job.State.SUCCEEDED, 1)
    [answer] = bot_messages(desk, asked.conversation)
    assert (answer.source, answer.is_unanswered) == ("passages", False)
    assert f"“{DELIVERY}” [1]" in answer.text
    assert answer.unsupported_count == 0
    citation = Citation.objects.get(message=answer, number=1)
    assert citation.quote == DELIVERY
    assert not Handoff.objects.exists()


def test_what_a_dying_model_had_written_is_taken_back(desk: Desk, engine: ScriptedEngine) -> None:
    asked = desk.open("How long does delivery inside the city take?")
    engine.script({"text": "Delivery takes a week and", "cut_after": 3})

    job = desk.work(asked.job)

    kinds = [kind for kind, _ in streamed(job)]
    after = streamed(job)[kinds.index("restart") :]
    text = "".join(body["text"] for kind, body in after if kind == "delta")
    assert "a week" not in text
    assert text == bot_messages(desk, asked.conversation)[0].text


def test_at_most_two_passages_are_quoted(desk: Desk, engine: ScriptedEngine) -> None:
    assert Passage.objects.count() > 2
    engine.script({"status": 500})
    asked = desk.open("Delivery, returned tea and gift wrapping of orders?")

    desk.work(asked.job)

    assert bot_messages(desk, asked.conversation)[0].citations.count() == 2


def test_without_passages_a_person_gets_a_ticket(desk: Desk, engine: ScriptedEngine) -> None:
    Endpoint.objects.update(url="http://127.0.0.1:9", provider="compatible")
    Passage.objects.all().delete()
    asked = desk.open("How long does delivery take?")

    desk.work(asked.job)

    # Nothing to read: no model was needed to know that.
    [answer] = bot_messages(desk, asked.conversation)
    assert answer.is_unanswered


def test_passages_twice_in_a_row_call_a_person(desk: Desk, engine: ScriptedEngine) -> None:
    asked = desk.open("How long does delivery inside the city take?")
    engine.script({"status": 500}, {"status": 500})
    desk.work(asked.job)
    assert not Handoff.objects.exists()

    desk.work(desk.ask(asked.conversation, "Who pays for tea that is returned?").job)

    handoff = Handoff.objects.get()
    assert (handoff.reason, handoff.detail) == ("models_away", "models_away")
    second = bot_messages(desk, asked.conversation)[1]
    assert second.source == "passages"
    assert second.text.endswith("Our staff will also look at your question.")


def test_an_open_breaker_is_no_reason_to_wait(desk: Desk, engine: ScriptedEngine) -> None:
    engine.script(*[{"status": 500}] * breaker.FAILURES_IN_A_ROW)
    for _ in range(breaker.FAILURES_IN_A_ROW + 1):
        asked = desk.open("How long does delivery inside the city take?")
        assert desk.work(asked.job).state == Job.State.SUCCEEDED

    assert len(engine.requests()) == breaker.FAILURES_IN_A_ROW
    assert bot_messages(desk, asked.conversation)[0].source == "passages"


def test_a_busy_model_is_waited_for_and_only_then_done_without(desk: Desk, engine: ScriptedEngine) -> None:
    asked = desk.open("How long does delivery inside the city take?")
    engine.script({"status": 429}, {"status": 429})

    first = desk.work(asked.job)
    assert first.state == Job.State.QUEUED
    Job.objects.filter(pk=first.pk).update(max_attempts=2, available_at=first.created_at)
    second = desk.work(asked.job)

    assert second.state == Job.State.SUCCEEDED
    assert bot_messages(desk, asked.conversation)[0].source == "passages"
