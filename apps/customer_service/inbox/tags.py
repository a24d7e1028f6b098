"""Tags: words of the shop's own on conversations, made while one works and tidied up later."""

from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.errors import InvalidInput, NotFound
from apps.customer_service.conversations import live, selectors
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.inbox.models import Tag

LONGEST = 40


def tag_list(organisation: Organisation) -> QuerySet[Tag]:
    counted = Tag.objects.within(organisation).annotate(conversations_count=Count("conversations"))
    return counted.order_by("name")


def make_tag(actor: Actor, *, name: str) -> Tag:
    """The one that there is already, however it is written."""
    name = _checked(name)
    tags = Tag.objects.within(actor.organisation)
    made, _is_new = tags.get_or_create(
        name__iexact=name, defaults={"organisation": actor.organisation, "name": name}
    )
    return made


@transaction.atomic
def add_tag(actor: Actor, *, conversation_id: UUID, name: str) -> Tag:
    conversation = selectors.conversation(actor.organisation, conversation_id)
    tag = make_tag(actor, name=name)
    conversation.tags.add(tag)
    live.announce(conversation)
    return tag


@transaction.atomic
def remove_tag(actor: Actor, *, conversation_id: UUID, tag_id: UUID) -> None:
    conversation = selectors.conversation(actor.organisation, conversation_id)
    conversation.tags.remove(_tag(actor, tag_id))
    live.announce(conversation)


def rename_tag(actor: Actor, *, tag_id: UUID, name: str) -> Tag:
    tag, name = _tag(actor, tag_id), _checked(name)
    others = Tag.objects.within(actor.organisation).exclude(pk=tag.pk)
    if others.filter(name__iexact=name).exists():
        raise _taken()
    tag.name = name
    try:
        with transaction.atomic():
            tag.save(update_fields=["name"])
    except IntegrityError as error:
        raise _taken() from error
    return tag


@transaction.atomic
def delete_tag(actor: Actor, *, tag_id: UUID) -> None:
    """The conversations stay, without it."""
    tag = _tag(actor, tag_id)
    audit.record(actor, action="tag.deleted", target=tag, details={"name": tag.name})
    tag.delete()


@transaction.atomic
def merge_tags(actor: Actor, *, tag_id: UUID, into_id: UUID) -> Tag:
    """Every conversation of the one has the other then, and the one is gone."""
    tag, into = _tag(actor, tag_id), _tag(actor, into_id)
    if tag == into:
        raise InvalidInput(fields={"into": [_("Choose another tag to merge with.")]})
    marks = Conversation.tags.through.objects
    marks.filter(tag=tag).exclude(conversation__in=Conversation.objects.filter(tags=into)).update(tag=into)
    audit.record(actor, action="tag.merged", target=tag, details={"name": tag.name, "into": into.name})
    tag.delete()
    return into


def _tag(actor: Actor, tag_id: UUID) -> Tag:
    tag = Tag.objects.within(actor.organisation).filter(pk=tag_id).first()
    if tag is None:
        raise NotFound
    return tag


def _checked(name: str) -> str:
    name = " ".join(name.replace("\x00", "").split())
    if not name or len(name) > LONGEST:
        reason = _("Give the tag a name of at most %(limit)d characters.") % {"limit": LONGEST}
        raise InvalidInput(fields={"name": [reason]})
    return name


def _taken() -> InvalidInput:
    return InvalidInput(fields={"name": [_("There is a tag of this name already. Merge the two instead.")]})
