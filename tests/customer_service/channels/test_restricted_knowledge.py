"""Restricted collections answer visitors where a channel names them, and nowhere else."""

from apps.accounts.actors import Actor
from apps.customer_service.answering.services import inquiry_of
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.visitor_knowledge import nameable_collections, visitor_documents
from apps.customer_service.conversations.selectors import exchange
from apps.knowledge import access_control, retrieval
from apps.knowledge.models import Document
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
