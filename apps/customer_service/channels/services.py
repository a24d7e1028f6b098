"""Channels come and go; what was said in them stays until somebody erases it, knowing how much it is."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.models import Attachment, Conversation
from apps.customer_service.privacy import services as privacy


def create_connected_channel(actor: Actor, *, kind: str, name: str, language: str) -> Channel:
    return Channel.objects.create(organisation=actor.organisation, kind=kind, name=name, language=language)


@dataclass(frozen=True)
class ChannelContents:
    """What an erasure of the channel takes with it."""

    conversations: int
    files: int


def channel_contents(channel: Channel) -> ChannelContents:
    conversations = Conversation.objects.within(channel.organisation_id).filter(channel=channel)
    files = Attachment.objects.within(channel.organisation_id).filter(conversation__channel=channel)
    return ChannelContents(conversations.count(), files.count())


@requires_permission("conversations.manage")
def note_saved(actor: Actor, channel: Channel, *, fields: Sequence[str]) -> None:
    """In the caller's transaction, after a form or the API stored it."""
    details = {"name": channel.name, "fields": sorted(fields)}
    audit.record(actor, action="channel.saved", target=channel, details=details)


@requires_permission("conversations.manage")
@transaction.atomic
def archive_channel(actor: Actor, channel: Channel) -> None:
    """Its address says that it is closed, conversations stay and it can be restored."""
    row = _lock_channel(channel)
    if row.archived_at is None:
        row.archived_at, row.is_enabled = timezone.now(), False
        row.save(update_fields=["archived_at", "is_enabled"])
        audit.record(actor, action="channel.archived", target=row, details={"name": row.name})


@requires_permission("conversations.manage")
@transaction.atomic
def restore_channel(actor: Actor, channel: Channel) -> Channel:
    """Open to visitors again, at the same address. Raises Conflict while it is being erased."""
    row = _lock_channel(channel)
    if row.erase_requested_at:
        raise Conflict(_("This channel is being erased. It cannot be restored."), code="channel_erased")
    if row.archived_at:
        row.archived_at, row.is_enabled = None, True
        row.save(update_fields=["archived_at", "is_enabled"])
        audit.record(actor, action="channel.restored", target=row, details={"name": row.name})
    return row


@requires_permission("conversations.manage")
@transaction.atomic
def request_erasure(actor: Actor, channel: Channel, *, contents: ChannelContents) -> None:
    """The channel goes with all that was said in it, in the background; it cannot be brought back.

    `contents`: what whoever asks was told. Raises Conflict with the right counts when that is not so (any more), and
    for a channel that is not archived.
    """
    row = _lock_channel(channel)
    # While it is open the counts that somebody confirmed could be wrong a moment later.
    if row.archived_at is None:
        raise Conflict(_("Archive the channel first so that nothing new arrives."), code="not_archived")
    current_contents = channel_contents(row)
    if contents != current_contents:
        message = _("The counts differ. Conversations: %(conversations)d, files: %(files)d. Confirm these.")
        raise Conflict(
            message % asdict(current_contents), code="counts_differ", details=asdict(current_contents)
        )
    if row.erase_requested_at is None:
        row.erase_requested_at = timezone.now()
        row.save(update_fields=["erase_requested_at"])
        details = {"name": row.name, **asdict(current_contents)}
        audit.record(actor, action="channel.erasure_requested", target=row, details=details)


@transaction.atomic
def apply_instructions(actor: Actor, *, channel_id: UUID, instructions: str, run_id: UUID) -> None:
    """What a run tried goes live. Raises Conflict where it is live already."""
    channel = Channel.objects.within(actor.organisation).select_for_update().one(pk=channel_id)
    if channel.instructions == instructions:
        raise Conflict(_("The channel already uses these instructions."), code="nothing_to_apply")
    details = {"run": str(run_id), "before": channel.instructions, "after": instructions}
    channel.instructions = instructions
    channel.save(update_fields=["instructions"])
    audit.record(actor, action="channel.instructions_applied", target=channel, details=details)


def erase_channel(channel: Channel, *, seconds: float) -> None:
    """A few conversations at a time, each few for good: one that is interrupted is gone on with."""
    ends_at = time.monotonic() + seconds
    own = Conversation.objects.within(channel.organisation_id).filter(channel=channel).order_by("pk")
    while conversation_ids := list(own.values_list("pk", flat=True)[: privacy.AT_ONCE]):
        with transaction.atomic():
            rows = privacy.erase_conversations(channel.organisation_id, conversation_ids)
            _record(channel, "conversations.erased", {"conversations": conversation_ids, "rows": rows})
        if time.monotonic() > ends_at:
            return
    with transaction.atomic():
        _record(channel, "channel.erased", {"name": channel.name})
        channel.delete()


def _record(channel: Channel, action: str, details: dict[str, object]) -> None:
    audit.record(Actor(channel.organisation), action=action, target=channel, details=details)


def _lock_channel(channel: Channel) -> Channel:
    return Channel.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=channel.pk)
