from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.backed_by_job import BackedByJob


class PeopleClustering(BackedByJob, OrganisationOwned):
    """Groups of people who are alike, found by a job. `clusters`: each with size, rule, portrait and what tells it apart.

    `people_count` of `total_count` were looked at: more than a job looks at are sampled.
    """

    attributes = ArrayField(models.CharField(max_length=60), default=list)
    clusters = models.JSONField[Any](default=list)
    people_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(default=0)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["PeopleClustering"].as_manager()

    def get_absolute_url(self) -> str:
        return reverse("marketing:people_clustering", args=[self.pk])

    @property
    def clusters_count(self) -> int:
        return len(self.clusters)
