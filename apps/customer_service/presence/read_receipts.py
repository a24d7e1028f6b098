"""How far staff have read a conversation: what came since then is marked in the inbox."""

from apps.accounts.actors import Actor, requires_permission
from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import Conversation


@requires_permission("conversations.view")
def mark_read(actor: Actor, conversation: Conversation, *, through: int) -> None:
    """Marks the messages up to `through` as read. Only who may answer takes the mark away, and it never moves beyond the
    last message nor back.
    """
    through = min(through, conversation.message_count)
    if not actor.may("conversations.reply") or through <= conversation.read_through:
        return
    unread = Conversation.objects.filter(pk=conversation.pk, read_through__lt=through)
    if unread.update(read_through=through):
        conversation.read_through = through
        activity.announce(conversation)
