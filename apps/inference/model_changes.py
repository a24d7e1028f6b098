"""What is known of two models where an endpoint goes from one to the other. Whoever measures models tells it here."""

from collections.abc import Callable
from dataclasses import dataclass

from apps.accounts.models import Organisation


@dataclass(frozen=True)
class ModelComparison:
    """What each passes, in words, or "" where it was never asked.

    `difference`: over what both were asked, as `0.40 → 0.44 (+0.01 … +0.07)`, or "". `url`: where the same questions are put
    to both, for holders of `permission`. `is_askable`: an endpoint has the new model, so that it can be asked.
    """

    before: str
    after: str
    difference: str
    url: str
    permission: str
    is_askable: bool


# Of an organisation, the model before and the model after; None where nothing could be asked.
Provider = Callable[[Organisation, str, str], ModelComparison | None]
_providers: list[Provider] = []


def provider(function: Provider) -> None:
    """Registers who knows."""
    _providers.append(function)


def comparison(organisation: Organisation, before: str, after: str) -> ModelComparison | None:
    """The first that there is; None of the same model."""
    if before == after:
        return None
    return next(filter(None, (each(organisation, before, after) for each in _providers)), None)


def difference(organisation: Organisation, before: str, after: str) -> str:
    known = comparison(organisation, before, after)
    return known.difference if known else ""
