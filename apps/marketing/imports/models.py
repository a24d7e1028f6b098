from pathlib import Path

from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.files.models import ResumableUpload
from apps.jobs.backed_by_job import BackedByJob
from apps.jobs.models import Job
from apps.vault.fields import SealedJSONField

MAX_IMPORT_BYTES = 512 * 2**20


class PeopleImport(BackedByJob, ResumableUpload):
    """A table of people. `headings`: of its columns. `mapping`: column → `external_id`, `name`, `email`, `phone`,
    `consents`, or `attribute:…`; what it does not name is left out. `rejected`: the first rows that were not stored, with
    what is wrong; `reasons`: code of what is wrong → how many rows. All of them are `rejections`, until `expires_at`.
    """

    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    rows_count = models.PositiveIntegerField(default=0)
    created_count = models.PositiveIntegerField(default=0)
    changed_count = models.PositiveIntegerField(default=0)
    rejected_count = models.PositiveIntegerField(default=0)
    rejected = models.JSONField(default=list)
    reasons = models.JSONField(default=dict)
    rejected_bytes = models.PositiveBigIntegerField(default=0)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["PeopleImport"].as_manager()

    class Meta(ResumableUpload.Meta):
        indexes = [
            *ResumableUpload.Meta.indexes,
            models.Index(fields=["organisation", "-id"], name="people_import_list"),
        ]

    def __str__(self) -> str:
        return str(self.file_name)

    def get_absolute_url(self) -> str:
        return reverse("marketing:people_import", args=[self.pk])

    @property
    def max_bytes(self) -> int:
        return MAX_IMPORT_BYTES

    @property
    def stored_path(self) -> Path:
        return Path(default_storage.path(f"marketing/imports/{self.organisation_id}/{self.pk}"))

    @property
    def is_finished(self) -> bool:
        return self.job is not None and self.job.state == Job.State.SUCCEEDED

    @property
    def unchanged_count(self) -> int:
        """Rows that say what is known already, or were merged with a later one of the same number in their block."""
        return self.rows_count - self.created_count - self.changed_count - self.rejected_count


class ImportRejection(OrganisationOwned):
    """The rows of one block of a table that were not stored: each its line, what is wrong, in which field, its cells."""

    people_import = models.ForeignKey(PeopleImport, on_delete=models.CASCADE, related_name="rejections")
    rows = SealedJSONField(default=list)

    objects = OrganisationQuerySet["ImportRejection"].as_manager()
