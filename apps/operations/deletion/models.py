from datetime import timedelta
from pathlib import Path
from typing import Self

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.accounts.models import User
from apps.core.models import OrganisationOwned, OrganisationQuerySet, new_id
from apps.jobs.backed_by_job import BackedByJob
from apps.jobs.models import Job


class OrganisationExport(BackedByJob, OrganisationOwned):
    """All that an organisation has here as one archive, sealed on the disk with the organisation's own key.

    `unreadable`: rows, columns and files that could not be opened; the archive lists them.
    """

    bytes = models.BigIntegerField(null=True)
    unreadable = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["OrganisationExport"].as_manager()

    @property
    def path(self) -> Path:
        return Path(default_storage.path(f"exports/{self.organisation_id}/{self.pk}.zip"))

    @property
    def is_ready(self) -> bool:
        return self.job is not None and self.job.state == Job.State.SUCCEEDED


class OrganisationDeletionQuerySet(models.QuerySet["OrganisationDeletion"]):
    def under_way(self) -> Self:
        return self.filter(state__in=[OrganisationDeletion.State.CLOSED, OrganisationDeletion.State.DELETING])


class OrganisationDeletion(models.Model):
    """That an organisation is closed and goes, or has gone: when, and by whom. The row stays, and names nobody of it.

    `steps_done`: how far `services.STEPS` got, so that whoever goes on after a crash begins where it stopped.
    `trail_sequence`, `trail_hash`: the last line of its audit trail, against which anchors kept elsewhere are held.
    """

    class State(models.TextChoices):
        CLOSED = "closed", pgettext_lazy("of an organisation", "closed")
        DELETING = "deleting", _("being deleted")
        DELETED = "deleted", _("deleted")
        TAKEN_BACK = "taken_back", _("taken back")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    # By value: it outlives the organisation.
    organisation_id = models.UUIDField()
    state = models.CharField(max_length=10, choices=State, default=State.CLOSED)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    is_export_waived = models.BooleanField(default=False)
    requested_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()
    began_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    steps_done = models.PositiveSmallIntegerField(default=0)
    rows_count = models.PositiveBigIntegerField(default=0)
    trail_sequence = models.PositiveBigIntegerField(default=0)
    trail_hash = models.CharField(max_length=64, blank=True)

    objects = OrganisationDeletionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation_id"],
                condition=Q(state__in=["closed", "deleting", "deleted"]),
                name="one_deletion_of_an_organisation",
            ),
            models.CheckConstraint(
                name="deletion_over_has_end",
                condition=Q(state__in=["closed", "deleting"], ended_at=None)
                | Q(state__in=["deleted", "taken_back"], ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.state}"

    @property
    def days_left(self) -> int:
        """Whole days, rounded up."""
        return max(0, -((timezone.now() - self.due_at) // timedelta(days=1)))


def delay() -> timedelta:
    """Between closing an organisation and deleting it. Not nothing: requests that are under way come to their end."""
    return max(timedelta(days=settings.ORGANISATION_DELETION_DAYS), timedelta(minutes=5))
