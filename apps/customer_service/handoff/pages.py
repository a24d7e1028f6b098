"""The staff's pages about conversations that wait for a person."""

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.pages import act_and_go_back
from apps.customer_service.conversations import services as conversations
from apps.customer_service.handoff import selectors, services, system_messages
from apps.customer_service.handoff.forms import AssignForm
from apps.customer_service.inbox.pages import taken_from
from apps.customer_service.staff import selectors as staff


@require_GET
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


@require_POST
@requires("conversations.reply")
def take(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """From the queue, straight into the conversation."""
    act = partial(conversations.take_over, from_member_id=taken_from(request))
    return _act(request, conversation_id, act)


@require_POST
@requires("conversations.reply")
def assign(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    form = AssignForm(request.POST)
    member_id = form.cleaned_data["member"] if form.is_valid() else None
    text = _("Assigned.") if member_id else _("Any agent can take it now.")
    return _act(request, conversation_id, partial(services.assign, member_id=member_id), text)


def _act(
    request: HttpRequest, conversation_id: UUID, act: Callable[..., object], success: str = ""
) -> HttpResponse:
    act = partial(act, actor_of(request), conversation_id=conversation_id)
    return act_and_go_back(request, act, "customer_service:conversation", conversation_id, success=success)
