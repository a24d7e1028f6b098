"""An organisation that may ask for nothing more today."""

from contextlib import suppress

from apps.accounts.actors import Actor
from apps.core.errors import QuotaExceeded
from apps.inference import quotas
from apps.inference.resources import QUOTAS
from apps.resources import services as resources


def use_up_requests(actor: Actor) -> None:
    resources.save(actor, QUOTAS, {"metric": "requests", "window": "day", "hard_limit": 1})
    # Earlier jobs of the day count.
    with suppress(QuotaExceeded):
        quotas.admit(actor)
