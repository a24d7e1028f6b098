"""The staff's inbox: the list, one conversation, and what staff do in it."""

from functools import partial
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.row_access import RowAccess
from apps.core import languages
from apps.core.errors import ApplicationError, Conflict, InvalidInput
from apps.core.forms import submit_form
from apps.core.numbers import whole_number
from apps.customer_service.channels.models import Channel
from apps.customer_service.contacts import services as contacts
from apps.customer_service.contacts.forms import ContactForm
from apps.customer_service.conversations import activity, selectors
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.inbox import (
    canned_replies,
    notes,
    replies,
    threads,
)
from apps.customer_service.inbox import selectors as inbox
from apps.customer_service.inbox.forms import (
    SENTIMENT_LABELS,
    ConversationFilterForm,
    MergeTagForm,
    MessageForm,
)
from apps.customer_service.inbox.resources import TAGS
from apps.customer_service.presence import read_receipts
from apps.customer_service.privacy import services as privacy
from apps.privacy.report_file import report_response
from apps.resources.pages import form_page

CONVERSATION_ACCESS = RowAccess(
    permission="conversations.view",
    find=lambda actor, conversation_id: selectors.conversation(actor.organisation, conversation_id),
    title=lambda conversation: conversation.visitor_label,
    back="customer_service:conversation",
)
# What an address tells about a conversation and not about the list beside it.
NOT_OF_THE_LIST = ("seen",)


@require_safe
@requires("conversations.view")
def conversations(request: HttpRequest) -> HttpResponse:
    """The inbox; htmx asks for its rows alone whenever something moves."""
    template = "rows" if _is_partial(request) else "conversations"
    context = _list_context(request)
    if template == "conversations":
        context |= _filter_context(request)
    return render(request, f"customer_service/inbox/{template}.html", context)


@require_GET
@requires("conversations.view")
def conversation(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """One conversation. htmx asks for what is said with what it shows, and gets nothing while that is still so."""
    actor = actor_of(request)
    row = selectors.conversation(actor.organisation, conversation_id)
    if _is_partial(request) and request.GET.get("seen") == threads.thread_version(row):
        return HttpResponse(status=204)
    if not _is_partial(request) or _opens_pane(request):
        read_receipts.mark_read(actor, row, through=row.message_count)
    return _conversation_page(request, row)


@require_POST
@requires("conversations.reply")
def reply(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """A reply or a note. What cannot be sent is shown again with its text."""
    form = MessageForm(request.POST)
    form.is_valid()
    fields, actor = form.cleaned_data, actor_of(request)
    try:
        if fields.get("kind") == "note":
            notes.add_note(actor, conversation_id=conversation_id, text=fields.get("text", ""))
        else:
            replies.write_reply(
                actor,
                conversation_id=conversation_id,
                text=fields.get("text", ""),
                seen=fields.get("seen", ""),
                resolves=fields.get("resolves", False),
            )
    except (InvalidInput, Conflict) as refusal:
        row = selectors.conversation(actor.organisation, conversation_id)
        return _conversation_page(request, row, refusal=refusal, draft=fields)
    return redirect(address_of(request, conversation_id))


def _is_partial(request: HttpRequest) -> bool:
    """htmx asks for a part; after “back” it wants the whole page."""
    htmx: Any = request.htmx  # type: ignore[attr-defined]
    return bool(htmx) and not htmx.history_restore_request


def _opens_pane(request: HttpRequest) -> bool:
    return bool(request.htmx.target == "pane")  # type: ignore[attr-defined]


def _list_context(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    form = ConversationFilterForm(request.GET)
    number = max(1, whole_number(request.GET.get("page", "")[:6]) or 1)
    return {
        "wanted": form.filters,
        "narrowing": form.narrowing,
        "view": form.filters.get("view", "open"),
        "page": inbox.page_of(actor, form.filters, number=number),
        "tabs": inbox.tabs(actor),
        "list_query": _list_query(request),
        "searched": inbox.SEARCHED_CONVERSATIONS,
        "page_shortcuts": "customer_service/inbox/shortcuts.html",
    }


def _filter_context(request: HttpRequest) -> dict[str, Any]:
    actor = actor_of(request)
    organisation, channels = actor.organisation, list(selectors.channel_list(actor.organisation))
    has_mailbox = any(channel.kind == Channel.Kind.MAIL and channel.is_enabled for channel in channels)
    return {
        "channels": channels,
        "writes_mail": has_mailbox and actor.may("conversations.reply"),
        "languages": languages.CHOICES,
        "sentiments": SENTIMENT_LABELS,
        **inbox.choices(organisation),
    }


def _conversation_page(
    request: HttpRequest,
    row: Conversation,
    *,
    refusal: ApplicationError | None = None,
    draft: dict[str, Any] | None = None,
) -> HttpResponse:
    """Whole, or the part that htmx wants."""
    actor = actor_of(request)
    context = {
        **threads.thread_of(actor, row),
        "list_query": _list_query(request),
        "limit": settings.MESSAGE_MAX_CHARACTERS,
        "draft": draft or {},
        "refusal": refusal.reason if refusal else "",
        "is_partial": _is_partial(request),
    }
    template = "conversations"
    if context["is_partial"]:
        template = "pane" if _opens_pane(request) else "live"
    else:
        context |= _list_context(request) | _filter_context(request)
    status = refusal.status if refusal else 200
    return render(request, f"customer_service/inbox/{template}.html", context, status=status)


def address_of(request: HttpRequest, conversation_id: UUID) -> str:
    """Of the conversation, beside the same list."""
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


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def tag(request: HttpRequest, tag_id: UUID) -> HttpResponseBase:
    """The form, and beside it what the tag may be merged with."""
    organisation = actor_of(request).organisation
    merging = MergeTagForm(organisation=organisation, tag=TAGS.one(organisation, tag_id))
    return form_page(TAGS, request, tag_id, merging=merging)


@require_GET
@requires("conversations.manage")
def visitor_report(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """All that is held about the visitor, as a file to hand to them."""
    return report_response(privacy.visitor_report(actor_of(request), conversation_id=conversation_id))


@require_safe
@requires("conversations.reply")
def offered_replies(request: HttpRequest, conversation_id: UUID) -> JsonResponse:
    """The canned replies that fit what was typed after the slash, with names filled in."""
    actor = actor_of(request)
    conversation = selectors.conversation(actor.organisation, conversation_id)
    replies = canned_replies.suggest(actor, conversation, request.GET.get("query", ""))
    return JsonResponse({"replies": [{"shortcut": each.shortcut, "text": each.text} for each in replies]})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.reply")
def contact(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    conversation = selectors.conversation(actor.organisation, conversation_id)
    row = contacts.contact_of(conversation)
    initial = {"name": conversation.visitor_name}
    if row:
        initial = {"name": row.name, "email": row.email, "phone": row.phone, "note": row.note}
    form = ContactForm(request.POST or None, initial=initial)
    saving = partial(contacts.describe_visitor, actor, conversation_id=conversation_id)
    if submit_form(form, saving):
        return redirect(address_of(request, conversation_id))
    context = {"form": form, "conversation": conversation}
    return render(request, "customer_service/inbox/contact.html", context)


@require_GET
@requires("conversations.view")
def live_updates(request: HttpRequest) -> HttpResponseBase:
    return activity.FEED.response(request, actor_of(request).organisation.pk)
