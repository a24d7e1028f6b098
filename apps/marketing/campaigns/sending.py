"""A campaign on its way: who is next, which arm, and on to delivery; for as long as it takes and no person twice."""

from collections import Counter
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone

from apps.core.mail import ConnectionLost, MailServerAway
from apps.core.rounds import tend_each
from apps.jobs.models import WebhookDelivery
from apps.jobs.runs import JobRun
from apps.marketing.campaigns import delivery
from apps.marketing.campaigns.audience import arm_channels, people_after, skip_reason
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.reasons import Failure
from apps.marketing.campaigns.services import SEND_CAMPAIGN
from apps.marketing.experiments import assignment
from apps.marketing.experiments.assignment import Candidate
from apps.marketing.experiments.models import ArmCount, Experiment, Exposure
from apps.marketing.profiles import selectors as profiles

BATCH_PEOPLE = 200
# While people may be chosen only so fast.
LOOK_AGAIN_SECONDS = 60
# Requests are tried for nine hours.
LOST_WITHIN = timedelta(days=2)
# What a mail server that is away, or refuses for now, is waited for: some three hours in all.
WAIT_SECONDS = (30, 60, 120, 300, 600, 1200, 1800, 3600, 3600)


@SEND_CAMPAIGN.service
def send_campaign(run: JobRun, *, campaign_id: str) -> dict[str, Any]:
    """Writes to the audience, batch by batch; ends when the campaign is paused, cancelled or sent."""
    run.stage("sending")
    while campaign := _campaign_under_way(run, campaign_id):
        run.checkpoint()
        try:
            if delivery.deliver_some(run, campaign):
                _tell_progress(run, campaign)
                continue
        except (MailServerAway, ConnectionLost):
            return _wait(run, campaign) if campaign.waits < len(WAIT_SECONDS) else _give_up(campaign)
        room = _room_of_hour(campaign)
        if not room:
            run.suspend(seconds=LOOK_AGAIN_SECONDS)
            return {}
        if choose_arms(campaign, room):
            continue
        deferred = _rows(campaign).filter(failure=Failure.DEFERRED)
        if campaign.waits < len(WAIT_SECONDS) and deferred.update(failure=""):
            return _wait(run, campaign)
        deferred.update(failure=Failure.REFUSED_AGAIN)
        return _finish(run, campaign)
    return {"campaign": campaign_id}


@transaction.atomic
def choose_arms(campaign: Campaign, count: int = BATCH_PEOPLE) -> bool:
    """Chooses an arm for each of the next people who may be written to; whether there were any people left. Of a campaign
    that was sent before there are none: whoever came since is not among those whom it was approved for.

    Once the experiment has ended, everybody else gets what won, apart from what was compared; where nothing won, nobody
    gets anything any more.

    Who is reached by no channel of the campaign gets no arm, not even the control: both would not compare.
    """
    campaign = (
        Campaign.objects.select_for_update(of=("self",))
        .select_related("experiment__winner", "segment", "organisation")
        .get(pk=campaign.pk)
    )
    if campaign.status != Campaign.Status.SENDING:
        return True
    if campaign.finished_at:
        return False
    experiment, winner = campaign.experiment, campaign.experiment.winner
    is_running = experiment.status == Experiment.Status.RUNNING
    if not is_running and (winner is None or winner.is_control):
        return False
    people = people_after(campaign, campaign.cursor, count)
    if not people:
        return False
    channels = [winner.channel] if winner and not is_running else arm_channels(campaign)
    strata = list(experiment.segments.all())
    allowed = profiles.allowed_channels(campaign.organisation, people)
    segments = profiles.segments_of_people(campaign.organisation, [each.pk for each in people], strata)
    skipped: Counter[str] = Counter(campaign.skipped)
    candidates = []
    for person in people:
        if reason := skip_reason(person, channels, allowed[person.pk]):
            skipped[str(reason)] += 1
            continue
        inside = frozenset(segments.get(person.pk, ()))
        reached = frozenset(allowed[person.pk])
        candidates.append(Candidate(person.external_id, person.pk, inside, reached))
    (assignment.assign if is_running else assignment.assign_winner)(experiment, candidates)
    campaign.cursor, campaign.skipped = people[-1].pk, dict(skipped)
    campaign.save(update_fields=["cursor", "skipped"])
    return True


