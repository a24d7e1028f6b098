"""Does what the visitor wrote call for a person? Decided by rules and the fast path, before any model is asked."""

from dataclasses import dataclass

from apps.answering import messages
from apps.core import bounded_calls
from apps.customer_service.conversations.models import Message
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.handoff import selectors
from apps.customer_service.handoff.models import Handoff
from apps.customer_service.staff import selectors as staff
from apps.customer_service.staff.models import DeskSettings
from domain.text.understanding import phrases
from domain.text.understanding.sentiment import NEGATIVE_TREND

# One angry message may be a bad day; two are about us.
MESSAGES_OF_A_TREND = 2
# Of somebody who only calls for a person.
MAX_LINES = 3


@dataclass(frozen=True)
class Trigger:
    """`reason` of `Handoff.Reason`, and the words or facts that pulled it."""

    reason: str
    detail: str = ""


def trigger_of(exchange: Exchange) -> Trigger | None:
    """What is a matter of life or law comes first. What was handed over once does not count a second time."""
    earlier = Handoff.objects.filter(conversation=exchange.conversation).order_by("-created_at").first()
    if earlier and earlier.state != Handoff.State.ENDED:
        return None
    question = _question_since(exchange, earlier)
    if not question:
        return None
    desk_settings = staff.desk_settings(exchange.conversation.organisation_id)
    return _trigger_in(question, desk_settings) or (
        _growing_anger(exchange, earlier) if desk_settings.hands_off_negative else None
    )


def asks_again(exchange: Exchange) -> bool:
    """Whether each message asks for a person, as those do who wait for one."""
    lines = exchange.question.splitlines()
    return len(lines) <= MAX_LINES and all(
        bounded_calls.call_on_text(phrases.match_phrases, line, ()).handoff_request for line in lines
    )


def _question_since(exchange: Exchange, earlier: Handoff | None) -> str:
    """What the visitor asks now, without what an earlier handoff was about."""
    if earlier is None or earlier.ended_at is None:
        return exchange.question
    last_answered = max((message.ordinal for message in exchange.before), default=0)
    newer = Message.objects.filter(
        conversation=exchange.conversation,
        author=Message.Author.VISITOR,
        ordinal__gt=last_answered,
        ordinal__lte=exchange.asked.ordinal,
        created_at__gt=earlier.ended_at,
    )
    return messages.join_messages(list(newer.order_by("ordinal").values_list("text", flat=True)))


def _trigger_in(text: str, desk_settings: DeskSettings) -> Trigger | None:
    matches = bounded_calls.call_on_text(phrases.match_phrases, text, tuple(desk_settings.handoff_keywords))
    if matches.sensitive and desk_settings.hands_off_sensitive:
        return Trigger(Handoff.Reason.SENSITIVE, matches.sensitive)
    if matches.handoff_request:
        return Trigger(Handoff.Reason.ASKED, matches.handoff_request)
    return Trigger(Handoff.Reason.KEYWORD, matches.keyword) if matches.keyword else None


def _growing_anger(exchange: Exchange, earlier: Handoff | None) -> Trigger | None:
    """From what is understood by now; the latest message may not be, and nobody waits for it."""
    # The conversation has the last trend, which tells of nearly all that there is nothing to look up.
    if exchange.conversation.trend > NEGATIVE_TREND:
        return None
    trends = selectors.trends_since(exchange.conversation, earlier)
    if len(trends) < MESSAGES_OF_A_TREND or trends[-1] > NEGATIVE_TREND:
        return None
    return Trigger(Handoff.Reason.NEGATIVE, f"{trends[-1]:.2f}")
