"""Long conversations: older messages are summed up, truthfully, and prompts stay short."""

import pytest

from apps.customer_service.answering import summaries
from apps.customer_service.answering.summaries import SUMMARISE_CONVERSATION
from apps.customer_service.conversations import selectors, services
from apps.customer_service.conversations.models import Conversation
from apps.jobs import runs
from apps.jobs.models import Job
from llm_backend.tokens import count_tokens
from tests.conftest import ApiClient
from tests.customer_service.conftest import Desk
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

QUESTION = "How long does delivery of order TH-2041 inside the city take?"
ANSWER = "Delivery inside the city takes two to four working days [1]."
SUMMARY = (
    "The visitor asked how long delivery of order TH-2041 inside the city takes: two to four working days."
)


def talk(desk: Desk, engine: ScriptedEngine, exchanges: int) -> Conversation:
    """So many questions, each answered."""
    conversation = None
    for _ in range(exchanges):
        engine.script({"text": ANSWER})
        asked = desk.ask(conversation, QUESTION) if conversation else desk.open(QUESTION)
        desk.work(asked.job)
        conversation = asked.conversation
    assert conversation
    return Conversation.objects.get(pk=conversation.pk)


def summary_jobs() -> list[Job]:
    return list(Job.objects.filter(kind=SUMMARISE_CONVERSATION.name))


def summarised(engine: ScriptedEngine, conversation: Conversation, written: str) -> Conversation:
    [job] = summary_jobs()
    engine.script({"text": written})
    runs.execute(job.pk)
    assert Job.objects.get(pk=job.pk).state == Job.State.SUCCEEDED
    return Conversation.objects.get(pk=conversation.pk)


def test_a_short_conversation_needs_no_summary(desk: Desk, engine: ScriptedEngine) -> None:
    talk(desk, engine, 2)

    assert summary_jobs() == []


def test_a_long_one_is_summed_up_once_in_the_background(desk: Desk, engine: ScriptedEngine) -> None:
    conversation = talk(desk, engine, 6)

    conversation = summarised(engine, conversation, SUMMARY)

    assert conversation.summary == SUMMARY
    assert 0 < conversation.summary_through < conversation.message_count


def test_few_but_long_messages_are_long_too(desk: Desk, engine: ScriptedEngine) -> None:
    asked = desk.open("How long does delivery take? " + "I have a long story to tell. " * 80)
    desk.work(asked.job)
    assert summary_jobs() == []

    desk.work(desk.ask(asked.conversation, QUESTION).job)

    assert len(summary_jobs()) == 1


def test_prompts_hold_the_summary_and_stay_in_their_budget(desk: Desk, engine: ScriptedEngine) -> None:
    long = " ".join(f"{SUMMARY} {QUESTION}" for _ in range(4))
    conversation = summarised(engine, talk(desk, engine, 6), long)
    asked = desk.ask(conversation, "And what does it cost?")

    earlier = summaries.earlier(selectors.exchange(conversation.pk))
    desk.work(asked.job)

    assert count_tokens(earlier) <= 20 + (
        summaries.SHOWN_SUMMARY_TOKENS + summaries.SHOWN_MESSAGES * summaries.SHOWN_MESSAGE_TOKENS
    )
    prompt = engine.requests()[-1]["body"]["messages"][-1]["content"]
    assert "summary: The visitor asked how long delivery" in prompt


@pytest.mark.parametrize(
    "invented",
    [
        "Order TH-9999 is lost.",
        "The delivery takes 40 days.",
        "The visitor asked for a delivery by Schmidt.",
        "Elephants like bananas.",
    ],
)
def test_what_nobody_said_is_left_out(desk: Desk, engine: ScriptedEngine, invented: str) -> None:
    conversation = summarised(engine, talk(desk, engine, 6), f"{invented} {SUMMARY}")

    assert conversation.summary == SUMMARY


def test_where_all_is_made_up_the_questions_themselves_are_kept(desk: Desk, engine: ScriptedEngine) -> None:
    conversation = summarised(engine, talk(desk, engine, 6), "Elephants like bananas.")

    assert conversation.summary.startswith("How long does delivery of order TH-2041")
    assert count_tokens(conversation.summary) <= summaries.SUMMARY_TOKENS


def test_the_next_summary_goes_on_from_the_last(desk: Desk, engine: ScriptedEngine) -> None:
    conversation = summarised(engine, talk(desk, engine, 6), SUMMARY)
    Job.objects.filter(kind=SUMMARISE_CONVERSATION.name).delete()
    for _ in range(5):
        engine.script({"text": ANSWER})
        desk.work(desk.ask(conversation, QUESTION).job)

    renewed = summarised(engine, conversation, SUMMARY)

    assert renewed.summary_through > conversation.summary_through
    prompt = engine.requests()[-1]["body"]["messages"][1]["content"]
    assert SUMMARY in prompt.partition("<conversation>")[0]


def test_settling_the_matter_forgets_the_summary(desk: Desk, engine: ScriptedEngine) -> None:
    conversation = summarised(engine, talk(desk, engine, 6), SUMMARY)

    services.resolve(desk.actor, conversation_id=conversation.pk)

    conversation.refresh_from_db()
    assert (conversation.summary, conversation.summary_through) == ("", 0)


def test_a_summary_that_comes_after_the_end_is_not_stored(desk: Desk, engine: ScriptedEngine) -> None:
    conversation = talk(desk, engine, 6)
    services.resolve(desk.actor, conversation_id=conversation.pk)

    assert summarised(engine, conversation, SUMMARY).summary == ""


def test_the_api_shows_the_summary(desk: Desk, engine: ScriptedEngine, alice_api: ApiClient) -> None:
    conversation = summarised(engine, talk(desk, engine, 6), SUMMARY)

    body = alice_api.get(f"/api/v1/conversations/{conversation.pk}/").json()

    assert (body["summary"], body["summary_through"]) == (SUMMARY, conversation.summary_through)
