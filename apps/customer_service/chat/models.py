from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.conversations.models import Conversation


class Rating(OrganisationOwned):
    """How a visitor found a conversation, asked once it is resolved."""

    conversation = models.OneToOneField(Conversation, on_delete=models.CASCADE, related_name="rating")
    score = models.PositiveSmallIntegerField(validators=[MinValueValidator(1), MaxValueValidator(5)])
    comment = models.TextField(max_length=1000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Rating"].as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rating_of_one_to_five", condition=models.Q(score__gte=1, score__lte=5)
            )
        ]

    def __str__(self) -> str:
        return str(self.score)
