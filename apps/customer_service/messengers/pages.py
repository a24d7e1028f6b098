from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.forms import submit_form
from apps.core.pages import act_and_go_back
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.pages import channel_or_404
from apps.customer_service.messengers import selectors as messengers_selectors
from apps.customer_service.messengers import services as messengers
from apps.customer_service.messengers.forms import MessengerAccountForm, TelegramChannelForm


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def new_telegram_channel(request: HttpRequest) -> HttpResponse:
    def create(**fields: str) -> Any:
        return messengers.create_messenger_channel(actor_of(request), kind=Channel.Kind.TELEGRAM, **fields)

    form = TelegramChannelForm(request.POST or None)
    if account := submit_form(form, create):
        return redirect("customer_service:telegram_account", account.channel_id)
    return render(request, "customer_service/messengers/messenger_account.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires("conversations.manage")
def telegram_account(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    account = messengers_selectors.messenger_account(channel_or_404(request, channel_id))
    if account is None:
        return redirect("customer_service:channel", channel_id)
    form = MessengerAccountForm(request.POST or None)

    def change(*, token: str) -> Any:
        return messengers.change_messenger_account(actor_of(request), account, token=token)

    if submit_form(form, change):
        messages.success(request, _("Saved."))
        return redirect("customer_service:telegram_account", channel_id)
    context = {"form": form, "account": account, "channel": account.channel}
    return render(request, "customer_service/messengers/messenger_account.html", context)


@require_POST
@requires("conversations.manage")
def connect_telegram(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    account = messengers_selectors.messenger_account(channel_or_404(request, channel_id))
    if account is None:
        return redirect("customer_service:channel", channel_id)
    connect = partial(messengers.connect_messenger, actor_of(request), account)
    return act_and_go_back(request, connect, "customer_service:telegram_account", channel_id)
