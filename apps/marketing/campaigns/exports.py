"""Messages of a channel that nothing here can send, as a file for whoever sends them."""

from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction
from django.http import HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit.file_exports import FileExport
from apps.core import tables
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.marketing.campaigns import delivery
from apps.marketing.campaigns.models import Campaign
from apps.marketing.channels import selectors as channels
from apps.marketing.experiments import tracking
from apps.marketing.experiments.models import Exposure
from apps.marketing.profiles import selectors as profiles
from apps.marketing.rules import membership

# Of one file; who presses again gets the next ones.
MAX_EXPORT_ROWS = 20_000
CHUNK_ROWS = 500
PEOPLE = "marketing.people"


@requires_permission("marketing.send")
def export_messages(
    actor: Actor, campaign: Campaign, channel: str, *, file_type: str, is_again: bool = False
) -> HttpResponseBase:
    """The messages of a channel that wait, which count as sent from now on; `is_again`: those taken before, without the
    people who left the channel since.

    Raises InvalidInput for a channel that the campaign does not write by, Conflict where messages leave by themselves.
    """
    actor.require(PEOPLE)
    is_known = campaign.experiment.arms.filter(channel=channel).exclude(channel="").exists()
    if file_type not in tables.FILE_TYPES:
        raise NotFound
    if not is_known:
        raise InvalidInput(fields={"channel": [_("The campaign does not use this channel.")]})
    if campaign.experiment.is_simulated:
        raise Conflict(delivery.MADE_UP, code="simulated")
    if delivery.route(campaign.organisation, channel) != delivery.EXPORT:
        raise Conflict(_("Messages on this channel are sent automatically."), code="sent_by_itself")
    ids = _taken_before(campaign, channel) if is_again else _take(campaign, channel)
    details = {"channel": channel, "again": is_again}
    export = FileExport(actor, "campaign.exported", target=campaign, row_count=len(ids), details=details)
    view = channels.channel(actor.organisation, channel)
    fields = [each.key for each in view.fields]
    address = profiles.ADDRESS_FIELDS.get(channel)
    headings = ["exposure", "person", *([address] if address else []), *fields, "unsubscribe"]
    rows = _rows(campaign, ids, fields, address)
    return export.response(rows, name=f"campaign-{channel}", file_type=file_type, headings=headings)


def _taken_before(campaign: Campaign, channel: str) -> list[UUID]:
    rows = Exposure.objects.within(campaign.organisation_id).filter(
        experiment=campaign.experiment_id, arm__channel=channel, failure="", delivered_at__isnull=False
    )
    # Whoever sends the file cannot know who left, or was erased, between the two.
    rows = rows.filter(person__consents__contains=[channel]).exclude(person__unsubscribed__contains=[channel])
    # All of them: of several files nobody could say which one is wanted once more.
    return list(rows.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def _take(campaign: Campaign, channel: str) -> list[UUID]:
    """Looks once more who may be written to, chunk by chunk, and marks the others of these as sent."""
    taken: list[UUID] = []
    people: list[UUID] = []
    while len(taken) < MAX_EXPORT_ROWS:
        rows = list(delivery.waiting(campaign, channel).select_for_update(of=("self",))[:CHUNK_ROWS])
        if not rows:
            break
        allowed = delivery.still_allowed(campaign, rows)
        kept = [row.pk for row in allowed]
        Exposure.objects.within(campaign.organisation_id).filter(pk__in=kept).update(
            delivered_at=timezone.now()
        )
        taken += kept
        people += [row.person_id for row in allowed if row.person_id]
    # Segments may ask who was written to.
    membership.mark_due(campaign.organisation, people)
    return taken


def _rows(
    campaign: Campaign, ids: Sequence[UUID], fields: Sequence[str], address: str | None
) -> Iterator[dict[str, Any]]:
    rows = Exposure.objects.within(campaign.organisation_id)
    rows = rows.select_related("arm", "experiment__brief", "person", "organisation")
    for first in range(0, len(ids), CHUNK_ROWS):
        for exposure in rows.filter(pk__in=ids[first : first + CHUNK_ROWS]).order_by("pk"):
            texts = tracking.texts_with_links(exposure.arm, exposure)
            yield {
                "exposure": str(exposure.pk),
                "person": exposure.subject,
                **({address: getattr(exposure.person, address, "")} if address else {}),
                **{key: texts.get(key, "") for key in fields},
                "unsubscribe": tracking.unsubscribe_address(exposure),
            }
