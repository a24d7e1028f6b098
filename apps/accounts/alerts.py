"""What waits for somebody. Each app offers its own in a module `alerts`; the start page shows them all.

@alerts.provider("conversations.reply")
def waiting_conversations(actor: Actor) -> Matter | None: ...
"""

from collections.abc import Callable
from dataclasses import dataclass

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.core import desks
from apps.core.errors import Text


@dataclass(frozen=True)
class Alert:
    """One line that leads to where it can be settled. Tone: "warn" or "bad"."""

    text: Text
    url: str
    icon: str
    tone: str = "warn"


Provider = Callable[[Actor], Alert | None]
_providers: list[tuple[str, Provider]] = []


def provider(permission: str = "") -> Callable[[Provider], Provider]:
    """Registers a cheap question (one query) asked of members with the permission; without one, of all."""

    def register(function: Provider) -> Provider:
        _providers.append((permission, function))
        return function

    return register


def alerts(actor: Actor) -> list[Alert]:
    answers = [
        function(actor)
        for permission, function in _providers
        # What a desk that is switched off has to tell would lead to a closed door.
        if (not permission or actor.may(permission))
        and switches.is_on(actor.organisation.pk, desks.name_of_module(function.__module__))
    ]
    return [matter for matter in answers if matter is not None]
