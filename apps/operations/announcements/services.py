"""Announcements of the installation, and reading one to its end. An organisation's own are a resource."""

from django.db import transaction

from apps.accounts.actors import for_operators
from apps.accounts.models import User
from apps.operations import operator_trail
from apps.operations.announcements import selectors
from apps.operations.announcements.models import Announcement, AnnouncementDismissal


@transaction.atomic
def save_for_everybody(user: User, row: Announcement) -> Announcement:
    """A row that a form filled becomes an announcement of the whole installation.

    Raises NotFound where another operator deleted it meanwhile: to store it would bring it back.
    """
    is_new = row._state.adding
    if not is_new:
        Announcement.objects.select_for_update().one(pk=row.pk)
    row.save()
    action = "announcement.created" if is_new else "announcement.changed"
    operator_trail.record_everywhere(user, action=action, details={"text": row.text})
    transaction.on_commit(selectors.clear)
    return row


@for_operators
@transaction.atomic
def delete_for_everybody(user: User, row: Announcement) -> None:
    """Raises NotFound where another operator was faster."""
    row = Announcement.objects.select_for_update().one(pk=row.pk)
    details = {"text": row.text}
    row.delete()
    operator_trail.record_everywhere(user, action="announcement.deleted", details=details)
    transaction.on_commit(selectors.clear)


def put_away(user: User, row: Announcement) -> None:
    """The person is not shown it any more, in whichever of their organisations."""
    AnnouncementDismissal.objects.get_or_create(announcement=row, user=user)