def release_lost_requests() -> int:
    """Messages whose request went with its webhook wait again: for another webhook, or to be exported."""
    sent = Q(status=Campaign.Status.SENT, finished_at__gte=timezone.now() - LOST_WITHIN)
    rows = Campaign.objects.filter(sent | Q(status=Campaign.Status.SENDING))

    def release(campaign: Campaign) -> int:
        deliveries = WebhookDelivery.objects.within(campaign.organisation_id)
        subject = f"campaign:{campaign.pk}"
        if deliveries.filter(subject=subject, state=WebhookDelivery.State.PENDING).exists():
            return 0
        return int(_rows(campaign).filter(failure=Failure.QUEUED).update(failure=""))

    counts: list[int] = []
    tend_each(rows, lambda campaign: counts.append(release(campaign)), name="campaigns")
    return sum(counts)


def _campaign_under_way(run: JobRun, campaign_id: str) -> Campaign | None:
    """None once somebody stopped it, or set it going again by another job."""
    rows = Campaign.objects.within(run.job.organisation).filter(
        pk=campaign_id, job=run.job, status=Campaign.Status.SENDING
    )
    return rows.select_related("experiment", "segment", "organisation").first()


def _room_of_hour(campaign: Campaign) -> int:
    """How many may be chosen now, where only so many an hour may be: what learns needs answers in between."""
    if not campaign.people_per_hour:
        return BATCH_PEOPLE
    since = timezone.now() - timedelta(hours=1)
    recent = _rows(campaign).filter(created_at__gte=since).count()
    return int(min(BATCH_PEOPLE, max(0, campaign.people_per_hour - recent)))


def _wait(run: JobRun, campaign: Campaign) -> dict[str, Any]:
    Campaign.objects.filter(pk=campaign.pk).update(waits=campaign.waits + 1)
    run.suspend(seconds=WAIT_SECONDS[campaign.waits])
    return {}


def _give_up(campaign: Campaign) -> dict[str, Any]:
    """Everything stays as it is until a person sets it going again."""
    ours = Campaign.objects.filter(pk=campaign.pk, status=Campaign.Status.SENDING)
    ours.update(status=Campaign.Status.PAUSED, pause_reason=Campaign.PauseReason.MAIL_SERVER)
    return {"campaign": str(campaign.pk), "paused": str(Campaign.PauseReason.MAIL_SERVER)}


def _finish(run: JobRun, campaign: Campaign) -> dict[str, Any]:
    result = {"campaign": str(campaign.pk), "people": _rows(campaign).count()}
    with run.finishing(result):
        ours = Campaign.objects.filter(pk=campaign.pk, status=Campaign.Status.SENDING)
        ours.update(status=Campaign.Status.SENT, finished_at=timezone.now())
    return result


def _tell_progress(run: JobRun, campaign: Campaign) -> None:
    counts = ArmCount.objects.within(campaign.organisation_id)
    counts = counts.filter(arm__experiment=campaign.experiment_id).exclude(arm__channel="")
    chosen = counts.aggregate(sum=Sum("exposures"))["sum"] or 0
    chosen += _rows(campaign).filter(is_compared=False).count()
    waiting = _rows(campaign).filter(delivered_at=None, failure="").exclude(arm__channel="").count()
    run.progress(max(chosen - waiting, 0), chosen)


def _rows(campaign: Campaign) -> Any:
    return Exposure.objects.within(campaign.organisation_id).filter(experiment=campaign.experiment_id)
