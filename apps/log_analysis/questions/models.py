from typing import Any

from django.db import models
from django.utils import timezone

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.models import Job
from apps.vault.fields import SealedJSONField, SealedTextField

MAX_QUESTION_CHARACTERS = 300


class RecordQuestion(OrganisationOwned):
    """A search in somebody's own words, masked as records are, and the filter that was read out of it; kept for a day.

    `filters`: as the form of records takes them. `understood`: [words, field, value]; `left_out`: words that are not in
    the filter. `model_error`: why the model was not asked; empty where it was, or where the rules understood all.
    """

    text = SealedTextField(max_length=MAX_QUESTION_CHARACTERS)
    filters: Any = SealedJSONField(default=dict)
    understood: Any = SealedJSONField(default=list)
    left_out: Any = SealedJSONField(default=list)
    model_error = models.CharField(max_length=60, blank=True)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["RecordQuestion"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="record_question_age")]

    @property
    def is_being_read(self) -> bool:
        return self.job is not None and not self.job.is_terminal

    @property
    def is_read(self) -> bool:
        return self.job is None or self.job.state == Job.State.SUCCEEDED
