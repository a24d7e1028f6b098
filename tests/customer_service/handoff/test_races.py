"""Bot and person at the same moment: one of the two, never both. Real threads, each with its own connection."""

from functools import partial

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.core.errors import Conflict
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.handoff import services as handoff
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff.models import Agent, DeskSettings
from apps.jobs import runs
from apps.jobs.models import Job
from tests.customer_service.conftest import Desk, Say
from tests.customer_service.handoff_fixtures import together
from tests.scripted_engine_fixture import ScriptedEngine

ROUNDS = 6


def message(conversation: Conversation, author: str, **fields: object) -> Message:
    return Message(
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        ordinal=99,
        author=author,
        text="Hello",
        **fields,
    )


def test_the_database_refuses_a_bot_that_talks_over_a_person(desk: Desk) -> None:
    asked = desk.open("Hello")
    services.take_over(desk.actor, conversation_id=asked.conversation.pk)

    with pytest.raises(IntegrityError, match="the bot must not"), transaction.atomic():
        message(asked.conversation, "bot", answers=asked.message).save(force_insert=True)


def test_the_database_refuses_staff_that_talk_over_the_bot(desk: Desk) -> None:
    asked = desk.open("Hello")

    with pytest.raises(IntegrityError, match="still owes an answer"), transaction.atomic():
        message(asked.conversation, "agent").save(force_insert=True)


def test_the_database_refuses_an_answer_of_the_bot_where_a_person_answers(desk: Desk) -> None:
    asked = desk.open("Hello")

    with pytest.raises(IntegrityError, match="only_the_bot_owes_an_answer"), transaction.atomic():
        Conversation.objects.filter(pk=asked.conversation.pk).update(answered_by="person")


def test_the_database_refuses_a_person_in_charge_of_what_the_bot_answers(desk: Desk) -> None:
    asked = desk.open("Hello")

    with pytest.raises(IntegrityError, match="who_took_it_answers_it"), transaction.atomic():
        Conversation.objects.filter(pk=asked.conversation.pk).update(handled_by=desk.actor.member)


def test_the_database_refuses_a_second_live_handoff(desk: Desk) -> None:
    conversation = desk.open("Hello").conversation
    handoff.hand_off(desk.actor, conversation_id=conversation.pk)

    with pytest.raises(IntegrityError, match="one_live_handoff"), transaction.atomic():
        Handoff.objects.create(
            organisation=desk.actor.organisation, conversation=conversation, reason="asked"
        )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_person_who_writes_as_the_bot_finishes_never_doubles_the_answer(
    desk: Desk, engine: ScriptedEngine
) -> None:
    """Whoever comes first: the bot's answer stands before the person's, or is not stored at all."""
    for number in range(ROUNDS):
        engine.script({"text": "Delivery inside the city takes two to four working days [1]."})
        asked = desk.open(f"How long does delivery take? {number}")
        assert asked.job
        write = partial(services.reply, desk.actor, conversation_id=asked.conversation.pk, text="Two days.")

        _, written = together(partial(runs.execute, asked.job.pk), write)

        assert isinstance(written, Message)
        authors = [message.author for message in desk.messages(asked.conversation)]
        state = Job.objects.get(pk=asked.job.pk).state
        assert (authors, state) in (
            (["visitor", "agent"], Job.State.CANCELLED),
            (["visitor", "bot", "agent"], Job.State.SUCCEEDED),
        )


@pytest.mark.django_db(transaction=True)
def test_a_bot_that_finishes_while_a_person_takes_over_stores_nothing(desk: Desk, says: Say) -> None:
    """The person holds the conversation's row; the bot's transaction arrives at it and has to wait."""
    says("Delivery inside the city takes two to four working days [1].")
    asked = desk.open("How long does delivery take?")
    assert asked.job
    bot = partial(runs.execute, asked.job.pk)

    def person() -> None:
        with transaction.atomic():
            services.take_over(desk.actor, conversation_id=asked.conversation.pk)
            wait_until_blocked_by_us()

    together(bot, person)

    assert [message.author for message in desk.messages(asked.conversation)] == ["visitor"]
    assert Job.objects.get(pk=asked.job.pk).state == Job.State.CANCELLED
    assert Conversation.objects.get().answered_by == "person"


