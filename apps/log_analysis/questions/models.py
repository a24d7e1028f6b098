from typing import Any

from django.db import models
from django.utils import timezone

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.models import Job
from apps.vault.fields import SealedJSONField, SealedTextField

MAX_QUESTION_CHARACTERS = 300
# Stands for a field of the filter, of words that no search answers.
UNSUPPORTED = "unsupported"


class RecordQuestion(OrganisationOwned):
    """A search in somebody's own words, masked as records are, and the filter that was read out of it; kept for a day.

    `filters`: as the form of counts takes them, with `by` where records are to be counted. `understood`: [words, field,
    value], of the field `unsupported` what no search answers; `left_out`: words that are not in the filter. `job`: asks a
    model for these; none where there is nothing to ask. `model_error`: why it was not asked, or did not answer.
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
    def is_narrower(self) -> bool:
        """A model understood more than the rules."""
        return self.job is not None and bool((self.job.result or {}).get("is_narrower"))

    @property
    def is_counted(self) -> bool:
        return "by" in self.filters

    @property
    def parts(self) -> list[tuple[str, str, str]]:
        """Words, and the field and value that they became."""
        return [tuple(each) for each in self.understood if each[1] != UNSUPPORTED]

    @property
    def unsupported(self) -> list[tuple[str, str]]:
        """Words that no search answers, and what they ask for."""
        return [(words, kind) for words, field, kind in self.understood if field == UNSUPPORTED]
