"""The state of the system: all of it for operators, and for an organisation what is its own or shared with it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, operators_only, requires
from apps.accounts.admin_pages import admin_page
from apps.dashboards.system import samples, selectors


@require_safe
@requires("analytics.view")
def system(request: HttpRequest) -> HttpResponse:
    """What of the organisation's waits, and how the engines that it may ask are doing."""
    organisation, hours = actor_of(request).organisation, _hours(request)
    past = selectors.history(hours)
    context = {
        "queues": selectors.own_queue_views(organisation),
        "engines": selectors.engine_views(selectors.visible_engines(organisation), past),
        "hours": hours,
        "choices": selectors.HOURS,
    }
    return render(request, "dashboards/system/system.html", context)


@require_safe
@operators_only
def operators_system(request: HttpRequest) -> HttpResponse:
    hours = _hours(request)
    past = selectors.history(hours)
    context = {
        "queues": selectors.queue_views(past),
        "workers": selectors.worker_views(),
        "engines": selectors.engine_views(samples.watched_endpoints(), past),
        "gpus": selectors.gpu_views(past),
        "hours": hours,
        "choices": selectors.HOURS,
    }
    return admin_page(
        request, "dashboards/system/operators.html", pgettext_lazy("dashboard", "System"), context
    )


def _hours(request: HttpRequest) -> int:
    """Of those that there are to choose from."""
    chosen = request.GET.get("hours", "")
    return next((hours for hours in selectors.HOURS if str(hours) == chosen), selectors.HOURS[0])
