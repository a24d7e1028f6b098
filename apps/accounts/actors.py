"""Who acts: a member, an API key, a visitor or the platform itself. Always inside one organisation."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q

from apps.accounts.models import ApiKey, Membership, Organisation, User
from apps.accounts.permissions import OWNER, PROVISION
from apps.core.errors import PermissionDenied

P = ParamSpec("P")
Result = TypeVar("Result")
# What a visitor's token gives: the acts on the one conversation that it opens.
VISITOR = "visitor"
# What whoever runs the installation may do; no role in an organisation gives it.
OPERATOR = "operator"
# Stands for what one of a service's arguments says that it needs: the adapter of an evaluation.
DECLARED = "declared"


@dataclass(frozen=True)
class Actor:
    """Who acts and where. At most one of `member`, `api_key` and `visitor` is set; without any it is the platform."""

    organisation: Organisation
    permissions: frozenset[str] = frozenset()
    member: Membership | None = None
    api_key: ApiKey | None = None
    visitor: str = ""

    @classmethod
    def from_member(cls, member: Membership) -> "Actor":
        return cls(member.organisation, member.permissions, member=member)

    @classmethod
    def from_api_key(cls, key: ApiKey) -> "Actor":
        """A key does what its scopes say, as far as its maker may do it today."""
        # Asked at every request: what its maker may not do any more, the key may not either.
        maker = key.created_by
        may_today = (
            cls(key.organisation, maker.permissions, member=maker).key_scopes if maker else frozenset[str]()
        )
        return cls(key.organisation, may_today.intersection(key.scopes), api_key=key)

    @property
    def throttle_key(self) -> str:
        """What requests are counted by and idempotency keys belong to."""
        subject = self.member or self.api_key
        return str(subject.pk) if subject else f"{self.organisation.pk}:{self.visitor}"

    @property
    def label(self) -> str:
        """How the audit trail names the actor."""
        if self.member:
            return f"member:{self.member.pk}"
        if self.api_key:
            return f"key:{self.api_key.prefix}"
        return f"visitor:{self.visitor}" if self.visitor else "platform"

    @property
    def name(self) -> str:
        """How people know the actor."""
        if self.member:
            return str(self.member.user)
        return self.api_key.name if self.api_key else self.visitor

    @property
    def responsible_member(self) -> Membership | None:
        """The member, or who made the key."""
        return self.member or (self.api_key.created_by if self.api_key else None)

    @property
    def is_platform(self) -> bool:
        """A job or a clock of the platform's own, which has no permissions and needs none; no request acts as it."""
        return not (self.member or self.api_key or self.visitor or self.permissions)

    @property
    def is_owner(self) -> bool:
        return self.member is not None and self.member.role == OWNER

    @property
    def key_scopes(self) -> frozenset[str]:
        """What the actor may put into a key. Who is in the groups that give roles only an owner leaves to one: whoever
        decides that could come to any of those roles.
        """
        return self.permissions if self.is_owner else self.permissions - {PROVISION}

    def may(self, permission: str) -> bool:
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises PermissionDenied. For services that callers of several kinds reach; views have their own check."""
        if permission not in self.permissions:
            raise PermissionDenied


def own_rows(actor: Actor, prefix: str = "") -> Q:
    """Of a member, or of a key; nobody else's. `prefix`: of a relation to the model with `member` and `api_key`."""
    if actor.member:
        return Q(**{f"{prefix}member": actor.member})
    return Q(**{f"{prefix}api_key": actor.api_key}) if actor.api_key else Q(pk=None)


def requires_permission(
    permission: str, *others: str
) -> Callable[[Callable[Concatenate[Actor, P], Result]], Callable[Concatenate[Actor, P], Result]]:
    """Says of a service whose first argument is the actor what it needs: `permission`, or one of `others`.

    Whoever has none of them meets PermissionDenied; the platform itself needs none. Page, API and button of the act read
    it here (`apps/accounts/act_declaration.py`).
    """

    def decorate(service: Callable[Concatenate[Actor, P], Result]) -> Callable[Concatenate[Actor, P], Result]:
        @wraps(service)
        def checked(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> Result:
            if not (actor.is_platform or any(map(actor.may, (permission, *others)))):
                raise PermissionDenied
            return service(actor, *args, **kwargs)

        checked.permission = permission  # type: ignore[attr-defined]
        checked.enough = (permission, *others)  # type: ignore[attr-defined]
        return checked

    return decorate


def requires_what(
    says: Callable[..., str],
) -> Callable[[Callable[Concatenate[Actor, P], Result]], Callable[Concatenate[Actor, P], Result]]:
    """As `requires_permission`, where its arguments say what it needs: `says` gets them, without the actor."""

    def decorate(service: Callable[Concatenate[Actor, P], Result]) -> Callable[Concatenate[Actor, P], Result]:
        @wraps(service)
        def checked(actor: Actor, /, *args: P.args, **kwargs: P.kwargs) -> Result:
            if not actor.is_platform:
                actor.require(says(*args, **kwargs))
            return service(actor, *args, **kwargs)

        checked.permission = DECLARED  # type: ignore[attr-defined]
        return checked

    return decorate


def for_operators(
    service: Callable[Concatenate[User, P], Result],
) -> Callable[Concatenate[User, P], Result]:
    """Says of a service whose first argument is the user that it is for operators alone. Everybody else meets
    PermissionDenied.
    """

    @wraps(service)
    def checked(user: User, /, *args: P.args, **kwargs: P.kwargs) -> Result:
        if not runs_installation(user):
            raise PermissionDenied
        return service(user, *args, **kwargs)

    checked.permission = OPERATOR  # type: ignore[attr-defined]
    return checked


def runs_installation(user: User | AnonymousUser) -> bool:
    """Whether the person runs the installation; no role in an organisation makes anybody one."""
    return user.is_active and user.is_staff and user.is_superuser


def permission_of(service: Callable[..., Any]) -> str:
    """What a service says that it needs. Raises TypeError where it says nothing: nobody gets in by chance."""
    while isinstance(service, partial):
        service = service.func
    permission = getattr(service, "permission", None)
    if not isinstance(permission, str):
        raise TypeError(f"{service.__module__}.{service.__qualname__} needs @requires_permission(…)")
    return permission
