"""The portal's pages about webhooks."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import Text
from apps.core.forms import submit_form
from apps.core.pages import act_and_go_back
from apps.jobs import webhook_secrets, webhooks
from apps.jobs.resources import WEBHOOK_DELIVERIES, WEBHOOKS
from apps.resources.pages import form_page
from apps.resources.presenters import RowListView

REPLAY_PERIODS: dict[str, tuple[int, Text]] = {
    "day": (1, _("the last day")),
    "week": (7, _("the last 7 days")),
    "month": (30, _("the last 30 days")),
}


@never_cache
@require_http_methods(["GET", "POST"])
@requires("webhooks.manage")
def new_webhook(request: HttpRequest) -> HttpResponse:
    """The form, and once it is sent the secret."""
    actor = actor_of(request)
    form = WEBHOOKS.bound_form(actor.organisation, request.POST or None)
    del form.fields["is_enabled"]
    if webhook := submit_form(form, partial(webhook_secrets.create_webhook, actor)):
        return render(request, "jobs/webhook_secret.html", {"webhook": webhook})
    context = {"resource": WEBHOOKS, "form": form, "title": WEBHOOKS.new_label}
    return render(request, WEBHOOKS.form_template, context)


@require_http_methods(["GET", "POST"])
@requires("webhooks.manage")
def webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponseBase:
    """The form, and below it what was sent: all of it, or what the chosen state leaves."""
    deliveries = RowListView(WEBHOOK_DELIVERIES, request, webhook=webhook_id)
    return form_page(WEBHOOKS, request, webhook_id, row_list=deliveries, periods=REPLAY_PERIODS.items())


@never_cache
@require_POST
@requires("webhooks.manage")
def rotate_webhook_secret(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    webhook = webhook_secrets.rotate_secret(actor, WEBHOOKS.one(actor.organisation, webhook_id))
    return render(request, "jobs/webhook_secret.html", {"webhook": webhook})


@require_POST
@requires("webhooks.manage")
def replay_failed_deliveries(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    webhook = WEBHOOKS.one(actor.organisation, webhook_id)
    days = REPLAY_PERIODS.get(request.POST.get("period", ""), (1, ""))[0]
    return act_and_go_back(
        request,
        lambda: webhooks.replay_failed(actor, webhook, days=days),
        "jobs:webhook",
        webhook_id,
        success=_("Resending."),
    )
