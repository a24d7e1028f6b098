"""What people and other systems do with campaigns: plan them, approve them, and set them going or stop them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from apps.accounts import switches
from apps.accounts.actors import Actor, requires_permission
from apps.accounts.second_person import SecondPerson
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, Text
from apps.core.rounds import tend_each
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.subjects import of_rows
from apps.marketing.campaigns import delivery, review, selectors
from apps.marketing.campaigns.models import Campaign, CampaignReview
from apps.marketing.campaigns.reasons import Failure
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.copywriting.services import APPROVE
from apps.marketing.experiments import services as experiments
from apps.marketing.experiments.models import Experiment, Exposure
from apps.marketing.experiments.services import ExperimentPlan
from apps.marketing.segments.models import Segment

Status = Campaign.Status
# What may still be changed; a change of what is approved takes the approval back.
APPROVAL = SecondPerson(
    APPROVE, author="member", refusal=_("You cannot approve your own campaign. Ask another approver.")
)
OPEN = (Status.DRAFT, Status.IN_REVIEW, Status.RETURNED, Status.APPROVED)
UNDER_WAY = (Status.SENDING, Status.PAUSED)
MAX_ARMS = 10
MAX_CONTROL_SHARE = 0.5
# Due for longer than this, it goes out only when a person says so.
MAX_LATE = timedelta(days=1)
# What may be sent again once a person says so, though it may have arrived.
SENT_AGAIN = (Failure.UNCONFIRMED, Failure.REFUSED_AGAIN, Failure.WEBHOOK_FAILED)
# One round of the periodic task.
MAX_DUE = 20
CANCELLED_WITH_CAMPAIGN = gettext_noop("The campaign was cancelled.")
CHANGED_TEXT = _("A text has changed since approval. Submit the campaign for approval again.")
CHANGED_SEGMENT = _("The segment has changed since approval. Submit the campaign for approval again.")

SEND_CAMPAIGN = JobType(
    "marketing.send_campaign",
    queue="batch",
    label=_("Send a campaign"),
    stages={"sending": _("Sending")},
    may_see=holders_of("marketing.use"),
    may_cancel=holders_of("marketing.send"),
    subject=of_rows(Campaign.objects.within),
    # Asks no model; two people have agreed to it.
    is_free=True,
)


@dataclass(frozen=True)
class Plan(ExperimentPlan):
    """What a campaign is to be: its experiment, to whom it goes, and when. `segment`: the audience, None is everybody."""

    segment: Segment | None = None
    utm_campaign: str = ""
    starts_at: datetime | None = None
    people_per_hour: int | None = None


def plan_of(campaign: Campaign) -> Plan:
    """The plan that a campaign was made by, to change a part of it."""
    experiment, arms = campaign.experiment, list(campaign.experiment.arms.select_related("variant"))
    return Plan(
        name=campaign.name,
        brief=campaign.brief,
        variants=[arm.variant for arm in arms if arm.variant],
        segment=campaign.segment,
        control_share=sum(arm.planned_share for arm in arms if arm.is_control),
        metric=experiment.metric,
        allocation=experiment.allocation,
        segments=list(experiment.segments.all()),
        min_exposures=experiment.min_exposures,
        utm_campaign=campaign.utm_campaign,
        starts_at=campaign.starts_at,
        people_per_hour=campaign.people_per_hour,
        is_simulated=experiment.is_simulated,
    )


def is_late(campaign: Campaign) -> bool:
    """An approved one that was due too long ago: nothing of it began, and it waits for a person as before."""
    return campaign.status == Status.PAUSED and campaign.pause_reason == Campaign.PauseReason.LATE


def is_open(campaign: Campaign) -> bool:
    """Whether it may still be changed."""
    return campaign.status in OPEN or is_late(campaign)


@requires_permission("marketing.use")
@transaction.atomic
def create_campaign(actor: Actor, plan: Plan) -> Campaign:
    _require_sound(plan)
    campaign = Campaign(organisation=actor.organisation, member=actor.responsible_member)
    campaign.experiment = experiments.create(actor, plan)
    _write_plan(campaign, plan)
    campaign.save(force_insert=True)
    audit.record(actor, action="campaign.created", target=campaign, details={"name": campaign.name})
    return campaign


@requires_permission("marketing.use")
@transaction.atomic
def change_campaign(actor: Actor, campaign: Campaign, plan: Plan, *, version: int) -> Campaign:
    """A change has to be approved (again). Raises Conflict where somebody else changed it, or it is on its way."""
    campaign = _locked(campaign, version=version, statuses=OPEN)
    _require_sound(plan)
    replaced = campaign.experiment
    campaign.experiment = experiments.create(actor, plan)
    _write_plan(campaign, plan)
    campaign.status, campaign.member = Status.DRAFT, actor.responsible_member
    campaign.version += 1
    campaign.save()
    # Not before the campaign has the new one: it would go with the old one.
    replaced.delete()
    audit.record(actor, action="campaign.changed", target=campaign, details={"name": campaign.name})
    return campaign


@requires_permission("marketing.use")
@transaction.atomic
def move_campaign(actor: Actor, campaign: Campaign, *, starts_at: datetime | None, version: int) -> Campaign:
    """Moves a campaign to another time, which has to be approved like any change. Raises Conflict as `change_campaign`
    does.
    """
    campaign = _locked(campaign, version=version, statuses=OPEN)
    campaign.starts_at, campaign.status = starts_at, Status.DRAFT
    campaign.member = actor.responsible_member
    campaign.version += 1
    campaign.save(update_fields=["starts_at", "status", "version", "member"])
    details = {"starts_at": starts_at.isoformat() if starts_at else ""}
    audit.record(actor, action="campaign.moved", target=campaign, details=details)
    return campaign


@requires_permission("marketing.use")
@transaction.atomic
def delete_campaign(actor: Actor, campaign: Campaign) -> None:
    """Only one of which nobody was written to: of others it stays known what they got. Raises Conflict."""
    campaign = _locked(campaign, statuses=(*OPEN, Status.CANCELLED))
    if campaign.experiment.exposures.exists():
        raise Conflict(
            _("Messages have been sent, so the campaign cannot be deleted."), code="campaign_was_sent"
        )
    audit.record(actor, action="campaign.deleted", target=campaign, details={"name": campaign.name})
    # The campaign goes with it.
    campaign.experiment.delete()


@requires_permission("marketing.use")
@transaction.atomic
def submit_campaign(actor: Actor, campaign: Campaign) -> Campaign:
    """Sends a campaign to whoever approves. Raises Conflict for what could not go out as it is."""
    campaign = _locked(campaign, statuses=(Status.DRAFT, Status.RETURNED))
    _require_ready(campaign)
    campaign.status = Status.IN_REVIEW
    campaign.save(update_fields=["status"])
    audit.record(actor, action="campaign.submitted", target=campaign, details={"version": campaign.version})
    return campaign


@requires_permission(APPROVE)
@transaction.atomic
def approve_campaign(actor: Actor, campaign: Campaign, *, version: int, comment: str = "") -> Campaign:
    """Approves the version that was read. Raises PermissionDenied for one's own where somebody else may approve."""
    campaign = _locked(campaign, version=version, statuses=(Status.IN_REVIEW,))
    APPROVAL.require(actor, campaign)
    _require_ready(campaign)
    campaign.status = Status.APPROVED
    campaign.save(update_fields=["status"])
    _write_review(actor, campaign, is_approval=True, comment=comment)
    return campaign


