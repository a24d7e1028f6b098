"""What staff write, so that two colleagues never answer at once without knowing of each other."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership
from apps.core.errors import Conflict
from apps.core.numbers import whole_number
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Conversation, Message


def seen_token(conversation: Conversation) -> str:
    """What a page showed when somebody began to write: the last message and who answers."""
    return f"{conversation.message_count}.{conversation.handled_by_id or ''}"


@requires_permission("conversations.reply")
@transaction.atomic
def write_reply(
    actor: Actor, *, conversation_id: UUID, text: str, seen: str = "", resolves: bool = False
) -> Message:
    """Raises Conflict when a colleague took over or wrote since `seen`; without `seen` nobody is asked."""
    conversation = services.lock_conversation(actor, conversation_id)
    _refuse_if_moved(conversation, actor.member, seen)
    message = services.reply(actor, conversation_id=conversation_id, text=text)
    if resolves:
        services.resolve(actor, conversation_id=conversation_id)
    return message


def _refuse_if_moved(conversation: Conversation, member: Membership | None, seen: str) -> None:
    message_count, _dot, handler = seen.partition(".")
    count = whole_number(message_count)
    if count is None:
        return
    colleague = conversation.handled_by
    if colleague and colleague != member and str(colleague.pk) != handler:
        raise _moved_conflict(_("%(name)s has just taken over this conversation."), colleague)
    since = conversation.messages.filter(author=Message.Author.AGENT, ordinal__gt=count)
    message = since.exclude(member=member).select_related("member__user").first()
    if message and message.member:
        raise _moved_conflict(_("%(name)s has just replied."), message.member)


def _moved_conflict(what: object, colleague: Membership) -> Conflict:
    event = str(what) % {"name": colleague.user}
    advice = _("Your text is kept. Read the new messages, then send it again if it still applies.")
    return Conflict(f"{event} {advice}", code="conversation_moved")
