from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery

from apps.accounts.models import Organisation
from apps.core.errors import NotFound
from apps.customer_service.models import (
    Channel,
    Citation,
    Conversation,
    ConversationQuerySet,
    MessageUnderstanding,
    Turn,
)
from apps.jobs.models import Job
from apps.knowledge.models import Collection

RECENT_TURNS = 8


def channel_list(organisation: Organisation) -> QuerySet[Channel]:
    return Channel.objects.within(organisation).prefetch_related("collections").order_by("name", "id")


def channel_of_slug(slug: str) -> Channel:
    """An open channel for a stranger who knows its address."""
    channel = Channel.objects.filter(slug=slug, is_enabled=True).select_related("organisation").first()
    if channel is None:
        raise NotFound
    return channel


def conversation_list(organisation: Organisation) -> ConversationQuerySet:
    """For the inbox: with the beginning of the last message and without a query per row."""
    last = Turn.objects.filter(conversation=OuterRef("pk")).order_by("-ordinal")
    return (
        Conversation.objects.within(organisation)
        .select_related("channel", "handled_by__user", "answer_job")
        .annotate(
            last_text=Subquery(last.values("text")[:1]), last_author=Subquery(last.values("author")[:1])
        )
    )


def inbox(organisation: Organisation, wanted: Mapping[str, Any]) -> ConversationQuerySet:
    """The conversations that fit the filters, those that moved last first."""
    found = conversation_list(organisation)
    if state := wanted.get("state"):
        found = found.filter(state=state)
    if channel_id := wanted.get("channel"):
        found = found.filter(channel_id=channel_id)
    if wanted.get("with_staff"):
        found = found.filter(handled_by__isnull=False)
    if search := wanted.get("search"):
        said = Turn.objects.filter(conversation=OuterRef("pk"), text__icontains=search)
        found = found.filter(Q(visitor_name__icontains=search) | Exists(said))
    return found.order_by("-last_activity_at", "-id")


def standing(of: Conversation) -> str:
    """Changes whenever a page that shows the conversation has to be drawn anew."""
    job = of.answer_job
    answering = f"{job.pk}.{job.attempt}.{job.state}" if job else ""
    understood = MessageUnderstanding.objects.filter(turn__conversation=of).count()
    return f"{of.turn_count}-{of.state}-{of.answered_by}-{of.handled_by_id or ''}-{answering}-{understood}"


def conversation(organisation: Organisation, conversation_id: UUID) -> Conversation:
    found = (
        Conversation.objects.within(organisation)
        .filter(pk=conversation_id)
        .select_related("channel", "organisation", "handled_by__user", "answer_job")
        .first()
    )
    if found is None:
        raise NotFound
    return found


def turns(of: Conversation, *, after: int = 0) -> QuerySet[Turn]:
    return (
        Turn.objects.filter(conversation=of, ordinal__gt=after)
        .select_related("member__user", "understanding")
        .prefetch_related(Prefetch("citations", Citation.objects.order_by("number")))
        .order_by("ordinal")
    )


def latest_answer_job(conversation_id: UUID) -> Job | None:
    """The job of the latest message that has one, over or not."""
    asked = Turn.objects.filter(conversation=conversation_id, author=Turn.Author.VISITOR, job__isnull=False)
    last = asked.select_related("job").order_by("-ordinal").first()
    return last.job if last else None


@dataclass(frozen=True)
class Exchange:
    """What the bot has to answer, and what was said before it.

    `is_trial`: nothing of it is stored and nobody else is called, other systems neither. `collections`: searched
    instead of the channel's.
    """

    conversation: Conversation
    asked: Turn
    question: str
    before: list[Turn]
    is_trial: bool = False
    collections: tuple[Collection, ...] = ()

    @property
    def previous_question(self) -> str:
        return next((turn.text for turn in reversed(self.before) if turn.author == Turn.Author.VISITOR), "")


def exchange(conversation_id: UUID) -> Exchange | None:
    """The unanswered messages at the end, as one question however many; None when there are none."""
    recent = list(
        Turn.objects.filter(conversation=conversation_id, ordinal__gt=F("conversation__context_from"))
        .exclude(author=Turn.Author.NOTICE)
        .select_related("conversation__channel")
        .order_by("-ordinal")[:RECENT_TURNS]
    )[::-1]
    asked = len(recent)
    while asked and recent[asked - 1].author == Turn.Author.VISITOR:
        asked -= 1
    if asked == len(recent):
        return None
    question = "\n".join(turn.text for turn in recent[asked:])
    return Exchange(recent[-1].conversation, recent[-1], question, recent[:asked])
