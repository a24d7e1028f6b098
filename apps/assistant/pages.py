"""The desk's pages: a list of chats with one of them beside it, what was found in them, and what others shared."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.answering import chat_tools
from apps.assistant import live, presenters, search, selectors
from apps.assistant.desk import USE
from apps.assistant.models import Chat
from apps.core.pages import optional_uuid


@require_safe
@requires(USE)
def chats(request: HttpRequest) -> HttpResponse:
    """A new chat, beside those that there are."""
    actor = actor_of(request)
    return render(request, "assistant/chats.html", _page(actor, None))


@require_safe
@requires(USE)
def chat(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """A chat on its newest branch, or on the one of `?at=`; htmx asks for the messages, and what became of the files, when
    something moved.
    """
    actor = actor_of(request)
    row = selectors.own_chat(actor, chat_id)
    at = optional_uuid(request.GET.get("at", ""))
    thread = presenters.thread(actor, list(selectors.message_list(row)), at)
    context = {"chat": row, "thread": thread, "at": at or ""}
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "assistant/moved.html", context | {"files": presenters.file_notes(row)})
    receivers = chat_tools.receivers_for(actor)
    return render(request, "assistant/chat.html", _page(actor, row) | context | {"receivers": receivers})


@require_POST
@requires(USE)
def find(request: HttpRequest) -> HttpResponse:
    """What was found in one's chats. Not in an address, which servers write down."""
    text = request.POST.get("text", "")
    context = {"found": search.find(actor_of(request), text), "text": text}
    return render(request, "assistant/found.html", context)


@require_safe
@requires(USE)
def shared(request: HttpRequest, chat_id: UUID) -> HttpResponse:
    """A chat that a member shared, to read. What its answers quote is shown to whoever may view documents."""
    actor = actor_of(request)
    row, messages = selectors.shared_chat(actor, chat_id)
    context = {
        "chat": row,
        "thread": presenters.thread(actor, messages),
        "is_shared": True,
        "shows_sources": actor.may("knowledge.view"),
    }
    return render(request, "assistant/shared.html", context)


@require_GET
@requires(USE)
def live_updates(request: HttpRequest) -> HttpResponseBase:
    """Which of the member's chats moved, for their other tabs and their phone."""
    member = actor_of(request).member
    if member is None:
        return HttpResponse(status=204)
    return live.FEED.response(request, member.pk)


def _page(actor: Actor, chat: Chat | None) -> dict[str, Any]:
    groups = presenters.chat_groups(actor)
    folders = [group.folder for group in groups if group.folder]
    return {"groups": groups, "folders": folders, "chat": chat, **presenters.composer(actor, chat)}
