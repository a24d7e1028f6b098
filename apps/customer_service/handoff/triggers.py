"""Does what the visitor wrote call for a person? Decided by rules and the fast path, before any model is asked."""

from dataclasses import dataclass

from apps.customer_service.conversations.selectors import Exchange


@dataclass(frozen=True)
class Trigger:
    """`reason` of `Handoff.Reason`, and the words or facts that pulled it."""

    reason: str
    detail: str = ""
    is_urgent: bool = False


def trigger_of(exchange: Exchange) -> Trigger | None:
    return None
