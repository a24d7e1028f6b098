from datetime import datetime, timedelta
from functools import partial
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.access import actor_of, asks_password_first, requires
from apps.accounts.models import Confirmation
from apps.accounts.pages import confirmation_asked
from apps.audit.file_exports import FileExport, form_filters
from apps.core.forms import submit_form
from apps.core.row_table import RowTable
from apps.inference import (
    capability_pages,
    endpoint_status,
    endpoints,
    exports,
    model_changes,
    quotas,
    selectors,
    storage,
)
from apps.inference.forms import CallFilterForm, EndpointForm, preset_values
from apps.inference.models import Endpoint, Purpose
from apps.inference.resources import ENDPOINTS, QUOTA_USAGE, USAGE
from apps.jobs import selectors as jobs
from apps.resources.presenters import RowListView
from llm_backend.errors import message_of

USAGE_DAYS = 30


@require_safe
@requires("inference.view")
def usage(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    group = request.GET.get("group_by", "")
    group = group if group in selectors.GROUPS else "model"
    now = timezone.now()
    since = now - timedelta(days=USAGE_DAYS)
    rows = selectors.usage_summary(actor.organisation, group_by=group, since=since, until=now)
    for row in rows:
        row["url"] = _calls_url(group, row["group"], since, now)
        row["group_text"] = date_format(row["group"], "Y-m-d") if group == "day" else row["group"]
    quota_act = "inference/quota_act.html" if actor.may("inference.manage") else ""
    context = {
        "endpoints": RowListView(ENDPOINTS, request, rows=selectors.endpoint_states(actor.organisation)),
        "quotas": RowTable(QUOTA_USAGE, quotas.standings(actor.organisation), acts_part=quota_act),
        "stored_bytes": storage.used_bytes(actor.organisation.pk),
        "storage_limit": storage.limit_bytes(actor.organisation),
        "rows": rows,
        "usage": RowTable(USAGE, rows),
        "group": group,
        "groups": selectors.GROUP_LABELS,
        "may_manage": actor.may("inference.manage"),
    }
    return render(request, "inference/usage.html", context)


def _calls_url(group: str, value: object, since: datetime, until: datetime) -> str:
    """The requests that a row counts, for the groups by which their list can be narrowed."""
    if group not in ("model", "purpose"):
        return ""
    query = {group: value, "since": since.isoformat(), "until": until.isoformat()}
    return f"{reverse('inference:calls')}?{urlencode(query)}"


@require_safe
@requires("inference.view")
def calls(request: HttpRequest) -> HttpResponse:
    """Requests to models one by one, as a dashboard leads here from any of its figures."""
    organisation, form = actor_of(request).organisation, CallFilterForm(request.GET)
    filters = form.filters
    context = {
        "form": form,
        "page": selectors.call_page(organisation, filters),
        "wanted": filters,
        "names": selectors.call_filter_names(organisation, filters),
        "count_text": partial(jobs.count_text, selectors.narrowed_calls(organisation, filters)),
    }
    return render(request, "inference/calls.html", context)


@require_GET
@requires("inference.view")
def export_calls(request: HttpRequest) -> HttpResponseBase:
    """All requests that the list would show with these filters, as a file."""
    actor, form = actor_of(request), CallFilterForm(request.GET)
    rows = selectors.narrowed_calls(actor.organisation, form.filters)
    export = FileExport(actor, "inference_calls.exported", filters=form_filters(form))
    file_type = request.GET.get("format", "csv")
    return export.list_response(rows, exports.columns(), name="requests-to-models", file_type=file_type)


@require_safe
@requires("inference.view")
def endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """One endpoint; htmx asks for what lives on it: its figures, or its contract while that is checked."""
    actor = actor_of(request)
    row = get_object_or_404(Endpoint.objects.visible_to(actor.organisation), pk=endpoint_id)
    target = request.htmx.target  # type: ignore[attr-defined]
    context = {
        "endpoint": row,
        "may_manage": actor.may("inference.manage"),
        "may_try": actor.may("inference.use") and row.purpose not in (Purpose.VISION, Purpose.IMAGE),
    }
    if target != "contract":
        context |= _live(request, row)
    if target != "live":
        context |= capability_pages.contract_context(actor, row)
    template = {"live": "live", "contract": "contract"}.get(target, "endpoint")
    return render(request, f"inference/{template}.html", context)


def _live(request: HttpRequest, row: Endpoint) -> dict[str, object]:
    standing = endpoint_status.latest(row)
    use = selectors.recent_use(actor_of(request).organisation, row)
    last_look = standing.observation if standing else None
    return {
        "state": selectors.endpoint_state(row),
        "standing": standing,
        "problem": _(message_of(last_look.error_code)) if last_look and last_look.error_code else "",
        "is_model_unknown": bool(last_look and last_look.models and row.model not in last_look.models),
        "use": use,
        "refusal": _(message_of(use.last_error)) if use.last_error in selectors.REFUSALS else "",
    }


@require_http_methods(["GET", "HEAD", "POST"])
@requires("inference.manage")
@asks_password_first
def create_endpoint(request: HttpRequest) -> HttpResponse:
    form = EndpointForm(
        request.POST or None, initial=preset_values(request.GET.dict()), preset_url=request.path
    )
    if outcome := submit_form(form, partial(endpoints.create_endpoint, actor_of(request))):
        if isinstance(outcome, Confirmation):
            return confirmation_asked(request, "inference:usage")
        messages.success(request, _("The endpoint was added."))
        return redirect("inference:endpoint", outcome.pk)
    return render(request, "inference/endpoint_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("inference.manage")
@asks_password_first
def change_endpoint(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    edited = get_object_or_404(Endpoint.objects.within(actor.organisation), pk=endpoint_id)
    present = Endpoint.objects.get(pk=edited.pk)  # the form writes what was typed into the row it has
    told_at = reverse("inference:model_change", args=[edited.pk])
    form = EndpointForm(request.POST or None, instance=edited, model_change_url=told_at)
    if outcome := submit_form(form, partial(endpoints.change_endpoint, actor, present)):
        if isinstance(outcome, Confirmation):
            return confirmation_asked(request, "inference:usage")
        messages.success(request, _("The endpoint was changed."))
        return redirect("inference:endpoint", edited.pk)
    return render(request, "inference/endpoint_form.html", {"form": form, "endpoint": present})


@require_safe
@requires("inference.manage")
def model_change(request: HttpRequest, endpoint_id: UUID) -> HttpResponse:
    """What is known of the endpoint's model and of the one that was typed, before it is saved. It stops nobody."""
    actor = actor_of(request)
    row, typed = get_object_or_404(Endpoint.objects.within(actor.organisation), pk=endpoint_id), request.GET
    after = typed.get("model", "").strip()
    known = None
    if after and row.purpose == Purpose.CHAT:
        known = model_changes.comparison(actor.organisation, row.model, after)
    context = {
        "endpoint": row,
        "after": after,
        "known": known,
        "may_ask": bool(known and actor.may(known.permission)),
    }
    return render(request, "inference/model_change.html", context)
