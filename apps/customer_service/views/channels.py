"""The staff's pages about channels."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.views.decorators.http import require_GET, require_http_methods

from apps.accounts.access import actor_of, requires
from apps.customer_service.conversations import selectors
from apps.customer_service.forms.channels import ChannelForm
from apps.customer_service.models import Channel


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
