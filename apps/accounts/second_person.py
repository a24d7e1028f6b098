"""What a second person decides: copy, campaigns and prompts are approved by somebody who did not write them."""

from uuid import UUID

from apps.accounts import selectors
from apps.accounts.actors import Actor


def may_approve(actor: Actor, permission: str, author_id: UUID | None) -> bool:
    """Nobody approves what they wrote themselves while another member may do it. `author_id`: of a membership; None where
    the author is gone, or was no member.
    """
    if not actor.may(permission):
        return False
    member = actor.responsible_member
    if author_id is None or member is None or member.pk != author_id:
        return True
    others = selectors.members(actor.organisation).filter(is_active=True, user__is_active=True)
    return not any(permission in other.permissions for other in others.exclude(pk=author_id))
