"""The staff's pages about lookups in other systems."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.core.forms import submit_form
from apps.customer_service.tools import selectors, services
from apps.customer_service.tools.forms import ArgumentsForm, LookupToolForm
from apps.customer_service.tools.models import LookupTool
from apps.customer_service.tools.resources import LOOKUP_CALLS
from apps.customer_service.tools.services import Description
from apps.resources.presenters import RowListView


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def create_lookup_tool(request: HttpRequest) -> HttpResponse:
    form = LookupToolForm(request.POST or None)
    if tool := submit_form(form, partial(_save, actor_of(request))):
        messages.success(request, _("Saved. Test it before visitors use it."))
        return redirect("customer_service:lookup_tool", tool.pk)
    return render(request, "customer_service/tools/lookup_tool.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.view")
def lookup_tool(request: HttpRequest, lookup_tool_id: UUID) -> HttpResponse:
    """Who may only look sees its calls; who manages the desk changes it here."""
    actor = actor_of(request)
    tool = selectors.lookup_tool(actor.organisation, lookup_tool_id)
    form = LookupToolForm(request.POST or None, instance=tool)
    if request.method == "POST":
        actor.require("conversations.manage")
    if submit_form(form, partial(_save, actor, lookup_tool_id=tool.pk)):
        messages.success(request, _("Saved."))
        return redirect("customer_service:lookup_tool", lookup_tool_id)
    return _page(request, tool, form=form, arguments=ArgumentsForm(tool=tool))


@require_POST
@requires("conversations.manage")
def try_lookup_tool(request: HttpRequest, lookup_tool_id: UUID) -> HttpResponse:
    """Sends the request as the assistant would, and shows what it would read."""
    actor = actor_of(request)
    tool = selectors.lookup_tool(actor.organisation, lookup_tool_id)
    arguments = ArgumentsForm(request.POST, tool=tool)
    outcome = submit_form(
        arguments,
        lambda **typed: services.try_lookup_tool(actor, lookup_tool_id=tool.pk, arguments=typed),
    )
    return _page(request, tool, form=LookupToolForm(instance=tool), arguments=arguments, outcome=outcome)


def _page(request: HttpRequest, tool: LookupTool, **shown: Any) -> HttpResponse:
    context = {"tool": tool, "calls": RowListView(LOOKUP_CALLS, request, tool=tool), **shown}
    return render(request, "customer_service/tools/lookup_tool.html", context)


def _save(actor: Actor, *, lookup_tool_id: UUID | None = None, **fields: Any) -> LookupTool:
    return services.save_lookup_tool(actor, Description(**fields), lookup_tool_id=lookup_tool_id)
