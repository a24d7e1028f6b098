"""What a second person decides: copy, campaigns, prompts and apps are approved by somebody who did not write them."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Model

from apps.accounts import selectors
from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation
from apps.core.errors import ApplicationError, PermissionDenied, Text

CODE = "second_person_needed"
# Of those who may decide instead.
MAX_NAMES = 5


@dataclass(frozen=True)
class SecondPerson:
    """The rule for one kind of rows: nobody approves what they wrote themselves while another member may do it.

    `author`: the field of the membership that wrote a row last; empty where the author is gone, or was no member. `refusal`:
    what authors are told, with `%(names)s` of the others, and as which error. `is_wanted`: where organisations choose.
    """

    permission: str
    author: str
    refusal: Text
    error: type[ApplicationError] = PermissionDenied
    is_wanted: Callable[[Organisation], bool] = lambda organisation: True

    def may_approve(self, actor: Actor, row: Model) -> bool:
        return actor.may(self.permission) and not self._others(actor, row)

    def require(self, actor: Actor, row: Model) -> None:
        """Raises the `error` for the author. That the actor holds the permission, the service says above itself."""
        if others := self._others(actor, row):
            names = ", ".join(str(each.user) for each in others[:MAX_NAMES])
            raise self.error(str(self.refusal) % {"names": names}, code=CODE)

    def _others(self, actor: Actor, row: Model) -> list[Membership]:
        """Who has to look instead of the actor."""
        member, author_id = actor.responsible_member, getattr(row, f"{self.author}_id")
        is_author = member is not None and member.pk == author_id
        if not (is_author and self.is_wanted(actor.organisation)):
            return []
        members = selectors.members(actor.organisation).filter(is_active=True, user__is_active=True)
        return [each for each in members.exclude(pk=author_id) if self.permission in each.permissions]
