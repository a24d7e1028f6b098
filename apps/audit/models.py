import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from apps.core.models import OrganisationOwned, OrganisationQuerySet


class AuditEntry(OrganisationOwned):
    """One line of an organisation's trail, never changed or deleted. It carries the hash of the line before.

    Actors and targets are named by value, not by foreign key: the trail outlives what it names. `subjects`: the
    people whom the line is about, where that says more than the target. `mac`: HMAC of `hash` with a key that the
    database does not hold, so that nobody computes a new chain who has only the database.
    """

    sequence = models.PositiveBigIntegerField()
    actor = models.CharField(max_length=100)
    actor_name = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=60)
    target_type = models.CharField(max_length=60, blank=True)
    target_id = models.CharField(max_length=64, blank=True)
    subjects = ArrayField(models.UUIDField(), default=list, blank=True)
    details = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)
    mac = models.CharField(max_length=64, default="")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "sequence"], name="audit_sequence"),
        ]
        indexes = [
            models.Index(fields=["organisation", "target_type", "target_id"], name="audit_target"),
            models.Index(fields=["organisation", "created_at"], name="audit_period"),
            GinIndex(fields=["subjects"], name="audit_subjects"),
        ]
        triggers = [
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.sequence} {self.action}"
