"""Internal notes: what staff tell each other about a conversation."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import InvalidInput, PermissionDenied
from apps.customer_service.conversations import activity, selectors
from apps.customer_service.inbox.models import Note

MAX_CHARACTERS = 4000


@requires_permission("conversations.reply")
def add_note(actor: Actor, *, conversation_id: UUID, text: str) -> Note:
    conversation = selectors.conversation(actor.organisation, conversation_id)
    note = Note.objects.create(
        organisation=actor.organisation,
        conversation=conversation,
        member=actor.responsible_member,
        text=_require_text(text),
        after=conversation.message_count,
    )
    activity.announce(conversation)
    return note


@requires_permission("conversations.reply")
@transaction.atomic
def delete_note(actor: Actor, *, conversation_id: UUID, note_id: UUID) -> None:
    """One's own; those who manage conversations delete any. Raises PermissionDenied."""
    notes = Note.objects.within(actor.organisation).filter(conversation=conversation_id)
    note = notes.select_related("conversation").one(pk=note_id)
    # Nobody's own is what somebody wrote who has left.
    is_own = note.member is not None and note.member == actor.responsible_member
    if not is_own and not actor.may("conversations.manage"):
        raise PermissionDenied
    audit.record(actor, action="note.deleted", target=note)
    note.delete()
    activity.announce(note.conversation)


def _require_text(text: str) -> str:
    text = text.strip().replace("\x00", "")
    if not text:
        raise InvalidInput(code="note_unusable", fields={"text": [_("Enter a note first.")]})
    if len(text) > MAX_CHARACTERS:
        reason = _("The note is too long: at most %(limit)d characters.") % {"limit": MAX_CHARACTERS}
        raise InvalidInput(code="note_unusable", fields={"text": [reason]})
    return text
