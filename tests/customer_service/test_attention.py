from datetime import timedelta

from django.utils import timezone

from apps.accounts import alerts
from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.handoff import services as handoff
from apps.customer_service.handoff.models import Handoff
from tests.customer_service.conftest import Desk
from tests.customer_service.handoff_fixtures import about_returns


def conversation(channel: Channel, *authors: str, handled_by: Membership | None = None) -> Conversation:
    made = Conversation.objects.create(
        organisation=channel.organisation,
        channel=channel,
        visitor_id="visitor",
        handled_by=handled_by,
        answered_by="person" if handled_by else "bot",
        message_count=len(authors),
    )
    for ordinal, author in enumerate(authors, start=1):
        Message.objects.create(
            organisation=channel.organisation, conversation=made, ordinal=ordinal, author=author, text="Hello"
        )
    return made


def urls(actor: Actor) -> list[str]:
    return [matter.url for matter in alerts.alerts(actor)]


def test_a_visitor_who_waits_for_staff_needs_somebody(alice_actor: Actor, channel: Channel) -> None:
    waiting = conversation(channel, "visitor", handled_by=alice_actor.member)
    assert urls(alice_actor) == ["/conversations/?view=waiting"]

    waiting.state = Conversation.State.RESOLVED
    waiting.save()
    assert urls(alice_actor) == []


def test_a_visitor_whom_staff_answered_needs_nobody(alice_actor: Actor, channel: Channel) -> None:
    conversation(channel, "visitor", "agent", handled_by=alice_actor.member)

    assert urls(alice_actor) == []


def test_another_organisation_hears_nothing_of_it(
    alice_actor: Actor, bob_actor: Actor, channel: Channel
) -> None:
    conversation(channel, "visitor", handled_by=alice_actor.member)

    assert urls(bob_actor) == []


def texts(member: Membership) -> list[str]:
    return [str(matter.text) for matter in alerts.alerts(Actor.from_member(member))]


def test_what_waits_in_the_queue_calls_those_with_the_skill(
    desk: Desk, dora: Membership, emil: Membership
) -> None:
    conversation = desk.open("Hello").conversation
    about_returns(conversation, "Hello")
    handoff.hand_off_locked(conversation, reason="asked")

    assert texts(emil) == ["1 visitor is waiting for you"]
    assert texts(dora) == []


def test_who_waits_longer_than_promised_calls_everybody(
    desk: Desk, dora: Membership, bob_actor: Actor
) -> None:
    conversation = desk.open("Hello").conversation
    about_returns(conversation, "Hello")
    handoff.hand_off_locked(conversation, reason="asked")
    Handoff.objects.update(due_at=timezone.now() - timedelta(minutes=1))

    assert texts(dora) == ["1 visitor is past the reply target"]
    assert urls(bob_actor) == []
