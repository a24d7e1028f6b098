from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, requires
from apps.marketing.channels import selectors
from apps.marketing.channels.resources import CHANNEL_OVERRIDES


@require_safe
@requires("marketing.use")
def channel_overrides(request: HttpRequest) -> HttpResponse:
    """Every channel with the limits that hold here, and where they come from."""
    actor = actor_of(request)
    context: dict[str, Any] = {
        "resource": CHANNEL_OVERRIDES,
        "channels": selectors.channel_list(actor.organisation),
        "may_write": actor.may(CHANNEL_OVERRIDES.write),
        "new_url": CHANNEL_OVERRIDES.url("new"),
    }
    return render(request, "marketing/channels/channels.html", context)
