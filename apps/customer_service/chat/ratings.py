"""How visitors found it, asked once a conversation is resolved."""

from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import VISITOR, Actor, requires_permission
from apps.core.errors import Conflict
from apps.customer_service.chat.models import Rating
from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import Conversation

# A slip can be mended; figures of days long past stay what they were.
CHANGEABLE_FOR = timedelta(days=1)


@requires_permission(VISITOR)
@transaction.atomic
def rate(actor: Actor, *, conversation_id: UUID, score: int, comment: str = "") -> Rating:
    """Once for each time that it was resolved; a second thought is welcome for a day. Raises Conflict while the
    conversation is open, and after that day.
    """
    conversation = Conversation.objects.within(actor.organisation).select_for_update().one(pk=conversation_id)
    if conversation.is_open:
        raise Conflict(_("You can rate this conversation once it is resolved."), code="not_resolved")
    rating = Rating.objects.filter(conversation=conversation).first()
    if rating:
        is_recent = rating.created_at > timezone.now() - CHANGEABLE_FOR
        is_of_earlier_end = (
            conversation.resolved_at is not None and rating.created_at < conversation.resolved_at
        )
        if not (is_recent or is_of_earlier_end):
            raise Conflict(_("Ratings cannot be changed after a day."), code="rating_is_final")
    rating = rating or Rating(organisation=actor.organisation, conversation=conversation)
    # The rating of another end: its day for second thoughts begins now.
    if rating.created_at < (conversation.resolved_at or rating.created_at):
        rating.created_at = timezone.now()
    rating.score, rating.comment = score, comment
    rating.save()
    activity.record(conversation, activity.Event.CONVERSATION_RATED, score=score, comment=comment)
    activity.announce(conversation)
    return rating
