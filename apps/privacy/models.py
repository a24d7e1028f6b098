from django.db import models
from django.utils import timezone

from apps.core.models import OrganisationOwned, OrganisationQuerySet


class RetentionClock(OrganisationOwned):
    """The time when an organisation's data was last looked through for what is too old, by a clock that was believed.

    `stopped_at`: the clock jumped. Nothing is erased by age until it is back, or until somebody says that it is right.
    """

    checked_at = models.DateTimeField(default=timezone.now)
    stopped_at = models.DateTimeField(null=True)

    objects = OrganisationQuerySet["RetentionClock"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="one_retention_clock"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.checked_at:%Y-%m-%d}"
