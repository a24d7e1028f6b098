"""The staff's pages about mailboxes, messengers and what could not be sent."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.forms import submit_form
from apps.customer_service.channels.models import Channel
from apps.customer_service.channels.pages import channel_or_404
from apps.customer_service.conversations.models import Message
from apps.customer_service.mail import connection_check, outbound_mail, selectors, services
from apps.customer_service.mail.connection_check import Finding
from apps.customer_service.mail.forms import FirstMailForm, MailAccountForm, MailChannelForm
from apps.customer_service.mail.models import MailAccount
from apps.customer_service.mail.outbound_mail import NewMail
from apps.customer_service.mail.resources import KEPT_ASIDE
from apps.customer_service.mail.services import MailSettings
from apps.resources.presenters import RowListView


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def new_mail_channel(request: HttpRequest) -> HttpResponse:
    def create(*, name: str, language: str, **fields: Any) -> MailAccount:
        mail_settings = MailSettings(**fields)
        return services.create_mail_channel(
            actor_of(request), name=name, language=language, account=mail_settings
        )

    form = MailChannelForm(request.POST or None)
    if account := submit_form(form, create):
        return redirect("customer_service:mail_account", account.channel_id)
    return render(request, "customer_service/mail/account.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.reply")
def new_mail(request: HttpRequest) -> HttpResponse:
    """To somebody who has not written yet; `?address=` and `?name=` fill in whom a visitor's page names."""
    actor = actor_of(request)

    def send(*, channel: Channel, **fields: Any) -> Message:
        return outbound_mail.send_first_mail(actor, channel_id=channel.pk, mail=NewMail(**fields))

    initial = {name: request.GET.get(name, "") for name in ("address", "name")}
    form = FirstMailForm(request.POST or None, organisation=actor.organisation, initial=initial)
    if message := submit_form(form, send):
        return redirect("customer_service:conversation", message.conversation_id)
    has_mailbox = outbound_mail.mail_channels(actor.organisation).exists()
    return render(request, "customer_service/mail/new_mail.html", {"form": form, "has_mailbox": has_mailbox})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def mail_account(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    account = selectors.mail_account(channel_or_404(request, channel_id))
    if account is None:
        return redirect("customer_service:channel", channel_id)
    # The form writes into its instance, valid or not: the page shows the account as it is.
    instance = MailAccount.objects.get(pk=account.pk)
    form = MailAccountForm(request.POST or None, instance=instance)

    def change(**fields: Any) -> MailAccount:
        return services.change_mail_account(actor_of(request), account, mail_settings=MailSettings(**fields))

    if submit_form(form, change):
        messages.success(request, _("Saved."))
        return redirect("customer_service:mail_account", channel_id)
    return _mail_page(request, account, form)


@require_POST
@requires("conversations.manage")
def check_mail_account(request: HttpRequest, channel_id: UUID) -> HttpResponse:
    """Tries both servers now; the page says what works."""
    account = selectors.mail_account(channel_or_404(request, channel_id))
    if account is None:
        return redirect("customer_service:channel", channel_id)
    return _mail_page(request, account, MailAccountForm(instance=account), connection_check.check(account))


def _mail_page(
    request: HttpRequest, account: MailAccount, form: MailAccountForm, findings: list[Finding] | None = None
) -> HttpResponse:
    context = {
        "form": form,
        "account": account,
        "channel": account.channel,
        "findings": findings,
        "unreadable_count": selectors.unreadable_count(account),
        "unreadable_days": selectors.UNREADABLE_DAYS,
        "kept_aside": RowListView(KEPT_ASIDE, request, account=account),
    }
    return render(request, "customer_service/mail/account.html", context)
