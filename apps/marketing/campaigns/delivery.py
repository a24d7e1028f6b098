"""Handing messages over: mails one by one, requests to the organisation's senders in batches.

Nobody is written to twice: a message is claimed in the database before it leaves, and only an answer takes the claim
away. What a killed worker had claimed stays “unknown whether it was sent” until a person decides. Mails are claimed
one at a time, so that is one mail for each death. A request is recorded in the transaction that claims its messages.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.mail import MailServerAway, is_set_up, mail_server
from apps.jobs import webhooks
from apps.jobs.models import WebhookDelivery
from apps.jobs.runs import JobRun
from apps.marketing.campaigns import mail
from apps.marketing.campaigns.audience import skip_reason
from apps.marketing.campaigns.models import Campaign
from apps.marketing.campaigns.reasons import Failure
from apps.marketing.experiments import tracking
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles import selectors as profiles
from apps.marketing.profiles.models import Person
from apps.marketing.rules import membership

EVENT = "campaign.messages"
MADE_UP = _("This campaign has simulated people: nothing is sent.")
MAIL, WEBHOOK, EXPORT = "mail", "webhook", "export"
BATCH_MAILS = 50
# Of one request. A message of the longest channel takes some kilobytes.
BATCH_MESSAGES = 200


def route(organisation: Organisation, channel: str) -> str:
    """How messages of a channel leave: by the mail server, by a webhook, or in a file that a person takes."""
    if channel == "email" and is_set_up():
        return MAIL
    return WEBHOOK if webhooks.is_wanted(organisation.pk, EVENT) else EXPORT


def deliver_some(run: JobRun, campaign: Campaign) -> int:
    """Hands over the next messages that wait; how many were looked at. Raises MailServerAway and ConnectionLost."""
    channels = {arm.channel for arm in campaign.experiment.arms.all() if arm.channel}
    for channel in sorted(channels):
        way = route(campaign.organisation, channel)
        if way == MAIL and (rows := list(waiting(campaign, channel)[:BATCH_MAILS])):
            _send_mails(run, campaign, still_allowed(campaign, rows))
            return len(rows)
        if way == WEBHOOK and (rows := list(waiting(campaign, channel)[:BATCH_MESSAGES])):
            allowed = still_allowed(campaign, rows)
            if _record_request(campaign, channel, allowed) or len(allowed) < len(rows):
                return len(rows)
    return 0


def complete_request(delivery: WebhookDelivery) -> Mapping[str, Any]:
    """The body of a request as it leaves: its messages with names and addresses, which are stored nowhere else.

    Who left meanwhile is not in it.
    """
    stored = delivery.payload["data"]
    rows = Exposure.objects.within(delivery.organisation_id).filter(pk__in=stored["exposures"])
    rows = rows.filter(failure__in=[Failure.QUEUED, Failure.WEBHOOK_FAILED])
    rows = rows.select_related("arm", "experiment__brief", "person", "organisation").order_by("pk")
    campaign = (
        Campaign.objects.within(delivery.organisation_id)
        .select_related("organisation")
        .one(pk=stored["campaign"])
    )
    messages = [_message(exposure) for exposure in still_allowed(campaign, list(rows))]
    data = {key: value for key, value in stored.items() if key != "exposures"} | {"messages": messages}
    return {**delivery.payload, "data": data}


def settle_request(delivery: WebhookDelivery, is_accepted: bool) -> None:
    """Where several webhooks are told, one that accepts is enough."""
    rows = Exposure.objects.within(delivery.organisation_id).filter(
        pk__in=delivery.payload["data"]["exposures"]
    )
    if is_accepted:
        open_rows = rows.filter(failure__in=[Failure.QUEUED, Failure.WEBHOOK_FAILED])
        written = [pk for pk in open_rows.values_list("person", flat=True) if pk]
        open_rows.update(delivered_at=timezone.now(), failure="")
        membership.refresh(delivery.organisation, written)
    else:
        rows.filter(failure=Failure.QUEUED).update(failure=Failure.WEBHOOK_FAILED)


def waiting(campaign: Campaign, channel: str) -> Any:
    rows = Exposure.objects.within(campaign.organisation_id).filter(
        experiment=campaign.experiment_id, delivered_at=None, failure="", arm__channel=channel
    )
    return rows.select_related("arm", "experiment__brief", "person", "organisation").order_by("pk")


def still_allowed(campaign: Campaign, rows: Sequence[Exposure]) -> list[Exposure]:
    """Without those who may not be written to any more, which is noted."""
    people = [row.person for row in rows if row.person]
    allowed = profiles.allowed_channels(campaign.organisation, people)
    kept: list[Exposure] = []
    reasons: dict[str, list[UUID]] = {}
    for row in rows:
        reason = (
            skip_reason(row.person, [row.arm.channel], allowed[row.person.pk])
            if row.person
            else Failure.PERSON_GONE
        )
        if reason:
            reasons.setdefault(str(reason), []).append(row.pk)
        else:
            kept.append(row)
    for reason, ids in reasons.items():
        untaken = Exposure.objects.within(campaign.organisation_id).filter(pk__in=ids, delivered_at=None)
        untaken.exclude(failure=Failure.UNCONFIRMED).update(failure=reason)
    return kept


def _send_mails(run: JobRun, campaign: Campaign, rows: Sequence[Exposure]) -> None:
    delivered: list[UUID] = []
    try:
        with mail_server() as connection:
            for exposure in rows:
                run.check()
                if _send_mail(connection, exposure) and exposure.person_id:
                    delivered.append(exposure.person_id)
    finally:
        # Segments may ask who was written to.
        membership.refresh(campaign.organisation, delivered)


def _send_mail(connection: Any, exposure: Exposure) -> bool:
    """Claim, send, and note the answer; True where the mail server took it."""
    message = mail.compose(exposure, exposure.person.email if exposure.person else "")
    untaken = _untaken([exposure.pk])
    if message is None:
        untaken.update(failure=Failure.BAD_ADDRESS)
        return False
    # Only while the campaign goes on: a pause stops before the next mail. And only to whom it may: who left, or was
    # erased, while the mails before theirs went out is left to the next look. Asked without a join, or two workers
    # that claim the same row at once would both have it.
    channel = exposure.arm.channel
    goes_on = Campaign.objects.filter(experiment=OuterRef("experiment"), status=Campaign.Status.SENDING)
    agrees = Person.objects.filter(pk=OuterRef("person"), consents__contains=[channel])
    agrees = agrees.exclude(unsubscribed__contains=[channel])
    if not untaken.filter(Exists(goes_on), Exists(agrees)).update(failure=Failure.UNCONFIRMED):
        return False
    claimed = Exposure.objects.filter(pk=exposure.pk, failure=Failure.UNCONFIRMED)
    try:
        failure = mail.send(connection, message)
    except MailServerAway:
        claimed.update(failure="")
        raise
    claimed.update(failure=failure, delivered_at=None if failure else timezone.now())
    return not failure


@transaction.atomic
def _record_request(campaign: Campaign, channel: str, rows: Sequence[Exposure]) -> int:
    """Claims the messages and records the request that takes them, or neither; how many they are."""
    untaken = _untaken([row.pk for row in rows]).select_for_update(skip_locked=True)
    claimed: list[UUID] = list(untaken.values_list("pk", flat=True))
    payload = {
        "type": EVENT,
        "timestamp": timezone.now().isoformat(),
        "data": {
            "campaign": str(campaign.pk),
            "name": campaign.name,
            "channel": channel,
            "exposures": [str(pk) for pk in claimed],
        },
    }
    subject = f"campaign:{campaign.pk}"
    if not claimed or not webhooks.record_event(campaign.organisation_id, EVENT, payload, subject=subject):
        return 0
    return int(_untaken(claimed).update(failure=Failure.QUEUED))


def _untaken(ids: Sequence[UUID]) -> Any:
    return Exposure.objects.filter(pk__in=ids, delivered_at=None, failure="")


def _message(exposure: Exposure) -> dict[str, Any]:
    """A message as it leaves, with no more about the person than the channel needs: the organisation knows them by its
    own number.
    """
    person = exposure.person
    needed = profiles.ADDRESS_FIELDS.get(exposure.arm.channel)
    address = {needed: getattr(person, needed)} if person and needed else {}
    return {
        "exposure": str(exposure.pk),
        "person": exposure.subject,
        **address,
        "texts": tracking.texts_with_links(exposure.arm, exposure),
        "unsubscribe": tracking.unsubscribe_address(exposure),
    }
