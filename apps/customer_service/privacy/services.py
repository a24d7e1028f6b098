"""Erasing what visitors said: one visitor when they ask for it, conversations after the days that the desk keeps them."""

from collections.abc import Sequence
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.models import Conversation
from apps.customer_service.privacy.scopes import VISITOR, VisitorScope, scope_of_visitor
from apps.customer_service.staff.models import DeskSettings
from apps.inference import prompts
from apps.inference.prompt_catalogue import shipped_prompts
from apps.privacy import registry

# Each goes through everything that holds personal data; the rest goes the next time.
AT_ONCE = 200


@requires_permission("conversations.manage")
@transaction.atomic
def erase_visitor(actor: Actor, *, conversation_id: UUID) -> int:
    """All of whoever wrote in this conversation, and what was made of their words. How many conversations went.

    It cannot be brought back. Figures of past days lose what they were counted from. Raises NotFound.
    """
    conversation = selectors.conversation(actor.organisation, conversation_id)
    scope = scope_of_visitor(conversation.organisation_id, conversation.visitor_id)
    _lock(scope.conversations)
    details = {"conversations": scope.conversations, "rows": registry.erase(VISITOR, scope)}
    audit.record(actor, action="visitor.erased", details=details)
    # Whose words they hold cannot be looked for: all of the organisation's go.
    transaction.on_commit(
        partial(prompts.delete_inputs, actor.organisation.pk, *shipped_prompts()), robust=True
    )
    return len(scope.conversations)


@requires_permission("conversations.manage")
@transaction.atomic
def visitor_report(actor: Actor, *, conversation_id: UUID) -> dict[str, Any]:
    """All that is held about whoever wrote in this conversation, for them to read. Raises NotFound."""
    conversation = selectors.conversation(actor.organisation, conversation_id)
    report = registry.report(VISITOR, scope_of_visitor(conversation.organisation_id, conversation.visitor_id))
    audit.record(actor, action="visitor.report_exported", target=conversation)
    return {
        "organisation": actor.organisation.name,
        "visitor_id": conversation.visitor_id,
        "made_at": timezone.now().isoformat(),
        "held": report,
    }


def erase_conversations(organisation_id: UUID, conversation_ids: Sequence[UUID]) -> dict[str, int]:
    """In the caller's transaction. What was learnt of their words stays: it is nobody's any more."""
    _lock(conversation_ids)
    return registry.erase(VISITOR, VisitorScope(organisation_id, tuple(conversation_ids)), is_by_age=True)


@transaction.atomic
def erase_outdated(organisation: Organisation, conversations: Sequence[Conversation]) -> None:
    """Settled ones that are older than their organisation keeps them. One in which somebody writes at this moment stays."""
    _lock([conversation.pk for conversation in conversations])
    settled = Conversation.objects.filter(
        pk__in=[conversation.pk for conversation in conversations], state=Conversation.State.RESOLVED
    )
    conversation_ids = list(settled.order_by("pk").values_list("pk", flat=True))
    if not conversation_ids:
        return
    rows = erase_conversations(organisation.pk, conversation_ids)
    days = DeskSettings.objects.within(organisation).get().conversations_kept_days
    details = {"conversations": conversation_ids, "kept_days": days, "rows": rows}
    audit.record(Actor(organisation), action="conversations.erased", details=details)


def _lock(conversation_ids: Sequence[UUID]) -> None:
    """Nothing is said in them while they go."""
    list(
        Conversation.objects.filter(pk__in=conversation_ids)
        .select_for_update()
        .order_by("pk")
        .values_list("pk")
    )
