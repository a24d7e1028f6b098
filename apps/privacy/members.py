"""What is held of a member's own, such as runs of apps and chats. Who they are stays in the team and in the trail."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership
from apps.audit import services as audit
from apps.core.errors import Conflict
from apps.privacy import registry
from apps.privacy.registry import Subject

MEMBER = Subject("member")


@dataclass(frozen=True)
class MemberScope:
    organisation_id: UUID
    member_id: UUID

    @property
    def own_rows(self) -> Q:
        """Also those of keys that the member made."""
        return Q(member=self.member_id) | Q(api_key__created_by=self.member_id)


@requires_permission("organisation.manage")
@transaction.atomic
def erase_member(actor: Actor, member: Membership) -> dict[str, int]:
    """It cannot be brought back. How many rows of each model went. Raises Conflict for whoever still works here."""
    if member.is_active:
        raise Conflict(_("Deactivate the member first, so that nothing new is added."))
    rows = registry.erase(MEMBER, MemberScope(actor.organisation.pk, member.pk))
    audit.record(actor, action="member.data_erased", target=member, details={"rows": rows})
    return rows


@requires_permission("organisation.manage")
@transaction.atomic
def member_report(actor: Actor, member: Membership) -> dict[str, Any]:
    """What is held of the member's own, for them to read; of what nobody else may read, that it is there."""
    held = registry.report(MEMBER, MemberScope(actor.organisation.pk, member.pk))
    audit.record(actor, action="member.report_exported", target=member)
    return {"organisation": actor.organisation.name, "made_at": timezone.now().isoformat(), "held": held}
