"""The staff's pages about channels."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.customer_service.channels import services
from apps.customer_service.channels.chat_page import qr_code
from apps.customer_service.channels.forms import ChannelForm
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.resources import CHANNELS
from apps.customer_service.chat import identity
from apps.customer_service.conversations import selectors
from apps.resources.pages import list_page


@require_safe
@requires("conversations.view")
def channels(request: HttpRequest) -> HttpResponseBase:
    archived = selectors.channel_list(actor_of(request).organisation).archived()
    messengers = [kind for kind in Channel.Kind if kind not in (Channel.Kind.CHAT, Channel.Kind.MAIL)]
    return list_page(CHANNELS, request, archived=archived, messengers=messengers)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def new_channel(request: HttpRequest) -> HttpResponse:
    form = ChannelForm(request.POST or None, actor=actor_of(request))
    if request.method == "POST" and form.is_valid():
        return redirect("customer_service:channel", _save_form(request, form).pk)
    return render(request, "customer_service/channels/channel.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def channel(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    row = channel_or_404(request, channel_id)
    if row.archived_at:
        context = {"channel": row, "held": services.channel_contents(row)}
        return render(request, "customer_service/channels/archived_channel.html", context)
    form = ChannelForm(request.POST or None, instance=row, actor=actor_of(request))
    if request.method == "POST" and form.is_valid():
        _save_form(request, form)
        messages.success(request, _("Saved."))
        return redirect("customer_service:channel", channel_id)
    return render(request, "customer_service/channels/channel.html", _page(row, form))


@require_POST
@requires("conversations.manage")
def channel_secret(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """Shows the secret that signs identities, this once; with `rotate`, a new one."""
    row, actor = channel_or_404(request, channel_id), actor_of(request)
    if "rotate" in request.POST:
        row = identity.rotate_secret(actor, channel=row)
        messages.success(request, _("The old secret no longer works. Use the new one on your server."))
    else:
        identity.note_secret_shown(actor, channel=row)
    form = ChannelForm(instance=row, actor=actor)
    response = render(
        request,
        "customer_service/channels/channel.html",
        {**_page(row, form), "secret": row.identity_secret},
    )
    response["Cache-Control"] = "no-store"
    return response


@require_safe
@requires("conversations.view")
def channel_preview(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """A page as a shop has one, with the widget on it."""
    return render(
        request, "customer_service/channels/preview.html", {"channel": channel_or_404(request, channel_id)}
    )


def channel_or_404(request: HttpRequest, channel_id: UUID) -> Channel:
    own = Channel.objects.within(actor_of(request).organisation).select_related("organisation")
    return get_object_or_404(own, pk=channel_id)


@transaction.atomic
def _save_form(request: HttpRequest, form: ChannelForm) -> Channel:
    row = form.save()
    services.note_saved(actor_of(request), row, fields=form.changed_data)
    return row


def _page(row: Channel, form: ChannelForm) -> dict[str, Any]:
    context: dict[str, Any] = {"form": form, "channel": row}
    if row.kind == Channel.Kind.CHAT:
        embed_code = f'<script async src="{row.widget_url}"></script>'
        context |= {"chat_url": row.chat_url, "qr_code": qr_code(row.chat_url), "embed_code": embed_code}
    return context