@requires_permission(APPROVE)
@transaction.atomic
def return_campaign(actor: Actor, campaign: Campaign, *, comment: str) -> Campaign:
    """Sends it back with what should be changed; an approval that was given is taken back. Raises InvalidInput without
    a comment.
    """
    if not comment.strip():
        raise InvalidInput(fields={"comment": [_("Describe what to change.")]})
    campaign = _locked(campaign, statuses=(Status.IN_REVIEW, Status.APPROVED))
    campaign.status = Status.RETURNED
    campaign.save(update_fields=["status"])
    _write_review(actor, campaign, is_approval=False, comment=comment)
    return campaign


@requires_permission("marketing.send")
@transaction.atomic
def start_campaign(actor: Actor, campaign: Campaign) -> Campaign:
    """Sets an approved campaign going, or a paused one on its way again, which waits anew for what was away. Raises
    Conflict where people are made up, or what goes out is not what was approved.
    """
    campaign = _locked(campaign, statuses=(Status.APPROVED, Status.PAUSED))
    if campaign.experiment.is_simulated:
        raise Conflict(delivery.MADE_UP, code="simulated")
    approval = review.last_approval(campaign)
    content = review.content(campaign)
    if approval is None or not review.is_unchanged(approval.content, content):
        raise Conflict(CHANGED_TEXT, code="text_changed")
    has_begun = campaign.status == Status.PAUSED and not is_late(campaign)
    if not has_begun and not review.is_same_audience(approval.content, content):
        raise Conflict(CHANGED_SEGMENT, code="segment_changed")
    if campaign.experiment.status == Experiment.Status.DRAFT:
        campaign.experiment = experiments.start(actor, campaign.experiment)
    action = "campaign.started" if campaign.status == Status.APPROVED else "campaign.resumed"
    _set_going(actor, campaign)
    audit.record(actor, action=action, target=campaign, details={"version": campaign.version})
    return campaign


