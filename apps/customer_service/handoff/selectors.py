import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Func, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from apps.accounts.models import Membership, Organisation
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.handoff.models import Handoff, HandoffQuerySet
from apps.customer_service.staff.models import Agent, DeskSettings
from apps.customer_service.staff.selectors import (
    AnsweredBy,
    available_agents,
    desk_settings,
    opening_hours,
    replying_members,
)
from apps.customer_service.understanding.models import Intent, MessageUnderstanding
from domain.text.understanding import urgency


def live_handoff(conversation: Conversation) -> Handoff | None:
    """The one that waits or is taken."""
    return _with_people(Handoff.objects.filter(conversation=conversation).live()).first()


def trends_since(conversation: Conversation, earlier: Handoff | None) -> list[float]:
    """The trend after each message of this matter that is understood by now, oldest first."""
    readings = _readings(conversation)
    if earlier and earlier.ended_at:
        readings = readings.filter(message__created_at__gt=earlier.ended_at)
    return list(readings.order_by("message__ordinal").values_list("trend", flat=True))


def latest_understanding(conversation: Conversation) -> MessageUnderstanding | None:
    return _readings(conversation).order_by("-message__ordinal").first()


def skill_for(conversation: Conversation) -> str:
    """The skill that the last recognised intent needs; empty when it needs none."""
    readings = _readings(conversation).exclude(intent="").order_by("-message__ordinal")
    intents = Intent.objects.within(conversation.organisation_id)
    return (
        intents.filter(name=Subquery(readings.values("intent")[:1])).values_list("skill", flat=True).first()
        or ""
    )


def is_urgent(conversation: Conversation) -> bool:
    """Judged by what is understood, and by the words of messages that are not understood yet."""
    if conversation.is_urgent or _readings(conversation).filter(is_urgent=True).exists():
        return True
    unread = Message.objects.unread().filter(conversation=conversation, ordinal__gt=conversation.context_from)
    return any(urgency.is_urgent(text) for text in unread.values_list("text", flat=True))


def _readings(conversation: Conversation) -> QuerySet[MessageUnderstanding]:
    return MessageUnderstanding.objects.filter(
        message__conversation=conversation, message__ordinal__gt=conversation.context_from
    )


def queue(organisation: Organisation | UUID) -> HandoffQuerySet:
    """Who waits for a person: what is urgent first, then by age."""
    last = Message.objects.filter(conversation=OuterRef("conversation"), author=Message.Author.VISITOR)
    waiting = _with_people(Handoff.objects.within(organisation).waiting())
    return waiting.annotate(last_text=Subquery(last.order_by("-ordinal").values("text")[:1])).order_by(
        "-is_urgent", "created_at", "id"
    )


def waiting_counts(organisation: Organisation, member: Membership | None) -> tuple[int, int]:
    """How many in the queue should have been answered by now, and how many others wait for this member."""
    is_late, is_mine = Q(due_at__lt=timezone.now()), Q(pk=None)
    if member:
        skills = Agent.objects.filter(member=member).values(each=Func("skills", function="unnest"))
        nobodys = Q(conversation__assigned_to=None) & (Q(skill="") | Q(skill__in=skills))
        is_mine = Q(conversation__assigned_to=member) | nobodys
    counts = (
        Handoff.objects.within(organisation)
        .waiting()
        .aggregate(late=Count("pk", filter=is_late), mine=Count("pk", filter=is_mine & ~is_late))
    )
    return counts["late"], counts["mine"]


def queue_version(waiting: Sequence[Handoff], left_alone: Sequence[Conversation]) -> str:
    """Changes with whatever the queue page shows of them."""
    version_parts = [
        (each.pk, each.conversation.assigned_to_id, each.conversation.message_count, each.is_overdue)
        for each in waiting
    ]
    alone = [(each.pk, each.message_count) for each in left_alone]
    return hashlib.sha256(repr((version_parts, alone)).encode()).hexdigest()[:16]


def left_alone(organisation: Organisation) -> QuerySet[Conversation]:
    """Taken by somebody who is away by now, while the visitor waits for a word."""
    last_word = Message.objects.filter(conversation=OuterRef("pk")).exclude(author=Message.Author.NOTICE)
    with_staff = Conversation.objects.within(organisation).open().filter(answered_by=AnsweredBy.PERSON)
    is_away = ~Q(handled_by__in=replying_members(organisation)) | Q(handled_by__agent__is_available=False)
    return (
        with_staff.filter(is_away)
        .annotate(last_author=Subquery(last_word.order_by("-ordinal").values("author")[:1]))
        .filter(last_author=Message.Author.VISITOR)
        .select_related("channel", "handled_by__user")
        .order_by("last_activity_at")
    )


def left_behind(organisation: Organisation) -> QuerySet[Conversation]:
    """Of these, what was taken by somebody who may write to visitors no more, and will not come back."""
    rows = left_alone(organisation).exclude(handled_by__in=replying_members(organisation))
    return rows.select_related("organisation")


@dataclass(frozen=True)
class QueuePosition:
    """What a visitor who waits may know."""

    position: int
    is_open_now: bool
    is_somebody_here: bool
    opens_at: datetime | None
    due_at: datetime | None
    reply_minutes: int
    time_zone: str


def visitor_queue_position(conversation: Conversation) -> QueuePosition | None:
    """None for a conversation that does not wait."""
    handoff = Handoff.objects.waiting().filter(conversation=conversation).first()
    return position_in_queue(handoff, desk_settings(conversation.organisation_id)) if handoff else None


def position_in_queue(handoff: Handoff, desk_settings: DeskSettings) -> QueuePosition:
    hours, now = opening_hours(desk_settings), timezone.now()
    return QueuePosition(
        position=_position(handoff),
        is_open_now=hours.is_open(now),
        is_somebody_here=available_agents(handoff.organisation_id).exists(),
        opens_at=hours.next_opening(now),
        due_at=handoff.due_at,
        reply_minutes=desk_settings.reply_minutes,
        time_zone=desk_settings.time_zone,
    )


def _position(handoff: Handoff) -> int:
    """Beginning with 1."""
    before = Q(is_urgent=handoff.is_urgent) & (
        Q(created_at__lt=handoff.created_at) | Q(created_at=handoff.created_at, id__lt=handoff.pk)
    )
    if not handoff.is_urgent:
        before |= Q(is_urgent=True)
    return Handoff.objects.within(handoff.organisation_id).waiting().filter(before).count() + 1


def _with_people(handoffs: HandoffQuerySet) -> HandoffQuerySet:
    return handoffs.select_related(
        "conversation__channel", "conversation__assigned_to__user", "accepted_by__user"
    )
