from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.core.errors import Conflict, InvalidInput
from apps.inference import endpoints, quotas, selectors
from apps.inference.forms import EndpointForm, QuotaForm
from apps.inference.models import Endpoint, Quota

USAGE_DAYS = 30


@require_GET
@requires("inference.view")
def usage(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    group = request.GET.get("group_by", "")
    group = group if group in selectors.GROUPS else "model"
    now = timezone.now()
    context = {
        "endpoints": selectors.endpoint_states(actor.organisation),
        "standings": quotas.standings(actor.organisation),
        "rows": selectors.usage_summary(
            actor.organisation, group_by=group, since=now - timedelta(days=USAGE_DAYS), until=now
        ),
        "group": group,
        "groups": selectors.GROUP_LABELS,
        "may_manage": actor.may("inference.manage"),
    }
    return render(request, "inference/usage.html", context)


@require_http_methods(["GET", "POST"])
@requires("inference.manage")
def create_endpoint(request: HttpRequest) -> HttpResponse:
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            endpoints.create_endpoint(actor_of(request), **form.settings())
        except InvalidInput as error:
            form.show(error)
        else:
            messages.success(request, _("The endpoint was added."))
            return redirect("inference:usage")
    return render(request, "inference/endpoint_form.html", {"form": form})


@require_http_methods(["GET", "POST"])
@requires("inference.manage")
def change_endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    endpoint = get_object_or_404(Endpoint.objects.within(actor.organisation), pk=endpoint_id)
    form = EndpointForm(request.POST or None, instance=endpoint)
    if request.method == "POST" and form.is_valid():
        stored = Endpoint.objects.get(pk=endpoint.pk)
        try:
            endpoints.change_endpoint(actor, stored, **form.settings())
        except InvalidInput as error:
            form.show(error)
        else:
            messages.success(request, _("The endpoint was changed."))
            return redirect("inference:usage")
    return render(request, "inference/endpoint_form.html", {"form": form, "endpoint": endpoint})


@require_POST
@requires("inference.manage")
def delete_endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    endpoint = get_object_or_404(Endpoint.objects.within(actor.organisation), pk=endpoint_id)
    endpoints.delete_endpoint(actor, endpoint)
    messages.success(request, _("The endpoint was removed."))
    return redirect("inference:usage")


@require_http_methods(["GET", "POST"])
@requires("inference.manage")
def create_quota(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = QuotaForm(request.POST or None, organisation=actor.organisation)
    if request.method == "POST" and form.is_valid():
        try:
            quotas.create_quota(actor, **form.cleaned_data)
        except Conflict as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The quota holds from now on."))
            return redirect("inference:usage")
    return render(request, "inference/quota_form.html", {"form": form})


@require_POST
@requires("inference.manage")
def delete_quota(request: HttpRequest, quota_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    quotas.delete_quota(actor, get_object_or_404(Quota.objects.within(actor.organisation), pk=quota_id))
    messages.success(request, _("The quota was removed."))
    return redirect("inference:usage")
