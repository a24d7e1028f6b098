"""What was read from messages, carried over to their conversations: the inbox filters by it."""

from collections.abc import Collection
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Subquery
from django.db.models.functions import Coalesce

from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.understanding.models import MessageUnderstanding


@transaction.atomic
def carry_over(conversation_ids: Collection[UUID]) -> None:
    """The trend after the last message, and whether the present matter is urgent, by a message or because whoever handed it
    over said so. Tells the open inboxes.
    """
    # Always in the same order: two rounds that read messages of the same conversations must not wait for each other.
    conversations = Conversation.objects.filter(pk__in=conversation_ids).order_by("pk")
    rows = list(conversations.select_for_update(no_key=True).only("organisation"))
    read = MessageUnderstanding.objects.filter(message__conversation=OuterRef("pk"))
    last = read.order_by("-message__ordinal").values("trend")[:1]
    urgent = read.filter(is_urgent=True, message__ordinal__gt=OuterRef("context_from"))
    called = Conversation.objects.filter(
        pk=OuterRef("pk"), handoffs__is_urgent=True, handoffs__ended_at__isnull=True
    )
    Conversation.objects.filter(pk__in=conversation_ids).update(
        trend=Coalesce(Subquery(last), F("trend")), is_urgent=Exists(urgent) | Exists(called)
    )
    for conversation in rows:
        activity.announce(conversation)
