import pgtrigger
from django.db import models

from apps.core.models import OrganisationOwned, OrganisationQuerySet


class AuditEntry(OrganisationOwned):
    """One line of an organisation's trail, never changed or deleted. It carries the hash of the line before.

    Actors and targets are named by value, not by foreign key: the trail outlives what it names.
    """

    sequence = models.PositiveBigIntegerField()
    actor = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "sequence"], name="audit_sequence"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"