@pytest.mark.django_db(transaction=True)
def test_a_person_who_comes_while_the_bot_stores_its_answer_comes_after_it(desk: Desk, says: Say) -> None:
    """The bot is held up in the middle of its last transaction, the person waits for it."""
    says("Delivery inside the city takes two to four working days [1].")
    asked = desk.open("How long does delivery take?")
    assert asked.job
    bot = partial(runs.execute, asked.job.pk)

    def person() -> None:
        wait_until_blocked(1)
        services.take_over(desk.actor, conversation_id=asked.conversation.pk)

    def gate() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("LOCK TABLE customer_service_message IN SHARE MODE")
            wait_until_blocked(2)

    together(gate, bot, person)

    assert [message.author for message in desk.messages(asked.conversation)] == ["visitor", "bot"]
    assert Job.objects.get(pk=asked.job.pk).state == Job.State.SUCCEEDED
    assert Conversation.objects.get().answered_by == "person"


@pytest.mark.django_db(transaction=True)
def test_two_who_hand_over_at_once_make_one_handoff(desk: Desk) -> None:
    conversation = desk.open("Hello").conversation
    hand_off = partial(handoff.hand_off, desk.actor, conversation_id=conversation.pk)

    first, second = together(hand_off, hand_off)

    assert isinstance(first, Handoff)
    assert isinstance(second, Handoff)
    assert first.pk == second.pk
    assert [message.author for message in desk.messages(conversation)] == ["visitor", "notice"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_two_handoffs_at_once_never_overfill_a_member(desk: Desk, dora: Membership) -> None:
    DeskSettings.objects.create(organisation=desk.actor.organisation, assignment="automatic")
    Agent.objects.update(capacity=1)
    for _ in range(ROUNDS):
        waiting = [desk.open("Hello").conversation for _ in range(2)]

        together(*(partial(handoff.hand_off, desk.actor, conversation_id=each.pk) for each in waiting))

        given = Conversation.objects.filter(pk__in=[each.pk for each in waiting]).values_list(
            "assigned_to", flat=True
        )
        assert sorted(map(str, given)) == sorted(["None", str(dora.pk)])
        Conversation.objects.update(assigned_to=None)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_take_over_at_once_one_learns_who_was_faster(desk: Desk, dora: Membership) -> None:
    for _ in range(ROUNDS):
        conversation = desk.open("Hello").conversation
        take = partial(services.take_over, conversation_id=conversation.pk)

        outcomes = together(partial(take, desk.actor), partial(take, Actor.from_member(dora)))

        [winner] = [each for each in outcomes if isinstance(each, Conversation)]
        [refusal] = [each for each in outcomes if isinstance(each, Conflict)]
        conversation.refresh_from_db()
        assert conversation.handled_by_id == winner.handled_by_id
        assert (refusal.status, refusal.code) == (409, "already_taken")
        assert refusal.details["member"]["id"] == str(winner.handled_by_id)


def wait_until_blocked_by_us() -> None:
    """Until another connection waits for a lock that this one holds."""
    _wait("SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))", 1)


def wait_until_blocked(count: int) -> None:
    """Until that many connections of this database wait for a lock."""
    _wait(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
        count,
    )


def _wait(question: str, count: int) -> None:
    for _ in range(2000):
        with connection.cursor() as cursor:
            # The statistics of a transaction are read once, unless it is told to look again.
            cursor.execute("SELECT pg_stat_clear_snapshot(), pg_sleep(0.005)")
            cursor.execute(question)
            if cursor.fetchone()[0] >= count:
                return
    raise AssertionError("nobody waits for the lock")
