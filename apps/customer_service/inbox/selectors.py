"""The list of the inbox: views with their counts, filters, search, and all that a row shows."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, DateTimeField, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.customer_service.conversations.models import Contact, Conversation, ConversationQuerySet, Message
from apps.customer_service.conversations.selectors import waits_for_staff
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.inbox.models import CannedReply, Tag
from apps.customer_service.presence import services as presence
from apps.customer_service.staff.selectors import replying_members
from apps.customer_service.understanding.models import Intent, MessageUnderstanding

ROWS = 40
# A trigram index would help English only and cost every message that is stored: `docs/decisions/inbox.md`.
SEARCHED_CONVERSATIONS = 5000
# Counting all that was ever resolved would cost more than the list.
COUNTED_RESOLVED = 1000
NOBODY = "nobody"
TREND_LIMIT = 0.25
NONE = Q(pk__in=[])
VIEWS = {
    "open": pgettext_lazy("conversations", "Open"),
    "mine": _("Mine"),
    "waiting": _("Waiting"),
    "bot": _("Assistant"),
    "resolved": _("Resolved"),
    "all": _("All"),
}
SENTIMENTS = {
    "negative": Q(trend__lte=-TREND_LIMIT),
    "neutral": Q(trend__gt=-TREND_LIMIT, trend__lt=TREND_LIMIT),
    "positive": Q(trend__gte=TREND_LIMIT),
}


@dataclass(frozen=True)
class Page:
    """Some rows of the list. Nobody counts the others: that would cost more than showing these."""

    rows: list[Conversation]
    number: int
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1


@dataclass(frozen=True)
class Tab:
    view: str
    label: object
    count: int | None

    @property
    def count_label(self) -> str:
        if self.count is None:
            return ""
        return f"{COUNTED_RESOLVED - 1}+" if self.count >= COUNTED_RESOLVED else str(self.count)


def page_of(actor: Actor, filters: Mapping[str, Any], *, number: int = 1) -> Page:
    """The rows that fit, those that moved last first; who waits for staff in the order of waiting."""
    start = (number - 1) * ROWS
    # One more than a page holds tells whether there is another.
    page_rows = list(_with_what_rows_show(conversations(actor, filters))[start : start + ROWS + 1])
    rows = page_rows[:ROWS]
    now = timezone.now()
    there = presence.people_in([row.pk for row in rows], besides=actor)
    for row in rows:
        row.people = there.get(row.pk, [])  # type: ignore[attr-defined]
        row.is_overdue = row.due_at is not None and row.due_at < now  # type: ignore[attr-defined]
    return Page(rows, number, has_next=len(page_rows) > ROWS)


def tabs(actor: Actor) -> list[Tab]:
    """The views with what is in them, from one query over what is open and the newest that was resolved."""
    within = Conversation.objects.within(actor.organisation)
    resolved = within.filter(state=Conversation.State.RESOLVED).order_by("-last_activity_at")
    tab_counts = within.filter(
        Q(state=Conversation.State.OPEN) | Q(pk__in=resolved.values("pk")[:COUNTED_RESOLVED])
    )
    names = [name for name in VIEWS if name != "all"]
    counts = tab_counts.aggregate(
        **{f"in_{name}": Count("pk", filter=_in_view(actor, name)) for name in names}
    )
    return [Tab(name, VIEWS[name], counts[f"in_{name}"]) for name in names]


def conversations(actor: Actor, filters: Mapping[str, Any]) -> ConversationQuerySet:
    """Those that fit the filters; `filters` holds only what was asked for."""
    view = filters.get("view", "open")
    rows = Conversation.objects.within(actor.organisation).filter(_in_view(actor, view))
    for name in _FILTERS:
        if value := filters.get(name):
            rows = rows.filter(condition(actor.organisation, name, value))
    if view == "waiting":
        return rows.order_by("-is_urgent", "last_activity_at", "id")
    return rows.order_by("-last_activity_at", "-id")


def condition(organisation: Organisation, name: str, value: Any) -> Q | Exists:
    """What a filter of this name asks of a conversation."""
    return _FILTERS[name](organisation, value)


def tag_list(organisation: Organisation) -> QuerySet[Tag]:
    tags = Tag.objects.within(organisation).annotate(conversations_count=Count("conversations"))
    return tags.order_by("name")


def canned_reply_list(organisation: Organisation) -> QuerySet[CannedReply]:
    return CannedReply.objects.within(organisation).order_by("shortcut", "language")


def choices(organisation: Organisation) -> dict[str, Any]:
    """What the filters offer."""
    return {
        "tags": Tag.objects.within(organisation),
        "intents": Intent.objects.within(organisation).filter(is_out_of_scope=False),
        "members": replying_members(organisation),
    }


def _in_view(actor: Actor, view: str) -> Q:
    is_open = Q(state=Conversation.State.OPEN)
    return {
        "mine": is_open
        & (Q(assigned_to=actor.member) | Q(handled_by=actor.member) if actor.member else NONE),
        "waiting": is_open & waits_for_staff(),
        "bot": is_open & Q(answered_by=Conversation.AnsweredBy.BOT),
        "resolved": Q(state=Conversation.State.RESOLVED),
        "all": Q(),
    }.get(view, is_open)


def _with_what_rows_show(rows: ConversationQuerySet) -> ConversationQuerySet:
    messages = Message.objects.filter(conversation=OuterRef("pk")).exclude(author=Message.Author.NOTICE)
    last = messages.order_by("-ordinal")
    # Who took it has answered, or is waited for since the visitor's last word.
    handoff = Handoff.objects.filter(conversation=OuterRef("pk")).waiting()
    return (
        rows.select_related("channel", "handled_by__user", "assigned_to__user", "answer_job", "rating")
        .prefetch_related(Prefetch("tags", Tag.objects.order_by("name")))
        .annotate(
            last_text=Subquery(last.values("text")[:1]),
            last_author=Subquery(last.values("author")[:1]),
            due_at=Subquery(handoff.values("due_at")[:1]),
            waiting_since=Coalesce(
                Subquery(handoff.values("created_at")[:1]),
                F("last_activity_at"),
                output_field=DateTimeField(),
            ),
            is_waiting=waits_for_staff(),
        )
    )


def _has_words(organisation: Organisation, words: str) -> Q:
    """Names, addresses and tags of all; what was said only in those that moved last, else it would take too long."""
    recent = Conversation.objects.within(organisation).order_by("-last_activity_at")
    messages = Message.objects.filter(
        conversation__in=recent.values("pk")[:SEARCHED_CONVERSATIONS], text__icontains=words
    )
    contacts = Contact.objects.within(organisation).filter(
        Q(email__icontains=words) | Q(name__icontains=words) | Q(phone__icontains=words)
    )
    return (
        Q(visitor_name__icontains=words)
        | Q(subject__icontains=words)
        | Q(visitor_id__in=contacts.values("visitor_id"))
        | Exists(Tag.objects.filter(conversations=OuterRef("pk"), name__icontains=words))
        | Q(pk__in=messages.values("conversation"))
    )


_FILTERS: dict[str, Callable[[Organisation, Any], Q | Exists]] = {
    "channel": lambda organisation, channel_id: Q(channel=channel_id),
    "tag": lambda organisation, tag_id: Exists(Tag.objects.filter(conversations=OuterRef("pk"), pk=tag_id)),
    "intent": lambda organisation, intent: Q(
        pk__in=MessageUnderstanding.objects.within(organisation)
        .filter(intent=intent)
        .values("message__conversation")
    ),
    "sentiment": lambda organisation, sentiment: SENTIMENTS[sentiment],
    "language": lambda organisation, language: Q(language=language),
    "assigned": lambda organisation, member: (
        Q(assigned_to=None) if member == NOBODY else Q(assigned_to=member)
    ),
    "search": _has_words,
}
