"""Who gets the next conversation."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.customer_service import tasks
from apps.customer_service.attachments.services import send_files
from apps.customer_service.chat.api import status_body
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Attachment, Conversation
from apps.customer_service.handoff import assignment
from apps.customer_service.handoff import services as handoff
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff.models import Agent, DeskSettings
from tests.customer_service.conftest import Desk
from tests.customer_service.handoff_fixtures import about_returns, colleague


@pytest.fixture(autouse=True)
def _automatic(desk: Desk) -> None:
    DeskSettings.objects.create(organisation=desk.actor.organisation, assignment="automatic")


def handed_over(desk: Desk, *, is_about_returns: bool = False) -> Conversation:
    conversation = desk.open("Hello").conversation
    if is_about_returns:
        about_returns(conversation, "Hello")
    handoff.hand_off_locked(conversation, reason="asked")
    return Conversation.objects.get(pk=conversation.pk)


def test_the_one_with_the_skill_gets_it(desk: Desk, dora: Membership, emil: Membership) -> None:
    assert handed_over(desk, is_about_returns=True).assigned_to == emil


def test_anybody_gets_what_nobody_has_the_skill_for(desk: Desk, dora: Membership) -> None:
    assert handed_over(desk, is_about_returns=True).assigned_to == dora


def test_the_fewest_conversations_come_first_then_who_had_none_for_longest(
    desk: Desk, dora: Membership, emil: Membership
) -> None:
    given = [handed_over(desk).assigned_to for _ in range(4)]

    assert {given[0], given[1]} == {given[2], given[3]} == {dora, emil}


def test_nobody_gets_more_than_they_can_do(desk: Desk, dora: Membership) -> None:
    assert [handed_over(desk).assigned_to for _ in range(3)] == [dora, dora, None]


def test_who_is_away_gets_nothing(desk: Desk, dora: Membership) -> None:
    assignment.set_availability(desk.actor, member_id=dora.pk, is_available=False)

    assert handed_over(desk).assigned_to is None


def test_nothing_is_assigned_by_itself_unless_the_shop_wants_it(desk: Desk, dora: Membership) -> None:
    DeskSettings.objects.update(assignment="manual")

    assert handed_over(desk).assigned_to is None


def test_what_waits_is_given_to_the_next_who_is_free(desk: Desk, dora: Membership) -> None:
    first, _second, third = (handed_over(desk) for _ in range(3))
    services.resolve(desk.actor, conversation_id=first.pk)

    tasks.tend_queues()

    third.refresh_from_db()
    assert third.assigned_to == dora


def test_coming_back_takes_up_what_waits(desk: Desk) -> None:
    waiting = handed_over(desk)
    member = colleague(desk.actor.organisation, "Dora")

    assignment.set_availability(desk.actor, member_id=member.pk, is_available=True)

    waiting.refresh_from_db()
    assert waiting.assigned_to == member


def test_who_goes_away_leaves_what_they_did_not_take(desk: Desk, dora: Membership) -> None:
    waiting, taken = handed_over(desk), handed_over(desk)
    Conversation.objects.filter(pk=taken.pk).update(answered_by="person", handled_by=dora)

    assignment.set_availability(desk.actor, member_id=dora.pk, is_available=False)

    waiting.refresh_from_db()
    taken.refresh_from_db()
    assert (waiting.assigned_to, taken.assigned_to) == (None, dora)


def test_what_waits_for_a_member_who_was_shut_out_goes_to_another(
    desk: Desk, dora: Membership, emil: Membership
) -> None:
    waiting = handed_over(desk, is_about_returns=True)
    accounts.deactivate_member(desk.actor, emil)

    tasks.tend_queues()

    waiting.refresh_from_db()
    assert waiting.assigned_to == dora


def test_who_is_left_behind_by_a_member_who_was_shut_out_waits_for_another(
    desk: Desk, dora: Membership, emil: Membership
) -> None:
    waiting, told, away = (handed_over(desk) for _ in range(3))
    for conversation, member in ((waiting, emil), (told, emil), (away, dora)):
        services.take_over(Actor.from_member(member), conversation_id=conversation.pk)
    services.reply(Actor.from_member(emil), conversation_id=told.pk, text="Done.")
    accounts.deactivate_member(desk.actor, emil)
    assignment.set_availability(desk.actor, member_id=dora.pk, is_available=False)

    tasks.tend_queues()
    tasks.tend_queues()

    for conversation in (waiting, told, away):
        conversation.refresh_from_db()
    assert [each.answered_by for each in (waiting, told, away)] == ["queue", "person", "person"]
    assert ["is helping you" in status_body(each)["line"] for each in (waiting, told, away)] == [
        False,
        False,
        True,
    ]
    assert [each.state for each in waiting.handoffs.order_by("created_at")] == ["ended", "waiting"]


def test_an_agent_is_described(desk: Desk) -> None:
    member = colleague(desk.actor.organisation, "Dora")

    assignment.save_agent(
        desk.actor, member_id=member.pk, is_available=True, skills=[" returns ", "returns", ""], capacity=3
    )

    agent = Agent.objects.get()
    assert (agent.skills, agent.capacity, agent.is_available) == (["returns"], 3, True)


def test_unusable_descriptions_are_refused(desk: Desk, dora: Membership) -> None:
    for skills, capacity in ((["x" * 41], 3), (["returns"], 0)):
        with pytest.raises(InvalidInput):
            assignment.save_agent(
                desk.actor, member_id=dora.pk, is_available=True, skills=skills, capacity=capacity
            )


def test_only_members_who_may_reply_answer_visitors(desk: Desk, charlie) -> None:  # type: ignore[no-untyped-def]
    viewer = Membership.objects.get(user=charlie)

    with pytest.raises(NotFound):
        assignment.set_availability(desk.actor, member_id=viewer.pk, is_available=True)


def test_the_queue_is_tended_for_each_organisation_alone(desk: Desk, dora: Membership, bob_actor) -> None:  # type: ignore[no-untyped-def]
    Agent.objects.create(organisation=bob_actor.organisation, member=bob_actor.member, is_available=True)
    assignment.set_availability(desk.actor, member_id=dora.pk, is_available=False)
    waiting = handed_over(desk)

    tasks.tend_queues()

    waiting.refresh_from_db()
    assert waiting.assigned_to is None


def silent(desk: Desk, hours: int, **fields: object) -> Conversation:
    conversation = desk.open("Hello").conversation
    services.reply(desk.actor, conversation_id=conversation.pk, text="Good morning!")
    long_ago = timezone.now() - timedelta(hours=hours)
    Conversation.objects.filter(pk=conversation.pk).update(last_activity_at=long_ago, **fields)
    return conversation


def state_of(conversation: Conversation) -> tuple[str, str]:
    tasks.resolve_silent_conversations()
    conversation.refresh_from_db()
    return conversation.state, conversation.resolution


def test_a_conversation_nobody_adds_to_is_resolved(desk: Desk) -> None:
    assert state_of(silent(desk, 25)) == ("resolved", "person")


def test_a_day_is_not_over_after_23_hours(desk: Desk) -> None:
    assert state_of(silent(desk, 23)) == ("open", "")


def test_what_only_the_assistant_answered_is_resolved_by_it(desk: Desk) -> None:
    conversation = silent(desk, 25, answered_by="bot", handled_by=None, had_person=False)

    assert state_of(conversation) == ("resolved", "bot")


def test_a_visitor_who_still_waits_is_never_resolved(desk: Desk) -> None:
    unanswered = desk.open("Hello?").conversation
    taken = silent(desk, 0)
    desk.ask(taken, "And now?")
    waiting = handed_over(desk)
    Conversation.objects.update(last_activity_at=timezone.now() - timedelta(days=9))

    assert [state_of(each) for each in (unanswered, taken, waiting)] == [("open", "")] * 3
    assert Handoff.objects.get().state == "waiting"


def test_a_file_that_nobody_said_a_word_about_keeps_no_conversation_open(desk: Desk) -> None:
    without_a_word = desk.open().conversation
    pictures = [picture(desk.open().conversation) for _ in range(2)]
    for file in pictures:
        send_files(desk.actor, conversation_id=file.conversation_id, text="", attachment_ids=[file.pk])
    services.take_over(desk.actor, conversation_id=pictures[1].conversation_id)
    Conversation.objects.update(last_activity_at=timezone.now() - timedelta(days=9))

    assert state_of(without_a_word) == state_of(pictures[0].conversation) == ("resolved", "bot")
    # A person looks at pictures.
    assert state_of(pictures[1].conversation) == ("open", "")


def picture(conversation: Conversation) -> Attachment:
    return Attachment.objects.create(
        organisation=conversation.organisation,
        conversation=conversation,
        kind=Attachment.Kind.FILE,
        name="IMG_2041.jpg",
        content_type="image/jpeg",
        size=4,
    )


def test_handing_a_picture_back_asks_the_assistant_nothing(desk: Desk) -> None:
    conversation = desk.open().conversation
    file = picture(conversation)
    services.take_over(desk.actor, conversation_id=conversation.pk)
    send_files(desk.actor, conversation_id=conversation.pk, text="", attachment_ids=[file.pk])

    assert services.hand_back(desk.actor, conversation_id=conversation.pk).answer_job is None


@pytest.mark.parametrize("act", [services.take_over, services.hand_back])
def test_what_a_colleague_has_resolved_meanwhile_is_reopened_first(desk: Desk, act: Any) -> None:
    conversation = desk.open("Hello?").conversation
    services.resolve(desk.actor, conversation_id=conversation.pk)

    with pytest.raises(Conflict, match="Reopen it first"):
        act(desk.actor, conversation_id=conversation.pk)


def test_a_notice_is_no_last_word(desk: Desk) -> None:
    waiting = handed_over(desk)
    services.hand_back(desk.actor, conversation_id=waiting.pk)
    Conversation.objects.update(last_activity_at=timezone.now() - timedelta(days=9), answer_job=None)

    assert state_of(waiting) == ("open", "")
