from django.db import models
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet


class DismissedQuestion(OrganisationOwned):
    """A question without an answer that the shop need not answer: it is not listed again."""

    text = models.CharField(max_length=500)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["DismissedQuestion"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "text"], name="dismissed_question_text")
        ]

    def __str__(self) -> str:
        return self.text[:60]
