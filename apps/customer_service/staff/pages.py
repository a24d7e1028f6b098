"""The staff's pages about who answers visitors."""

from functools import partial
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, may_open, requires
from apps.core.forms import submit_form
from apps.core.row_table import Columns, ListColumn, RowTable
from apps.customer_service.handoff import assignment as services
from apps.customer_service.staff import selectors
from apps.customer_service.staff.forms import AgentForm, agent_fields

AGENT_COLUMNS: Columns = {
    "member.user": ListColumn(pgettext_lazy("of a person", "Name"), note="member.get_role_display"),
    "agent.is_available": ListColumn(
        gettext_lazy("State"), words=(gettext_lazy("here"), gettext_lazy("away"))
    ),
    "agent.skills": gettext_lazy("Skills"),
    "load": ListColumn(gettext_lazy("Open conversations"), look="number"),
}


@require_safe
@requires("conversations.view")
def agents(request: HttpRequest) -> HttpResponse:
    organisation = actor_of(request).organisation
    act = (
        "customer_service/staff/agent_act.html"
        if may_open(actor_of(request), "customer_service:agent")
        else ""
    )
    table = RowTable(AGENT_COLUMNS, selectors.agents(organisation), acts_part=act)
    context = {"table": table, "settings": selectors.desk_settings(organisation)}
    return render(request, "customer_service/staff/agents.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("conversations.manage")
def agent(request: HttpRequest, membership_id: UUID) -> HttpResponse:
    actor = actor_of(request)
    member = get_object_or_404(selectors.replying_members(actor.organisation), pk=membership_id)
    form = AgentForm(request.POST or None, initial=agent_fields(selectors.agent_of(member)))
    if submit_form(form, partial(services.save_agent, actor, member_id=member.pk)):
        messages.success(request, _("Saved."))
        return redirect("customer_service:agents")
    context = {"form": form, "member": member, "skills": selectors.skills(actor.organisation)}
    return render(request, "customer_service/staff/agent.html", context)


@require_POST
@requires("conversations.reply")
def set_availability(request: HttpRequest) -> HttpResponse:
    """“I am here”, from any page; back to where it was said."""
    actor = actor_of(request)
    if actor.member:
        is_available = request.POST.get("is_available") == "1"
        services.set_availability(actor, member_id=actor.member.pk, is_available=is_available)
    back = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    # What does not begin so is a page's name for `redirect`.
    return redirect(back if is_ours and back.startswith("/") else "customer_service:queue")
