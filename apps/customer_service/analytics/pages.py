"""The staff's pages about figures and about questions without an answer."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, Resolver404, resolve, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core import tables
from apps.core.errors import InvalidInput
from apps.customer_service.analytics import charts, exports, fact_rows, heat_map, metrics, unanswered
from apps.customer_service.analytics.fact_rows import Scope
from apps.customer_service.analytics.forms import ScopeForm
from apps.customer_service.analytics.periods import CHOICES
from apps.customer_service.analytics.report import Report, remembered, report
from apps.customer_service.channels.models import Channel
from apps.customer_service.handoff.models import Handoff

CURATED = "/conversations/curated/new/"
SHOWN_GROUPS = 5


@require_GET
@requires("conversations.view")
def figures(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    form = ScopeForm.of(request.GET.dict(), actor.organisation)
    try:
        scope, problems = form.scope(), []
    except InvalidInput as refusal:
        scope = form.usual_scope()
        problems = [str(line) for lines in refusal.fields.values() for line in lines]
    found = report(scope)
    context = {
        "report": found,
        "problems": problems,
        "scope": scope,
        "chosen_days": scope.period.days if "from" not in request.GET else None,
        "choices": CHOICES,
        "channels": Channel.objects.within(actor.organisation).order_by("name"),
        "groups": unanswered.listed_groups(actor.organisation)[:SHOWN_GROUPS],
        "curated_url": curated_address(),
        "settings_url": address("customer_service:desk_settings"),
        **_shown(found),
    }
    return render(request, "customer_service/analytics/figures.html", context)


@require_GET
@requires("conversations.view")
def export_figures(request: HttpRequest, file_type: str) -> HttpResponseBase:
    scope = _scope_of(request, file_type)
    return tables.response(exports.figure_rows(report(scope)), name="figures", file_type=file_type)


@require_GET
@requires("conversations.view")
def export_conversations(request: HttpRequest, file_type: str) -> HttpResponseBase:
    """A row for each conversation of the period, with all that the figures are made of."""
    scope = _scope_of(request, file_type)
    return tables.response(fact_rows.rows(scope), name="conversations", file_type=file_type)


@require_GET
@requires("conversations.view")
def unanswered_questions(request: HttpRequest) -> HttpResponse:
    """While they are being grouped, htmx asks for the list every two seconds."""
    organisation = actor_of(request).organisation
    context = {
        "groups": unanswered.listed_groups(organisation),
        "job": unanswered.latest_clustering(organisation),
        "days": unanswered.DAYS,
        "curated_url": curated_address(),
    }
    template = "unanswered_list" if request.htmx else "unanswered"  # type: ignore[attr-defined]
    return render(request, f"customer_service/analytics/{template}.html", context)


@require_POST
@requires("conversations.manage")
def cluster_unanswered(request: HttpRequest) -> HttpResponse:
    unanswered.request_clustering(actor_of(request))
    return redirect("customer_service:unanswered")


@require_POST
@requires("conversations.manage")
def dismiss_question(request: HttpRequest) -> HttpResponse:
    try:
        unanswered.dismiss(actor_of(request), question=request.POST.get("question", ""))
        messages.success(request, _("The question is not listed any more."))
    except InvalidInput as refusal:
        messages.error(request, str(refusal.fields["question"][0]))
    return redirect("customer_service:unanswered")


def curated_address() -> str:
    """Where a curated answer is written; empty where that part is not installed."""
    try:
        resolve(CURATED)
    except Resolver404:
        return ""
    return CURATED


def address(url_name: str) -> str:
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def _scope_of(request: HttpRequest, file_type: str) -> Scope:
    if file_type not in tables.FILE_TYPES:
        raise Http404
    actor: Actor = actor_of(request)
    scope = ScopeForm.of(request.GET.dict(), actor.organisation).scope()
    details = {"type": file_type, "from": str(scope.period.first), "to": str(scope.period.last)}
    audit.record(actor, action="figures.exported", details=details)
    return scope


def _shown(found: Report) -> dict[str, Any]:
    reasons = dict(Handoff.Reason.choices)
    most = max((reason.count for reason in found.reasons), default=0) or 1
    query = {"from": found.scope.period.first, "to": found.scope.period.last}
    if found.scope.channel_id:
        query["channel"] = found.scope.channel_id  # type: ignore[assignment]
    return {
        "query": urlencode(query),
        "key_figures": metrics.key_figures(found),
        "charts": remembered(f"figures:charts:{found.scope.key}", partial(_charts, found)),
        "heat_map": heat_map.heat_map(found.hours),
        "sources": metrics.answer_sources(found.now),
        "reasons": [
            (reasons.get(each.reason, each.reason), each, f"{100 * each.count / most:.1f}")
            for each in found.reasons
            if each.count
        ],
    }


def _charts(found: Report) -> dict[str, str]:
    """Drawing takes longer than counting."""
    mood = charts.sentiment_chart(found.weeks) if found.now.understood else ""
    return {"conversations": charts.conversations_chart(found.days), "mood": mood}