@requires_permission("marketing.send")
@transaction.atomic
def pause_campaign(actor: Actor, campaign: Campaign) -> Campaign:
    """Stops before the next message. What went to senders is theirs."""
    campaign = _locked(campaign, statuses=(Status.SENDING,))
    campaign.status, campaign.pause_reason = Status.PAUSED, Campaign.PauseReason.PERSON
    campaign.save(update_fields=["status", "pause_reason"])
    audit.record(actor, action="campaign.paused", target=campaign)
    return campaign


@requires_permission("marketing.send")
@transaction.atomic
def cancel_campaign(actor: Actor, campaign: Campaign) -> Campaign:
    """For good: what waits is never sent, requests that have not left are empty."""
    campaign = _locked(campaign, statuses=(*OPEN, *UNDER_WAY))
    campaign.status, campaign.finished_at = Status.CANCELLED, timezone.now()
    campaign.save(update_fields=["status", "finished_at"])
    # By arms and not by their channels: a join would let it overwrite what a worker claims meanwhile.
    arms = [arm.pk for arm in campaign.experiment.arms.all() if not arm.is_control]
    waiting = Exposure.objects.within(actor.organisation).filter(arm__in=arms, delivered_at=None)
    # A request that failed for good, too: whoever sends it again from the page of the webhooks sends none of these.
    unsent = ["", Failure.QUEUED, Failure.DEFERRED, Failure.WEBHOOK_FAILED]
    waiting.filter(failure__in=unsent).update(failure=Failure.CANCELLED)
    if campaign.experiment.status == Experiment.Status.RUNNING:
        experiments.stop(actor, campaign.experiment, CANCELLED_WITH_CAMPAIGN)
    audit.record(actor, action="campaign.cancelled", target=campaign)
    return campaign


@requires_permission("marketing.send")
@transaction.atomic
def send_again(actor: Actor, campaign: Campaign) -> Campaign:
    """Once more to those of whom nobody knows whether it arrived, those whose servers refused for now, and what still waits.

    A person decides that: some of them may get it twice. Who came after it was sent gets nothing. Raises Conflict while
    a worker still has some in hand.
    """
    campaign = _locked(campaign, statuses=(Status.PAUSED, Status.SENT))
    if campaign.experiment.is_simulated:
        raise Conflict(delivery.MADE_UP, code="simulated")
    if is_late(campaign):
        raise _wrong_status(campaign)
    if campaign.job and campaign.job.state == Job.State.RUNNING:
        raise Conflict(_("Messages are still being sent. Try again in a minute."), code="still_sending")
    rows = Exposure.objects.within(actor.organisation).filter(
        experiment=campaign.experiment_id, delivered_at=None, failure__in=SENT_AGAIN
    )
    count = selectors.progress(campaign).sendable_again
    rows.update(failure="")
    _set_going(actor, campaign)
    audit.record(actor, action="campaign.sent_again", target=campaign, details={"people": count})
    return campaign


def start_due() -> int:
    """What a clock does: starts what is due, and pauses what is late or what has lost its job."""
    due = Campaign.objects.filter(status=Status.APPROVED, starts_at__lte=timezone.now())
    ended = Campaign.objects.filter(status=Status.SENDING, job__state__in=Job.TERMINAL)
    ended.update(status=Status.PAUSED, pause_reason=Campaign.PauseReason.WORK_STOPPED)
    return tend_each(switches.of_open(due).order_by("starts_at")[:MAX_DUE], _start_due, name="campaigns")


