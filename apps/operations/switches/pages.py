"""The switches of an organisation, and those of the whole installation."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from apps.accounts.access import actor_of, operators_only, requires
from apps.accounts.admin_pages import admin_page
from apps.operations.switches import selectors


@require_safe
@requires("operations.manage")
def switches(request: HttpRequest) -> HttpResponse:
    context = {"groups": selectors.desk_switches(actor_of(request).organisation)}
    return render(request, "operations/switches.html", context)


@require_safe
@operators_only
def operators_switches(request: HttpRequest) -> HttpResponse:
    context = {"groups": selectors.desk_switches(None)}
    return admin_page(request, "operations/operators_switches.html", _("Switches"), context)
