"""The visitors' chat page and the staff's pages about conversations."""

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import actor_of, public, requires
from apps.core import languages
from apps.core.errors import Conflict, InvalidInput
from apps.customer_service import selectors, services
from apps.customer_service.chat_page import chat_texts
from apps.customer_service.forms import ChannelForm, ConversationFilterForm
from apps.customer_service.models import Channel

ROWS = 40
ACTIONS = {
    "take-over": services.take_over,
    "hand-back": services.hand_back,
    "close": services.close,
    "reopen": services.reopen,
    "cancel": services.cancel_answer,
    "retry": services.retry_answer,
}


@require_GET
@public
def chat(request: HttpRequest, slug: str) -> HttpResponse:
    """A shop's chat page. Everything on it happens through the visitors' API with the visitor's own token."""
    channel = selectors.channel_of_slug(slug)
    language = request.GET.get("language", "")
    if language not in dict(languages.CHOICES):
        language = translation.get_language() or channel.language
    with translation.override(language):
        context = {"channel": channel, "texts": chat_texts(channel), "limit": settings.MESSAGE_MAX_CHARACTERS}
        return render(request, "customer_service/chat.html", context)


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
    """Take over, hand back, close, reopen, cancel or retry."""
    service = ACTIONS.get(action)
    if service is None:
        raise Http404
    try:
        service(actor_of(request), conversation_id=conversation_id)
    except Conflict as conflict:
        messages.warning(request, str(conflict.message))
    return redirect("customer_service:conversation", conversation_id)


@require_GET
@requires("conversations.view")
def channels(request: HttpRequest) -> HttpResponse:
    found = selectors.channel_list(actor_of(request).organisation)
    return render(request, "customer_service/channels.html", {"channels": found})


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def new_channel(request: HttpRequest) -> HttpResponse:
    form = ChannelForm(request.POST or None, organisation=actor_of(request).organisation)
    if request.method == "POST" and form.is_valid():
        return redirect("customer_service:channel", form.save().pk)
    return render(request, "customer_service/channel.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def channel(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    organisation = actor_of(request).organisation
    found = get_object_or_404(Channel.objects.within(organisation), pk=channel_id)
    form = ChannelForm(request.POST or None, instance=found, organisation=organisation)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, translation.gettext("Saved."))
        return redirect("customer_service:channel", channel_id)
    context = {"form": form, "channel": found, "chat_url": found.chat_url}
    return render(request, "customer_service/channel.html", context)
