from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import requires
from apps.capacity import charts, selectors
from apps.capacity.forms import OwnConfigForm, PlanForm
from llm_backend.capacity.architecture import Architecture, read_config
from llm_backend.capacity.errors import CapacityError
from llm_backend.capacity.plan import Plan

KEY_FIGURES = (
    "conversations",
    "tokens",
    "weight_bytes",
    "total_parameters",
    "active_parameters",
    "flop_per_token",
)


@require_safe
@requires("inference.view")
def plan(request: HttpRequest) -> HttpResponse:
    """Everything that was asked stands in the address, so a plan can be sent to somebody."""
    return _page(request, OwnConfigForm())


@require_POST
@requires("inference.view")
def own_config(request: HttpRequest) -> HttpResponse:
    """Leads to the plan of a pasted or uploaded config.json, of which only the keys that matter are kept."""
    form = OwnConfigForm(request.POST, request.FILES)
    model = _read(form) if form.is_valid() else None
    if model is None:
        return _page(request, form)
    query = {**request.GET.dict(), "model": selectors.OWN, "config": model.compact}
    return redirect(f"{reverse('capacity:plan')}?{urlencode(query)}")


def _read(form: OwnConfigForm) -> Architecture | None:
    try:
        return read_config(form.config())
    except CapacityError as refusal:
        form.show(refusal)
        return None


def _page(request: HttpRequest, own_form: OwnConfigForm) -> HttpResponse:
    form = PlanForm(request.GET)
    result = _plan(form) if form.is_valid() else None
    context: dict[str, Any] = {"form": form, "own_form": own_form, "plan": result, "gpus": selectors.GPUS}
    if result:
        context |= {
            "memory": charts.memory_segments(result.layout),
            "memory_drawing": charts.memory_drawing(result.layout),
            "bars": charts.cache_bars(result),
            "context_tokens": f"{result.layout.deployment.context:,}",
            "key_figures": [result.figures[key] for key in KEY_FIGURES],
            "notes": [note.worded(gettext) for note in result.notes],
        }
    status = 200 if result and not own_form.errors else 400
    return render(request, "capacity/plan.html", context, status=status)


def _plan(form: PlanForm) -> Plan | None:
    try:
        return selectors.capacity_plan(**form.cleaned_data)
    except CapacityError as refusal:
        form.show(refusal)
        return None
