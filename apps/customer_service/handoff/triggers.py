"""Does what the visitor wrote call for a person? Decided by rules and the fast path, before any model is asked."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.handoff import selectors
from apps.customer_service.handoff.phrases import phrases, words
from apps.customer_service.models import DeskSettings, Handoff
from llm_backend.understanding.sentiment import NEGATIVE_TREND

# One angry message may be a bad day; two are about us.
MESSAGES_OF_A_TREND = 2


@dataclass(frozen=True)
class Trigger:
    """`reason` of `Handoff.Reason`, and the words or facts that pulled it."""

    reason: str
    detail: str = ""
    is_urgent: bool = False


def trigger_of(exchange: Exchange) -> Trigger | None:
    """What is a matter of life or law comes first. What was handed over once does not count a second time."""
    earlier = selectors.last_handoff(exchange.conversation)
    if earlier and earlier.state != Handoff.State.ENDED:
        return None
    question = selectors.question_since(exchange, earlier)
    if not question:
        return None
    chosen = selectors.desk_settings(exchange.conversation.organisation_id)
    return _trigger_in(question, chosen) or (
        _growing_anger(exchange, earlier) if chosen.hands_off_negative else None
    )


def _trigger_in(text: str, chosen: DeskSettings) -> Trigger | None:
    found = (rule(text, chosen) for rule in _RULES)
    return next((trigger for trigger in found if trigger), None)


def _sensitive(text: str, chosen: DeskSettings) -> Trigger | None:
    if not chosen.hands_off_sensitive:
        return None
    found = phrases("sensitive").found_in(text)
    return Trigger(Handoff.Reason.SENSITIVE, found, is_urgent=True) if found else None


def _asked(text: str, chosen: DeskSettings) -> Trigger | None:
    found = phrases("asked").found_in(text, may_be_declined=True)
    return Trigger(Handoff.Reason.ASKED, found) if found else None


def _keyword(text: str, chosen: DeskSettings) -> Trigger | None:
    own = words(chosen.handoff_keywords)
    found = own.found_in(text) if own else ""
    return Trigger(Handoff.Reason.KEYWORD, found) if found else None


_RULES: tuple[Callable[[str, DeskSettings], Trigger | None], ...] = (_sensitive, _asked, _keyword)


def _growing_anger(exchange: Exchange, earlier: Handoff | None) -> Trigger | None:
    """From what is understood by now; the latest message may not be, and nobody waits for it."""
    trends = selectors.trends_since(exchange.conversation, earlier)
    if len(trends) < MESSAGES_OF_A_TREND or trends[-1] > NEGATIVE_TREND:
        return None
    return Trigger(Handoff.Reason.NEGATIVE, f"{trends[-1]:.2f}")