@transaction.atomic
def _start_due(campaign: Campaign) -> bool:
    # Locked by another worker: that one is starting it.
    rows = Campaign.objects.select_for_update(of=("self",), skip_locked=True).select_related("organisation")
    still_due = rows.filter(pk=campaign.pk, status=Status.APPROVED, starts_at__lte=timezone.now()).first()
    if still_due is None or still_due.starts_at is None:
        return False
    platform = Actor(still_due.organisation)
    if timezone.now() - still_due.starts_at > MAX_LATE:
        Campaign.objects.filter(pk=campaign.pk).update(
            status=Status.PAUSED, pause_reason=Campaign.PauseReason.LATE
        )
        audit.record(platform, action="campaign.paused", target=still_due)
        return False
    try:
        # A savepoint: a refused start leaves nothing behind, and why it was refused can still be written.
        with transaction.atomic():
            start_campaign(platform, still_due)
    except Conflict as refusal:
        # It must not come back every few seconds: a person reads why, and has it approved again.
        Campaign.objects.filter(pk=campaign.pk).update(status=Status.RETURNED)
        _write_review(platform, still_due, is_approval=False, comment=str(refusal))
        return False
    return True


def _require_sound(plan: Plan) -> None:
    """Raises InvalidInput for what can never be sent."""
    problems: dict[str, list[Text]] = {}
    if not 1 <= len(plan.variants) <= MAX_ARMS:
        problems["variants"] = [_("Choose 1 to %(count)d texts.") % {"count": MAX_ARMS}]
    if any(variant.brief_id != plan.brief.pk for variant in plan.variants):
        problems["variants"] = [_("Choose texts from this brief.")]
    if not 0 <= plan.control_share <= MAX_CONTROL_SHARE:
        problems["control_percent"] = [_("The control group can be at most half.")]
    if problems:
        raise InvalidInput(fields=problems)


def _require_ready(campaign: Campaign) -> None:
    arms = campaign.experiment.arms.select_related("variant")
    if any(arm.variant and arm.variant.status != CopyVariant.Status.APPROVED for arm in arms):
        raise Conflict(_("A text of this campaign is not approved."), code="text_not_approved")
    if campaign.starts_at and campaign.starts_at < timezone.now():
        raise Conflict(_("The send time has passed. Reschedule first."), code="time_passed")


def _write_plan(campaign: Campaign, plan: Plan) -> None:
    for name in ("name", "brief", "segment", "utm_campaign", "starts_at", "people_per_hour"):
        setattr(campaign, name, getattr(plan, name))


def _set_going(actor: Actor, campaign: Campaign) -> None:
    campaign.job = jobs.create_row_job(actor, SEND_CAMPAIGN, campaign)
    campaign.status, campaign.pause_reason, campaign.waits = Status.SENDING, "", 0
    # `finished_at` stays: of one that is sent again everybody was looked at.
    campaign.save(update_fields=["job", "status", "pause_reason", "waits"])


def _locked(
    campaign: Campaign, *, statuses: Sequence[Campaign.Status], version: int | None = None
) -> Campaign:
    rows = Campaign.objects.within(campaign.organisation_id).select_for_update(of=("self",))
    campaign = rows.select_related("brief", "segment", "experiment", "organisation", "job").get(
        pk=campaign.pk
    )
    if version is not None and campaign.version != version:
        raise Conflict(_("This campaign was changed by someone else. Reload it."), code="changed_meanwhile")
    if campaign.status not in statuses and not (is_late(campaign) and Status.APPROVED in statuses):
        raise _wrong_status(campaign)
    return campaign


def _wrong_status(campaign: Campaign) -> Conflict:
    reason = _("Not possible while the campaign is %(status)s.")
    return Conflict(reason % {"status": campaign.get_status_display()}, code="wrong_status")


def _write_review(actor: Actor, campaign: Campaign, *, is_approval: bool, comment: str) -> None:
    CampaignReview.objects.create(
        organisation=actor.organisation,
        campaign=campaign,
        is_approval=is_approval,
        version=campaign.version,
        content=review.content(campaign),
        comment=comment.strip()[:1000],
        member=actor.responsible_member,
    )
    details: dict[str, Any] = {"version": campaign.version}
    if comment.strip():
        details["comment"] = comment.strip()[:200]
    action = "campaign.approved" if is_approval else "campaign.returned"
    audit.record(actor, action=action, target=campaign, details=details)
