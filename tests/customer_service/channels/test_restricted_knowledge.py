"""Restricted collections answer visitors where a channel names them, and nowhere else."""

import pytest

from apps.accounts.actors import Actor
from apps.core.errors import Conflict
from apps.customer_service.answering.services import inquiry_of
from apps.customer_service.channels import services as channels
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.visitor_knowledge import nameable_collections, visitor_documents
from apps.customer_service.conversations.selectors import exchange
from apps.customer_service.saved_answers.models import SavedAnswer
from apps.knowledge import access_control, retrieval
from apps.knowledge import services as knowledge
from apps.knowledge.models import Collection, Document
from apps.knowledge.retrieval import Question
from tests.customer_service.conftest import Desk

RETURNS = "Can I return unopened tea?"


def passages(desk: Desk) -> list[str]:
    asked = exchange(desk.open(RETURNS).conversation.pk)
    assert asked
    inquiry = inquiry_of(asked)
    ranked = retrieval.rank(list(inquiry.collections), Question(RETURNS), reader=inquiry.reader, limit=5)
    return [str(each.passage_id) for each in ranked]


def test_a_channel_that_names_none_answers_from_what_is_open(
    desk: Desk, alice_actor: Actor, channel: Channel, handbook: Document
) -> None:
    channel.collections.clear()
    assert passages(desk)

    access_control.restrict(alice_actor, handbook.collection)

    assert not passages(desk)


def test_a_channel_that_names_a_restricted_collection_opens_it_to_visitors(
    desk: Desk, alice_actor: Actor, handbook: Document
) -> None:
    access_control.restrict(alice_actor, handbook.collection)
    assert passages(desk)
    assert visitor_documents(alice_actor.organisation).exists()

    access_control.restrict(alice_actor, handbook)

    assert not passages(desk), "a document that is restricted by itself is never for visitors"
    assert not visitor_documents(alice_actor.organisation).exists()


def test_only_who_reads_a_collection_names_it_and_what_is_named_stays(
    alice_actor: Actor, dora_actor: Actor, channel: Channel, handbook: Document
) -> None:
    access_control.restrict(alice_actor, handbook.collection)

    assert not nameable_collections(dora_actor).exists()
    assert nameable_collections(dora_actor, channel).exists()


def test_the_only_collection_of_a_channel_is_not_deleted(
    alice_actor: Actor, channel: Channel, handbook: Document
) -> None:
    """Without it the channel would answer visitors from all that is open to staff."""
    with pytest.raises(Conflict, match="Tea chat"):
        knowledge.delete_collection(alice_actor, handbook.collection)
    assert Collection.objects.filter(pk=handbook.collection_id).exists()

    other = Collection.objects.create(organisation=alice_actor.organisation, name="Returns", language="en")
    channel.collections.add(other)
    knowledge.delete_collection(alice_actor, handbook.collection)

    assert list(channel.collections.all()) == [other]


def test_a_saved_answer_of_a_channel_that_is_erased_is_given_in_no_other(
    alice_actor: Actor, channel: Channel
) -> None:
    own, shared, of_all = (
        SavedAnswer.objects.create(organisation=alice_actor.organisation, answer=text, language="en")
        for text in ("wholesale", "both", "all")
    )
    other = Channel.objects.create(organisation=alice_actor.organisation, name="Shop", language="en")
    own.channels.set([channel])
    shared.channels.set([channel, other])

    channels.erase_channel(channel, seconds=60)

    assert set(SavedAnswer.objects.usable()) == {shared, of_all}
