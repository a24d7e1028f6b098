from django.db import models
from django.utils import timezone


class InstalledVersion(models.Model):
    """A version of this code that the installation has run, from `first_seen_at` until the next one's."""

    version = models.CharField(max_length=100)
    first_seen_at = models.DateTimeField(default=timezone.now, db_index=True)

    def __str__(self) -> str:
        return self.version
