"""Pages on the clocks of the organisation that they are of, wherever the browser is."""

from collections.abc import Callable
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.accounts.access import portal_actor
from apps.core.ttl_cache import TTLCache
from apps.dashboards.rollups.selectors import time_zone

GetResponse = Callable[[HttpRequest], HttpResponse]
# Asked for with every page, changed once in years.
_zones: TTLCache[str] = TTLCache(seconds=5)


def organisation_clocks(get_response: GetResponse) -> GetResponse:
    """Until the answer is made, times are read and written in the time zone of who is signed in; else in that of the
    installation.
    """

    def answer(request: HttpRequest) -> HttpResponse:
        with timezone.override(None):
            return get_response(request)

    answer.process_view = _follow_organisation  # type: ignore[attr-defined]
    return answer


def _follow_organisation(
    request: HttpRequest, _view: Callable[..., HttpResponse], _arguments: list[Any], _names: dict[str, Any]
) -> None:
    if actor := portal_actor(request):
        timezone.activate(ZoneInfo(zone_of(actor.organisation.pk)))


def zone_of(organisation_id: UUID) -> str:
    """What was changed a moment ago may still be as it was."""
    return _zones.get(organisation_id, lambda: time_zone(organisation_id))
