"""The staff's pages about conversations that wait for a person."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, requires
from apps.customer_service.handoff import selectors, system_messages
from apps.customer_service.staff import selectors as staff


@require_safe
@requires("conversations.view")
def queue(request: HttpRequest) -> HttpResponse:
    """Live: htmx asks with what it shows, and gets nothing while that is still so."""
    organisation = actor_of(request).organisation
    waiting = list(selectors.queue(organisation))
    left_alone = list(selectors.left_alone(organisation))
    version = selectors.queue_version(waiting, left_alone)
    is_partial = bool(request.htmx)  # type: ignore[attr-defined]
    if is_partial and request.GET.get("seen") == version:
        return HttpResponse(status=204)
    desk_settings = staff.desk_settings(organisation)
    context: dict[str, Any] = {
        "waiting": waiting,
        "left_alone": left_alone,
        "seen": version,
        "overdue": sum(handoff.is_overdue for handoff in waiting),
        "opens": system_messages.closed_until(desk_settings),
        "settings": desk_settings,
    }
    template = "queue_rows" if is_partial else "queue"
    return render(request, f"customer_service/handoff/{template}.html", context)
