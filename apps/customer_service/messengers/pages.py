from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from apps.accounts.access import actor_of, requires
from apps.core.errors import NotFound
from apps.core.forms import submit_form
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.pages import channel_or_404
from apps.customer_service.messengers import selectors as messengers_selectors
from apps.customer_service.messengers import services as messengers
from apps.customer_service.messengers.forms import MessengerAccountForm, MessengerChannelForm
from apps.customer_service.messengers.intake import MESSENGERS


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def new_messenger_channel(request: HttpRequest, kind: str) -> HttpResponse:
    if kind not in MESSENGERS:
        raise NotFound
    form = MessengerChannelForm(request.POST or None, kind=kind)
    create = partial(messengers.create_messenger_channel, actor_of(request), kind=kind)
    if account := submit_form(form, create):
        return redirect("customer_service:messenger_account", account.channel_id)
    context = {"form": form, "kind": Channel.Kind(kind), "steps": _steps(kind)}
    return render(request, "customer_service/messengers/messenger_account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def messenger_account(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    account = messengers_selectors.messenger_account(channel_or_404(request, channel_id))
    if account is None:
        return redirect("customer_service:channel", channel_id)
    kind = Channel.Kind(account.channel.kind)
    form = MessengerAccountForm(request.POST or None, kind=kind, account=account)

    def change(**fields: Any) -> Any:
        return messengers.change_messenger_account(actor_of(request), account, **fields)

    if submit_form(form, change):
        messages.success(request, _("Saved."))
        return redirect("customer_service:messenger_account", channel_id)
    context = {
        "form": form,
        "kind": kind,
        "steps": _steps(kind),
        "account": account,
        "channel": account.channel,
        "registers_hook": MESSENGERS[kind].registers_hook,
        "hook_url": messengers.hook_url(account),
    }
    return render(request, "customer_service/messengers/messenger_account.html", context)


def _steps(kind: str) -> str:
    """What to do in the messenger's console, and in which order."""
    return f"customer_service/messengers/steps/{kind}.html"
