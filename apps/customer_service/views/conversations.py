"""The staff's pages about conversations."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import Conflict, InvalidInput
from apps.customer_service.conversations import selectors, services
from apps.customer_service.forms.conversations import ConversationFilterForm

ROWS = 40
ACTIONS = {
    "take-over": services.take_over,
    "hand-back": services.hand_back,
    "resolve": services.resolve,
    "reopen": services.reopen,
    "cancel": services.cancel_answer,
    "retry": services.retry_answer,
}


@require_GET
@requires("conversations.view")
def conversations(request: HttpRequest) -> HttpResponse:
    """The inbox; htmx asks for its rows alone every few seconds."""
    organisation = actor_of(request).organisation
    form = ConversationFilterForm(request.GET)
    found = selectors.inbox(organisation, form.wanted)
    context = {
        "form": form,
        "wanted": form.wanted,
        "page": Paginator(found, ROWS).get_page(request.GET.get("page")),
        "channels": selectors.channel_list(organisation),
    }
    template = "rows" if request.htmx else "conversations"  # type: ignore[attr-defined]
    return render(request, f"customer_service/{template}.html", context)


@require_GET
@requires("conversations.view")
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation, live: htmx asks with what it shows, and gets nothing while that is still so."""
    found = selectors.conversation(actor_of(request).organisation, conversation_id)
    seen = selectors.standing(found)
    is_partial = bool(request.htmx)  # type: ignore[attr-defined]
    if is_partial and request.GET.get("seen") == seen:
        return HttpResponse(status=204)
    turns = list(selectors.turns(found))
    context = {
        "conversation": found,
        "turns": turns,
        "has_sources": any(turn.citations.all() for turn in turns),
        "standing": seen,
        "limit": settings.MESSAGE_MAX_CHARACTERS,
    }
    template = "live" if is_partial else "conversation"
    return render(request, f"customer_service/{template}.html", context)


@require_POST
@requires("conversations.reply")
def reply(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    try:
        services.reply(actor_of(request), conversation_id=conversation_id, text=request.POST.get("text", ""))
    except InvalidInput as error:
        messages.error(request, str(error.message))
    return redirect("customer_service:conversation", conversation_id)


@require_POST
@requires("conversations.reply")
def act(request: HttpRequest, conversation_id: UUID, action: str) -> HttpResponse:
    """Take over, hand back, resolve, reopen, cancel or retry."""
    service = ACTIONS.get(action)
    if service is None:
        raise Http404
    try:
        service(actor_of(request), conversation_id=conversation_id)
    except Conflict as conflict:
        messages.warning(request, str(conflict.message))
    return redirect("customer_service:conversation", conversation_id)
