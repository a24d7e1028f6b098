"""Operators: whoever runs the installation. They see all organisations in the admin, whether or not they belong to one."""

import secrets
from dataclasses import dataclass

from django.db import transaction

from apps.accounts.models import Organisation, User
from apps.audit import services as audit


@dataclass(frozen=True)
class OperatorActor:
    """An operator as the trail of an organisation names them: what they do there, they do as no member of it."""

    organisation: Organisation
    user: User

    @property
    def label(self) -> str:
        return f"operator:{self.user.pk}"

    @property
    def name(self) -> str:
        return str(self.user)


@transaction.atomic
def make_operator(email: str, *, name: str = "") -> tuple[User, str | None]:
    """The operator, and the password where the account was made just now: it is stored nowhere in clear.

    The organisations that the person belongs to find it in their trails.
    """
    user, password = User.objects.filter(email__iexact=email).first(), None
    if user is None:
        password = secrets.token_urlsafe(12)
        user = User.objects.create_user(email, password, name=name)
    if not (user.is_staff and user.is_superuser):
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])
        _record(user, "operator.created")
    return user, password


@transaction.atomic
def dismiss_operator(user: User) -> None:
    """The person stays a member of their organisations."""
    user.is_staff = user.is_superuser = False
    user.save(update_fields=["is_staff", "is_superuser"])
    _record(user, "operator.dismissed")


def _record(user: User, action: str) -> None:
    for organisation in Organisation.objects.filter(pk__in=user.memberships.values("organisation")):
        audit.record(OperatorActor(organisation, user), action=action, target=user)
