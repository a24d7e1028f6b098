"""Tags: words of the shop's own on conversations, made while one works and tidied up later."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import InvalidInput
from apps.customer_service.conversations import activity, selectors
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.inbox.models import Tag
from apps.customer_service.inbox.resources import TAGS
from apps.resources import services as resources


@requires_permission("conversations.reply")
def make_tag(actor: Actor, *, name: str) -> Tag:
    """The one that there is already, however it is written."""
    spelling = " ".join(name.split()).replace("\x00", "")
    tag = Tag.objects.within(actor.organisation).filter(name__iexact=spelling).first()
    return tag or resources.store(actor, TAGS, {"name": spelling})


@requires_permission("conversations.reply")
@transaction.atomic
def add_tag(actor: Actor, *, conversation_id: UUID, name: str) -> Tag:
    conversation = selectors.conversation(actor.organisation, conversation_id)
    tag = make_tag(actor, name=name)
    conversation.tags.add(tag)
    activity.announce(conversation)
    return tag


@requires_permission("conversations.reply")
@transaction.atomic
def remove_tag(actor: Actor, *, conversation_id: UUID, tag_id: UUID) -> None:
    conversation = selectors.conversation(actor.organisation, conversation_id)
    conversation.tags.remove(Tag.objects.within(actor.organisation).one(pk=tag_id))
    activity.announce(conversation)


@requires_permission("conversations.manage")
@transaction.atomic
def merge_tags(actor: Actor, tag: Tag, *, into: Tag) -> Tag:
    """Every conversation of the one has the other then, and the one is gone. Raises InvalidInput for a tag and itself."""
    if tag == into:
        raise InvalidInput(fields={"into": [_("Choose another tag to merge with.")]})
    marks = Conversation.tags.through.objects
    # A conversation may have a tag once. Where it has both, the old mark goes with its tag.
    marks.filter(tag=tag).exclude(conversation__in=Conversation.objects.filter(tags=into)).update(tag=into)
    audit.record(actor, action="tag.merged", target=tag, details={"name": tag.name, "into": into.name})
    tag.delete()
    return into
