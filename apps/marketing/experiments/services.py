"""Setting experiments up, starting and ending them, and taking in what people did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core import tables
from apps.core.errors import Conflict, InvalidInput, LimitExceeded
from apps.jobs import webhooks
from apps.marketing.briefs import selectors as briefs
from apps.marketing.briefs.models import Brief
from apps.marketing.channels import selectors as channels
from apps.marketing.channels.names import in_order
from apps.marketing.copywriting import checks
from apps.marketing.copywriting import services as copywriting
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments import event_rows, intake, selectors
from apps.marketing.experiments.event_rows import CheckedEvents
from apps.marketing.experiments.models import (
    EventBatch,
    Experiment,
    ExperimentArm,
    Exposure,
    MarketingEvent,
)
from apps.marketing.experiments.order_settings import ORDER_SETTINGS
from apps.marketing.experiments.order_values import OrderValue
from apps.marketing.experiments.selectors import ArmFigures
from apps.marketing.experiments.shares import current_shares
from apps.marketing.segments.models import Segment

MAX_TEXTS, MAX_SEGMENTS = 20, 20
MIN_TEXT_SHARE, MAX_CONTROL_SHARE = 0.01, 0.9
SHARE_PRECISION = 0.001
MAX_EVENTS, MAX_FILE_EVENTS = 1000, 50_000
# Behind so much that is not counted yet, a sender waits.
MAX_WAITING_BATCHES, RETRY_SECONDS = 5000, 2
EVENTS = "marketing.events"
EVENT_COLUMNS = (
    tables.Column("event_key", frozenset({"key", "编号"}), is_required=True),
    tables.Column("type", frozenset({"event", "类型"}), is_required=True),
    tables.Column("happened_at", frozenset({"time", "时间"}), is_required=True),
    tables.Column("exposure"),
    tables.Column("experiment"),
    tables.Column("subject"),
    tables.Column("revenue", frozenset({"value", "金额"})),
)
STOPPED_BY_HAND = gettext_noop("Stopped manually.")
TAKEN_BY_HAND = gettext_noop("Winner picked manually.")


@dataclass(frozen=True)
class ExperimentPlan:
    """What an experiment is to be. A text is an arm; with `control_share` some people are shown nothing.

    `text_shares`: of all people, in the order of the variants; none: all alike. `segments`: those that learn separately.
    `is_simulated`: its people are made up; nothing is ever sent to them.
    """

    name: str
    brief: Brief
    variants: Sequence[CopyVariant]
    metric: str = Experiment.Metric.CLICK
    allocation: str = Experiment.Allocation.THOMPSON
    segments: Sequence[Segment] = ()
    text_shares: Sequence[float] = ()
    control_share: float = 0.0
    min_exposures: int = 500
    max_unsubscribe_increase: float = 0.2
    stops_itself: bool = False
    is_simulated: bool = False


@requires_permission("marketing.use", "marketing.send")
@transaction.atomic
def create(actor: Actor, plan: ExperimentPlan) -> Experiment:
    """Raises InvalidInput for texts that are not approved or of another brief, and for shares that do not add up."""
    variants = list(dict.fromkeys(plan.variants))
    _require_usable(plan.brief, variants)
    shares = _text_shares(len(variants), plan.text_shares, plan.control_share)
    if not plan.max_unsubscribe_increase >= 0:
        raise InvalidInput(fields={"max_unsubscribe_increase": [_("Enter a number.")]})
    if len(plan.segments) > MAX_SEGMENTS:
        raise InvalidInput(fields={"segments": [_("Choose fewer segments.")]})
    experiment = Experiment.objects.create(
        organisation=actor.organisation,
        name=plan.name.strip(),
        brief=plan.brief,
        metric=plan.metric,
        allocation=plan.allocation,
        min_exposures=plan.min_exposures,
        max_unsubscribe_increase=plan.max_unsubscribe_increase,
        stops_itself=plan.stops_itself,
        is_simulated=plan.is_simulated,
        member=actor.responsible_member,
    )
    experiment.segments.set(plan.segments)
    longest = ExperimentArm._meta.get_field("label").max_length
    arms = [
        ExperimentArm(
            variant=variant,
            channel=variant.channel,
            label=(variant.opening or variant.channel)[:longest],
            texts=variant.texts,
        )
        for variant in variants
    ]
    if plan.control_share:
        arms.append(ExperimentArm(label=gettext_noop("Control")))
    for place, (arm, share) in enumerate(zip(arms, [*shares, plan.control_share], strict=False)):
        arm.organisation, arm.experiment = actor.organisation, experiment
        arm.position, arm.planned_share = place, share
    ExperimentArm.objects.bulk_create(arms)
    details = {"name": experiment.name, "texts": len(variants), "control_share": plan.control_share}
    audit.record(actor, action="experiment.created", target=experiment, details=details)
    return experiment


@requires_permission("marketing.use")
@transaction.atomic
def start(actor: Actor, experiment: Experiment) -> Experiment:
    """Freezes texts and links. Raises Conflict where one is not approved any more, or the rules of today refuse it, and
    for that of a campaign which nobody approved.
    """
    experiment = locked(experiment)
    _require_status(experiment, Experiment.Status.DRAFT, gettext_lazy("This experiment has already started."))
    campaign = getattr(experiment, "campaign", None)
    if campaign and campaign.status not in (campaign.Status.APPROVED, campaign.Status.PAUSED):
        raise Conflict(
            _("This experiment starts with its campaign, once that is approved."), code="of_campaign"
        )
    arms = list(experiment.arms.select_related("variant"))
    if not arms:
        raise Conflict(_("This experiment has no texts."), code="no_texts")
    for arm in arms:
        if arm.variant:
            _require_approved(arm.variant)
            arm.texts = in_order(arm.channel, arm.variant.texts)
    ExperimentArm.objects.bulk_update(arms, ["texts"])
    experiment.links = list(experiment.brief.links) if experiment.brief else []
    experiment.status, experiment.started_at = Experiment.Status.RUNNING, timezone.now()
    experiment.shares = current_shares(experiment)
    experiment.save()
    audit.record(actor, action="experiment.started", target=experiment, details={"name": experiment.name})
    return experiment


@requires_permission("marketing.use", "marketing.send")
@transaction.atomic
def stop(
    actor: Actor, experiment: Experiment, reason: str = "", *, winner: ExperimentArm | None = None
) -> Experiment:
    """Ends it for good; events of those who were shown something are counted on. A winner becomes an example."""
    experiment = locked(experiment)
    _require_status(experiment, Experiment.Status.RUNNING, gettext_lazy("This experiment is not running."))
    experiment.status, experiment.stopped_at = Experiment.Status.STOPPED, timezone.now()
    experiment.stop_reason = (reason.strip() or str(STOPPED_BY_HAND))[:300]
    if winner:
        _keep_winner(experiment, winner)
    experiment.save()
    details = {"name": experiment.name, "reason": experiment.stop_reason}
    audit.record(actor, action="experiment.stopped", target=experiment, details=details)
    _tell(experiment)
    return experiment


@requires_permission("marketing.use")
@transaction.atomic
def take_winner(actor: Actor, arm: ExperimentArm) -> Experiment:
    """A person decides, whatever the figures say. One that is running ends with it. Raises Conflict for an arm that
    nobody was shown.
    """
    experiment = locked(arm.experiment)
    if arm.is_control or not experiment.started_at:
        raise Conflict(_("This text has not been shown to anyone, so it cannot win."), code="no_winner")
    if experiment.status == Experiment.Status.RUNNING:
        experiment = stop(actor, experiment, TAKEN_BY_HAND, winner=arm)
    else:
        _keep_winner(experiment, arm)
        experiment.save(update_fields=["winner"])
        _tell(experiment)
    details = {"name": experiment.name, "text": arm.label}
    audit.record(actor, action="experiment.winner_taken", target=experiment, details=details)
    return experiment


@requires_permission("marketing.use")
@transaction.atomic
def delete(actor: Actor, experiment: Experiment) -> None:
    """Deletes an experiment that was never started: what people were shown stays. That of a campaign goes with its
    campaign. Raises Conflict for others.
    """
    experiment = locked(experiment)
    if hasattr(experiment, "campaign"):
        raise Conflict(
            gettext_lazy("This experiment belongs to a campaign. Delete the campaign instead."),
            code="of_campaign",
        )
    _require_status(
        experiment, Experiment.Status.DRAFT, gettext_lazy("Experiments that have started cannot be deleted.")
    )
    audit.record(actor, action="experiment.deleted", target=experiment, details={"name": experiment.name})
    experiment.delete()


def receive_order(exposure: Exposure, value: OrderValue, source: str) -> None:
    """Stores a conversion that anybody may have sent, with why its value does not count. Raises LimitExceeded."""
    event = {
        "exposure": str(exposure.pk),
        "event_key": value.key,
        "type": MarketingEvent.EventType.CONVERSION,
        "revenue": value.revenue,
    }
    reason = {"left_out": value.left_out, "claimed": value.claimed} if value.left_out else {}
    _store_events(exposure.organisation, [event], source, reason)


def receive_events(organisation: Organisation, events: Sequence[Any], source: str) -> CheckedEvents:
    """Stores what came, to be counted within seconds; answers what of it is refused, and why.

    Raises InvalidInput for more than `MAX_EVENTS`, and LimitExceeded while too much waits to be counted.
    """
    if len(events) > MAX_EVENTS:
        raise InvalidInput(fields={"events": [_("At most %(limit)d events.") % {"limit": MAX_EVENTS}]})
    return _store_events(organisation, events, source)


@requires_permission(EVENTS)
def import_events(actor: Actor, *, content: bytes) -> CheckedEvents:
    """The events of a CSV file. Raises PermissionDenied, and InvalidInput where it is no table of events at all."""
    table = tables.read(content, EVENT_COLUMNS, code="events_unusable", max_rows=MAX_FILE_EVENTS)
    checked = _store_events(actor.organisation, [row.cells for row in table.rows], EventBatch.Source.FILE)
    details = {"rows": len(table.rows), "refused": len(checked.refused)}
    audit.record(actor, action="marketing_event.imported", details=details)
    return replace(checked, ignored=table.ignored)


def _store_events(
    organisation: Organisation,
    events: Sequence[Any],
    source: str,
    left_out: Mapping[str, object] = MappingProxyType({}),
) -> CheckedEvents:
    """`left_out` is added to each row after the check: nobody else can say it of an event."""
    if EventBatch.objects.within(organisation).order_by("id")[MAX_WAITING_BATCHES:].exists():
        raise LimitExceeded(
            _("Events arrive faster than they can be counted. Nothing was saved; send them again later."),
            retry_after_seconds=RETRY_SECONDS,
        )
    received_at = timezone.now()
    max_revenue = ORDER_SETTINGS.read(organisation).max_order_value
    checked = event_rows.check_events(events, received_at, max_revenue)
    for row in checked.rows:
        row.update(left_out)
    # Also where none of it is usable: the first batch carries how much was refused, which the page tells.
    batches = [
        EventBatch(
            organisation=organisation,
            source=source,
            events=checked.rows[first : first + MAX_EVENTS],
            rejected=0 if first else checked.malformed_count,
            received_at=received_at,
        )
        for first in range(0, max(len(checked.rows), 1), MAX_EVENTS)
        if events
    ]
    EventBatch.objects.bulk_create(batches)
    if batches:
        transaction.on_commit(lambda: intake.wake(organisation))
    return checked


def _require_usable(brief: Brief, variants: Sequence[CopyVariant]) -> None:
    if not variants:
        raise InvalidInput(fields={"variants": [_("Choose at least one approved text.")]})
    if len(variants) > MAX_TEXTS:
        raise InvalidInput(fields={"variants": [_("At most %(limit)d texts.") % {"limit": MAX_TEXTS}]})
    for variant in variants:
        if variant.brief_id != brief.pk:
            raise InvalidInput(fields={"variants": [_("A text belongs to another brief.")]})
        if variant.status != CopyVariant.Status.APPROVED:
            reason = _("“%(text)s” is not approved.") % {"text": variant.opening}
            raise InvalidInput(fields={"variants": [reason]})


def _require_approved(variant: CopyVariant) -> None:
    """Approved, and right by the rules and facts of today."""
    if variant.status != CopyVariant.Status.APPROVED:
        raise Conflict(
            _("“%(text)s” is no longer approved.") % {"text": variant.opening}, code="not_approved"
        )
    view = channels.channel(variant.organisation, variant.channel)
    found = checks.check_texts(variant.texts, view.rules, briefs.brief_facts(variant.brief))
    if checks.has_errors(found):
        reason = _("“%(text)s” now breaks a rule. Edit it and get it approved again.")
        raise Conflict(reason % {"text": variant.opening}, code="checks_fail")


def _text_shares(count: int, shares: Sequence[float], control_share: float) -> list[float]:
    """The share that each text gets of all people. Raises InvalidInput where they contradict each other."""
    if not 0 <= control_share <= MAX_CONTROL_SHARE:
        raise InvalidInput(fields={"control_share": [_("The control group can be 0% to 90%.")]})
    if not shares:
        return [(1 - control_share) / count] * count
    if len(shares) != count:
        raise InvalidInput(fields={"text_shares": [_("Give every text a share, or none.")]})
    is_whole = abs(sum(shares) + control_share - 1) <= SHARE_PRECISION
    # So that what is no number is none of these.
    if not (is_whole and min(shares) >= MIN_TEXT_SHARE):
        reason = _(
            "Each share must be at least 0.01, and all shares plus the control group must add up to 1."
        )
        raise InvalidInput(fields={"text_shares": [reason]})
    return list(shares)


def _keep_winner(experiment: Experiment, arm: ExperimentArm) -> None:
    """Why it won is written in the language of its brief, whose reader and model the words are for."""
    experiment.winner = arm
    if arm.variant is None:
        return
    found = selectors.experiment_figures(experiment)
    own = next(each for each in found.arms if each.arm == arm)
    others = [each for each in found.arms if each.arm != arm and not each.arm.is_control]
    language = experiment.brief.language if experiment.brief else "en"
    with translation.override("zh-hans" if language == Brief.Language.CHINESE else "en"):
        reason = _win_reason(experiment, own, others)
    copywriting.record_win(arm.variant, reason=reason)


def _win_reason(experiment: Experiment, own: ArmFigures, others: Sequence[ArmFigures]) -> str:
    people = sum(each.trials for each in others)
    rate = sum(each.successes for each in others) / people if people else 0.0
    words = _("%(metric)s: %(rate).1f%% of %(people)d people, other texts %(others).1f%%.")
    return words % {
        "metric": experiment.get_metric_display(),
        "rate": 100 * (own.rate or 0.0),
        "people": own.totals.exposures,
        "others": 100 * rate,
    }


def _tell(experiment: Experiment) -> None:
    payload = {
        "type": "experiment.decided",
        "timestamp": timezone.now().isoformat(),
        "data": {
            "experiment_id": str(experiment.pk),
            "winner": str(experiment.winner_id) if experiment.winner_id else None,
            "reason": experiment.stop_reason,
            "is_simulated": experiment.is_simulated,
        },
    }
    subject = f"experiment:{experiment.pk}"
    webhooks.record_event(experiment.organisation_id, "experiment.decided", payload, subject=subject)


def locked(experiment: Experiment) -> Experiment:
    """Whoever changes it waits for others who do, and for what renews its shares."""
    rows = Experiment.objects.within(experiment.organisation_id).select_related("brief", "organisation")
    return rows.select_for_update(of=("self",), no_key=True).one(pk=experiment.pk)


def _require_status(experiment: Experiment, status: str, reason: Any) -> None:
    if experiment.status != status:
        raise Conflict(reason, code="experiment_status")
