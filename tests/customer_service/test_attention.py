from apps.accounts import attention
from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.customer_service.models import Channel, Conversation, Turn


def conversation(channel: Channel, *authors: str, handled_by: Membership | None = None) -> Conversation:
    made = Conversation.objects.create(
        organisation=channel.organisation,
        channel=channel,
        visitor_id="visitor",
        handled_by=handled_by,
        answered_by="person" if handled_by else "bot",
        turn_count=len(authors),
    )
    for ordinal, author in enumerate(authors, start=1):
        Turn.objects.create(
            organisation=channel.organisation, conversation=made, ordinal=ordinal, author=author, text="Hello"
        )
    return made


def urls(actor: Actor) -> list[str]:
    return [matter.url for matter in attention.matters(actor)]


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
