from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, Self, TypeVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.vault.fields import SealedTextField
from apps.vault.files import open_sealed

Row = TypeVar("Row", bound=models.Model, covariant=True)

# So long without a part, and half an upload goes. See docs/decisions/recordings.md.
UNFINISHED_DAYS = 3


def end_of_patience() -> datetime:
    """When an upload that nobody goes on with is given up."""
    return timezone.now() + timedelta(days=UNFINISHED_DAYS)


class ResumableUploadQuerySet(OrganisationQuerySet[Row]):
    def unfinished(self) -> Self:
        return self.filter(received_at=None)

    def given_up(self) -> Self:
        return self.unfinished().filter(expires_at__lt=timezone.now())


class ResumableUpload(OrganisationOwned):
    """A file whose bytes arrive in parts, by tus, and lie encrypted under `stored_path`. Abstract.

    `length` is unknown while the sender does not know it. `offset` is how many bytes are stored for good: what the
    file holds beyond it came with a part that was not acknowledged, and is written over.
    """

    # People name files after other people.
    file_name = SealedTextField(max_length=200, blank=True)
    length = models.PositiveBigIntegerField(null=True)
    offset = models.PositiveBigIntegerField(default=0)
    received_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(default=end_of_patience)

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                name="%(class)s_fits_its_length", condition=Q(length=None) | Q(offset__lte=F("length"))
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="%(class)s_unfinished", condition=Q(received_at=None)),
        ]

    @property
    def stored_path(self) -> Path:
        """Where the bytes lie. Never the sender's file name: that is shown, not used."""
        raise NotImplementedError

    @property
    def max_bytes(self) -> int:
        """The largest file that is accepted."""
        raise NotImplementedError

    def open_stored(self) -> BinaryIO:
        """What arrived of it so far, readable. Raises KeyLost and SealBroken."""
        return open_sealed(self.stored_path, length=self.offset if self.received_at is None else None)
