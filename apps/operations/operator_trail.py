"""What an operator does to the whole installation stands in the trail of each organisation that it touches."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model

from apps.accounts.models import Organisation, User
from apps.accounts.operators import OperatorActor
from apps.audit import services as audit


def record_everywhere(user: User, *, action: str, details: Mapping[str, object]) -> None:
    """In the caller's transaction, for what concerns all organisations."""
    for organisation in Organisation.objects.order_by("pk"):
        audit.record(OperatorActor(organisation, user), action=action, details=details)


def record_counts(
    user: User, counts: Mapping[UUID, int], *, action: str, details: Mapping[str, object]
) -> None:
    """In the caller's transaction: each organisation reads how many of its own rows it was."""
    for organisation in Organisation.objects.filter(pk__in=counts).order_by("pk"):
        whole = {**details, "rows": counts[organisation.pk]}
        audit.record(OperatorActor(organisation, user), action=action, details=whole)


def log(user: User, row: Model, message: str, *, flag: int = CHANGE, name: str = "") -> None:
    """In the admin's own history, as the row is no organisation's. `name`: what it is called there, if not by its own."""
    LogEntry.objects.create(
        user_id=user.pk,
        content_type_id=ContentType.objects.get_for_model(row).pk,
        object_id=str(row.pk),
        object_repr=(name or str(row))[:200],
        action_flag=flag,
        change_message=message,
    )
