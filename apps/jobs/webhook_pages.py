"""The portal's pages about webhooks."""

from functools import partial
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.forms import submit_form
from apps.jobs import webhook_secrets
from apps.jobs.forms import REPLAY_PERIODS
from apps.jobs.resources import WEBHOOK_DELIVERIES, WEBHOOKS
from apps.resources.pages import form_page
from apps.resources.presenters import RowListView


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
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


@require_http_methods(["GET", "HEAD", "POST"])
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
