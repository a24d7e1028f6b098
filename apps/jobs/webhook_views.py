"""The portal's pages about webhooks."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import ApplicationError
from apps.core.forms import accepted
from apps.jobs import selectors
from apps.jobs import webhooks as services
from apps.jobs.forms import WebhookForm
from apps.jobs.models import Webhook


@require_GET
@requires("webhooks.manage")
def webhooks(request: HttpRequest) -> HttpResponse:
    rows = Webhook.objects.within(actor_of(request).organisation).order_by("-created_at")
    return render(request, "jobs/webhooks.html", {"webhooks": rows})


@never_cache
@require_http_methods(["GET", "POST"])
@requires("webhooks.manage")
def create_webhook(request: HttpRequest) -> HttpResponse:
    form = WebhookForm(request.POST or None)
    del form.fields["is_enabled"]
    if new_webhook := accepted(form, partial(services.create_webhook, actor_of(request))):
        return render(request, "jobs/webhook_secret.html", {"webhook": new_webhook})
    return render(request, "jobs/webhook_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires("webhooks.manage")
def webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    row = get_object_or_404(Webhook.objects.within(actor_of(request).organisation), pk=webhook_id)
    form = WebhookForm(request.POST or None, instance=row)
    if accepted(form, partial(services.change_webhook, actor_of(request), row)):
        messages.success(request, _("Saved."))
        return redirect("jobs:webhook", webhook_id)
    deliveries = selectors.visible_deliveries(actor_of(request)).filter(webhook=row)
    page = Paginator(deliveries.order_by("-id"), 50).get_page(request.GET.get("page"))
    return render(request, "jobs/webhook.html", {"webhook": row, "form": form, "page": page})


@never_cache
@require_POST
@requires("webhooks.manage")
def rotate_webhook_secret(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    row = get_object_or_404(Webhook.objects.within(actor_of(request).organisation), pk=webhook_id)
    changed_row = services.rotate_secret(actor_of(request), row)
    return render(request, "jobs/webhook_secret.html", {"webhook": changed_row})


@require_POST
@requires("webhooks.manage")
def delete_webhook(request: HttpRequest, webhook_id: UUID) -> HttpResponse:
    row = get_object_or_404(Webhook.objects.within(actor_of(request).organisation), pk=webhook_id)
    services.delete_webhook(actor_of(request), row)
    messages.success(request, _("Nothing is sent to this address any more."))
    return redirect("jobs:webhooks")


@require_POST
@requires("webhooks.manage")
def replay_delivery(request: HttpRequest, webhook_delivery_id: UUID) -> HttpResponse:
    delivery = get_object_or_404(selectors.visible_deliveries(actor_of(request)), pk=webhook_delivery_id)
    try:
        services.replay_delivery(actor_of(request), delivery)
    except ApplicationError as refusal:
        messages.warning(request, str(refusal))
    return redirect("jobs:webhook", delivery.webhook_id)
