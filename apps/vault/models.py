from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet


class SealingKey(OrganisationOwned):
    """A key of one organisation, itself encrypted with the installation's FIELD_KEYS.

    The newest seals, older ones open until a rotation has sealed everything anew and deletes them. Whoever deletes
    an organisation's keys has erased what they sealed, in every backup that does not hold the keys.
    """

    class Purpose(models.TextChoices):
        CONTENT = "content"
        INDEX = "index"

    purpose = models.CharField(max_length=10, choices=Purpose)
    number = models.PositiveIntegerField()
    secret = EncryptedTextField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["SealingKey"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "purpose", "number"], name="sealing_key_number"),
            models.CheckConstraint(name="sealing_key_counts_from_one", condition=Q(number__gte=1)),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"
