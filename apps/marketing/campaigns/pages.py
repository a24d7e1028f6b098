"""Campaigns: all of them, by the day, one with its plan, its approval and how far it has come."""

from functools import partial
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.act_declaration import own_row
from apps.accounts.row_access import RowAccess
from apps.core.forms import submit_form
from apps.core.pages import optional_uuid
from apps.marketing.briefs import selectors as briefs
from apps.marketing.briefs.models import Brief
from apps.marketing.campaigns import audience, exports, review, schedule, selectors, services
from apps.marketing.campaigns.forms import CampaignForm, LinkForm, MoveForm
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.selectors import campaign_list
from apps.marketing.campaigns.start_question import resume_question, start_question
from apps.marketing.copywriting.exports import tagged_link
from apps.marketing.copywriting.forms import ReviewForm
from apps.marketing.copywriting.services import APPROVE

Status = Campaign.Status
# So many briefs to choose from when a campaign begins; the others are opened first.
MAX_BRIEFS = 200
CAMPAIGN_ACCESS = RowAccess(
    permission="marketing.use",
    find=lambda actor, campaign_id: campaign_list(actor.organisation).one(pk=campaign_id),
    title=lambda campaign: campaign.name,
    back="marketing:campaign",
)


@require_safe
@requires("marketing.use")
def campaign_calendar(request: HttpRequest) -> HttpResponse:
    """A month; the address names it as “2026-11”."""
    first = schedule.month_named(request.GET.get("month", ""))
    context = {
        "month": schedule.month(actor_of(request).organisation, first),
        "this_month": timezone.localdate().replace(day=1),
    }
    return render(request, "marketing/campaigns/calendar.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.use")
def new_campaign(request: HttpRequest) -> HttpResponse:
    """The address names the brief; without one it is asked for first."""
    actor, brief_id = actor_of(request), optional_uuid(request.GET.get("brief", ""))
    rows = briefs.brief_list(actor.organisation)
    if brief_id is None:
        return render(request, "marketing/campaigns/choose_brief.html", {"briefs": rows[:MAX_BRIEFS]})
    brief: Brief = rows.one(pk=brief_id)
    form = CampaignForm(brief, request.POST or None, initial={"name": brief.product[:120]})
    create = partial(services.create_campaign, actor)
    if made := submit_form(form, lambda **_values: create(form.plan)):
        messages.success(request, _("Saved."))
        return redirect(made)
    context = {"brief": brief, "form": form, "title": _("New campaign")}
    return render(request, "marketing/campaigns/form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires("marketing.use")
def change_campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    actor, campaign = actor_of(request), own_row(request, campaign_list, campaign_id)
    initial = CampaignForm.initial_of(services.plan_of(campaign))
    form = CampaignForm(campaign.brief, request.POST or None, initial=initial)
    version = ReviewForm(request.POST or None, initial={"version": campaign.version})
    if request.method == "POST" and version.is_valid():
        change = partial(services.change_campaign, actor, campaign, version=version.cleaned_data["version"])
        if submit_form(form, lambda **_values: change(form.plan)):
            messages.success(request, _("Saved."))
            return redirect(campaign)
    context = {"campaign": campaign, "brief": campaign.brief, "form": form, "version": version}
    return render(request, "marketing/campaigns/form.html", context | {"title": campaign.name})


@require_safe
@requires("marketing.use")
def campaign(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """While it is planned, whom it would reach; with the differences for who approves it."""
    actor, row = actor_of(request), own_row(request, campaign_list, campaign_id)
    content, approval = review.content(row), review.last_approval(row)
    is_open, progress = services.is_open(row), selectors.progress(row)
    reach = audience.count_audience(row) if is_open else None
    context: dict[str, Any] = {
        "campaign": row,
        "content": review.readable(content),
        "reach": reach,
        "question": start_question(row, reach) if reach else resume_question(progress),
        "approval": approval,
        "differences": review.differences(approval.content, content) if approval and is_open else [],
        "may_approve": services.APPROVAL.may_approve(actor, row),
        "may_review": actor.may(APPROVE) and row.status in (Status.IN_REVIEW, Status.APPROVED),
        "reviews": selectors.reviews(row),
        "same_day": schedule.same_day(row)[:5] if is_open else [],
        "review_form": ReviewForm(initial={"version": row.version}),
        "move_form": MoveForm(initial={"version": row.version, "starts_at": row.starts_at}),
        "progress": progress,
        "may_send": actor.may("marketing.send"),
        "is_open": is_open,
        "is_under_way": row.status in services.UNDER_WAY,
    }
    return render(request, "marketing/campaigns/campaign.html", context)


@require_safe
@requires("marketing.use")
def campaign_progress(request: HttpRequest, campaign_id: UUID) -> HttpResponse:
    """How far it has come, alone: asked for again and again while it is being sent."""
    row = own_row(request, campaign_list, campaign_id)
    may_send = actor_of(request).may("marketing.send")
    context = {"campaign": row, "progress": selectors.progress(row), "may_send": may_send}
    return render(request, "marketing/campaigns/progress.html", context)


@require_POST
@requires("marketing.send")
def export_campaign(
    request: HttpRequest, campaign_id: UUID, channel: str, file_type: str
) -> HttpResponseBase:
    """Messages of a channel as a file; with `again` those that were taken before."""
    return exports.export_messages(
        actor_of(request),
        own_row(request, campaign_list, campaign_id),
        channel,
        file_type=file_type,
        is_again="again" in request.POST,
    )


@require_safe
@requires("marketing.use")
def brief_links(request: HttpRequest, brief_id: UUID) -> HttpResponse:
    """A link of a brief with UTM parameters, to be copied."""
    brief = own_row(request, briefs.brief_list, brief_id)
    form = LinkForm(brief, request.GET if "link" in request.GET else None)
    tagged = ""
    if form.is_valid():
        values = form.cleaned_data
        tagged = tagged_link(
            values["link"], source=values["channel"], campaign=values["campaign"], content=values["content"]
        )
    context = {"brief": brief, "form": form, "tagged": tagged}
    return render(request, "marketing/campaigns/links.html", context)
