"""The switches of an organisation, and those of the whole installation."""

from collections.abc import Callable
from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET, require_POST

from apps.accounts.access import actor_of, operators_only, requires, user_of
from apps.accounts.admin_pages import admin_page
from apps.core.forms import validated_fields
from apps.core.pages import act_and_go_back
from apps.operations.switches import selectors, services
from apps.operations.switches.forms import SwitchForm


@require_GET
@requires("operations.manage")
def switches(request: HttpRequest) -> HttpResponse:
    context = {"groups": selectors.desk_switches(actor_of(request).organisation)}
    return render(request, "operations/switches.html", context)


@require_POST
@requires("operations.manage")
def change_switch(request: HttpRequest) -> HttpResponse:
    return _change(request, partial(services.switch, actor_of(request)), "operations:switches")


@require_GET
@operators_only
def operators_switches(request: HttpRequest) -> HttpResponse:
    context = {"groups": selectors.desk_switches(None)}
    return admin_page(request, "operations/operators_switches.html", _("Switches"), context)


@require_POST
@operators_only
def change_operators_switch(request: HttpRequest) -> HttpResponse:
    act = partial(services.switch_everywhere, user_of(request))
    return _change(request, act, "admin_operations:switches")


def _change(request: HttpRequest, act: Callable[..., Any], to: str) -> HttpResponse:
    chosen = validated_fields(SwitchForm(request.POST))
    return act_and_go_back(request, partial(act, chosen["name"], is_on=chosen["turn"] == "on"), to)
