"""The staff's inbox: the list, one conversation, and what staff do in it."""

from collections.abc import Callable
from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.core import languages
from apps.core.errors import ApplicationError, Conflict, InvalidInput
from apps.core.numbers import whole_number
from apps.customer_service.conversations import selectors, services
from apps.customer_service.forms.conversations import (
    SENTIMENT_LABELS,
    ConversationFilterForm,
    MessageForm,
)
from apps.customer_service.forms.handoffs import AssignForm
from apps.customer_service.inbox import lists, notes, reading_marks, replies, threads
from apps.customer_service.models import Channel, Conversation

ACTIONS: dict[str, Callable[..., object]] = {
    "take-over": services.take_over,
    "hand-back": services.hand_back,
    "resolve": services.resolve,
    "reopen": services.reopen,
    "cancel": services.cancel_answer,
    "retry": services.retry_answer,
}
# What an address tells about a conversation and not about the list beside it.
NOT_OF_THE_LIST = ("seen",)


@require_GET
@requires("conversations.view")
def conversations(request: HttpRequest) -> HttpResponse:
    """The inbox; htmx asks for its rows alone whenever something moves."""
    template = "rows" if _is_partial(request) else "conversations"
    context = _list_context(request)
    if template == "conversations":
        context |= _filter_context(request)
    return render(request, f"customer_service/{template}.html", context)


@require_GET
@requires("conversations.view")
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation. htmx asks for what is said with what it shows, and gets nothing while that is still so."""
    actor = actor_of(request)
    found = selectors.conversation(actor.organisation, conversation_id)
    if _is_partial(request) and request.GET.get("seen") == threads.standing(found):
        return HttpResponse(status=204)
    if not _is_partial(request) or _opens_pane(request):
        reading_marks.mark_read(actor, found, through=found.turn_count)
    return _conversation_page(request, found)


@require_POST
@requires("conversations.reply")
def reply(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """A reply or a note. What cannot be sent is shown again with its text."""
    form = MessageForm(request.POST)
    form.is_valid()
    sent, actor = form.cleaned_data, actor_of(request)
    try:
        if sent.get("kind") == "note":
            notes.add_note(actor, conversation_id=conversation_id, text=sent.get("text", ""))
        else:
            replies.write_reply(
                actor,
                conversation_id=conversation_id,
                text=sent.get("text", ""),
                seen=sent.get("seen", ""),
                resolves=sent.get("resolves", False),
            )
    except (InvalidInput, Conflict) as refusal:
        found = selectors.conversation(actor.organisation, conversation_id)
        return _conversation_page(request, found, refusal=refusal, draft=sent)
    return _back(request, conversation_id)


@require_POST
@requires("conversations.reply")
def act(request: HttpRequest, conversation_id: UUID, action: str) -> HttpResponse:
    """Take over, hand back, resolve, reopen, cancel or retry."""
    service = ACTIONS.get(action)
    if service is None:
        raise Http404
    if service is services.take_over:
        service = partial(services.take_over, from_member_id=taken_from(request))
    try:
        service(actor_of(request), conversation_id=conversation_id)
    except Conflict as conflict:
        messages.warning(request, str(conflict.message))
    return _back(request, conversation_id)


def taken_from(request: HttpRequest) -> UUID | None:
    """Whose conversation the page showed when somebody took it over."""
    form = AssignForm(request.POST)
    return form.cleaned_data["member"] if form.is_valid() else None


def first_reason(refusal: ApplicationError) -> str:
    """What a person has to read of it."""
    lines = [line for of_field in refusal.fields.values() for line in of_field]
    return str(lines[0] if lines else refusal.message)


def _is_partial(request: HttpRequest) -> bool:
    """htmx asks for a part; after “back” it wants the whole page."""
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.history_restore_request


def _opens_pane(request: HttpRequest) -> bool:
    return bool(request.htmx.target == "pane")  # type: ignore[attr-defined]


def _list_context(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    form = ConversationFilterForm(request.GET)
    return {
        "wanted": form.wanted,
        "narrowing": form.narrowing,
        "view": form.wanted.get("view", "open"),
        "page": lists.page_of(actor, form.wanted, number=_page_number(request)),
        "tabs": lists.tabs(actor),
        "list_query": _list_query(request),
        "searched": lists.SEARCHED_CONVERSATIONS,
        "page_shortcuts": "customer_service/shortcuts.html",
    }


def _page_number(request: HttpRequest) -> int:
    number = request.GET.get("page", "")[:6]
    return max(1, whole_number(number) or 1)


def _filter_context(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    organisation, channels = actor.organisation, list(selectors.channel_list(actor.organisation))
    has_mailbox = any(channel.kind == Channel.Kind.MAIL and channel.is_enabled for channel in channels)
    return {
        "channels": channels,
        "writes_mail": has_mailbox and actor.may("conversations.reply"),
        "languages": languages.CHOICES,
        "sentiments": SENTIMENT_LABELS,
        **lists.choices(organisation),
    }


def _conversation_page(
    request: HttpRequest,
    found: Conversation,
    *,
    refusal: ApplicationError | None = None,
    draft: dict[str, Any] | None = None,
) -> HttpResponse:
    """Whole, or the part that htmx wants."""
    actor = actor_of(request)
    context = {
        **threads.thread_of(actor, found),
        "list_query": _list_query(request),
        "limit": settings.MESSAGE_MAX_CHARACTERS,
        "draft": draft or {},
        "refusal": first_reason(refusal) if refusal else "",
        "is_partial": _is_partial(request),
    }
    template = "conversations"
    if context["is_partial"]:
        template = "pane" if _opens_pane(request) else "live"
    else:
        context |= _list_context(request) | _filter_context(request)
    status = refusal.status if refusal else 200
    return render(request, f"customer_service/{template}.html", context, status=status)


def _back(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """To the conversation, beside the same list."""
    return redirect(address_of(request, conversation_id))


def address_of(request: HttpRequest, conversation_id: UUID) -> str:
    address = reverse("customer_service:conversation", args=[conversation_id])
    return f"{address}?{query}" if (query := _list_query(request)) else address


def _list_query(request: HttpRequest) -> str:
    """What the address says about the list: its own, or that of the page which htmx asks for."""
    of_list = request.GET.copy()
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    if not of_list and htmx:
        of_list = QueryDict(urlsplit(str(htmx.current_url or "")).query, mutable=True)
    for name in NOT_OF_THE_LIST:
        of_list.pop(name, None)
    return of_list.urlencode()
