"""An organisation that may ask for nothing more today."""

from apps.accounts.actors import Actor
from apps.inference import quotas
from apps.inference.resources import QUOTAS
from apps.resources import services as resources


def use_up_requests(actor: Actor) -> None:
    resources.save(actor, QUOTAS, {"metric": "requests", "window": "day", "hard_limit": 1})
    quotas.admit(actor)
