"""Conversations in which nobody says anything any more count as resolved after a while."""

from datetime import timedelta
from functools import partial

from django.db import transaction
from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.rounds import tend_each
from apps.customer_service.conversations import services as conversations
from apps.customer_service.conversations.models import Conversation, ConversationQuerySet, Message
from apps.customer_service.conversations.selectors import spoken
from apps.customer_service.staff import selectors as staff

AnsweredBy = Conversation.AnsweredBy
AT_ONCE = 500


def resolve_silent_conversations() -> None:
    """A visitor who waits for a word is never silenced: only what the assistant or staff spoke last in ends."""
    quiet = Conversation.objects.open().filter(last_activity_at__lt=timezone.now() - timedelta(hours=1))
    # An hour is the shortest that an organisation can choose, so the others need not be asked.
    owners = Organisation.objects.filter(pk__in=switches.of_open(quiet).values("organisation"))
    tend_each(owners, _resolve_silent, name="silent conversations")


def _resolve_silent(organisation: Organisation) -> None:
    tend_each(_silent(organisation)[:AT_ONCE], partial(_resolve, organisation), name="silent conversations")


def _silent(organisation: Organisation) -> ConversationQuerySet:
    hours = staff.desk_settings(organisation).resolves_after_hours
    of_it = Message.objects.filter(conversation=OuterRef("pk"))
    last_author, last_speaker = (
        Subquery(messages.order_by("-ordinal").values("author")[:1])
        for messages in (of_it.exclude(author=Message.Author.NOTICE), spoken(of_it))
    )
    # The assistant answers no file that came without a word, and nobody who never wrote.
    told_by_bot = Q(answered_by=AnsweredBy.BOT, answer_job=None) & (
        Q(last_speaker__in=[Message.Author.BOT, Message.Author.AGENT]) | Q(last_speaker=None)
    )
    told_by_staff = Q(answered_by=AnsweredBy.PERSON, last_author=Message.Author.AGENT)
    return (
        Conversation.objects.within(organisation)
        .open()
        .filter(last_activity_at__lt=timezone.now() - timedelta(hours=hours))
        .annotate(last_author=last_author, last_speaker=last_speaker)
        .filter(told_by_bot | told_by_staff)
        .order_by("last_activity_at")
    )


def _resolve(organisation: Organisation, conversation: Conversation) -> None:
    """Unless somebody wrote in this very moment."""
    with transaction.atomic():
        still = Conversation.objects.select_for_update().filter(
            pk=conversation.pk, last_activity_at=conversation.last_activity_at
        )
        if still.exists():
            conversations.resolve(Actor(organisation), conversation_id=conversation.pk)
