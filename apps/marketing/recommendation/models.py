from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.backed_by_job import BackedByJob
from apps.marketing.experiments.models import Experiment


class PolicyEstimate(BackedByJob, OrganisationOwned):
    """What policies would have brought, estimated from an experiment's log of random choices (off-policy).

    `candidates`: name → rule (segment's id or "" → arm's id), estimates by method with intervals, gain, and warnings.
    `choice`: the one that surely gains on the best single arm, or empty; `best_arm` is that single arm.
    `uplift`: what messages did beyond no message, by segment and over people. `log_notes`: what the log left out.
    `previous_shares`: how the experiment split people when this went live.
    """

    experiment = models.ForeignKey(Experiment, on_delete=models.CASCADE, related_name="policy_estimates")
    candidates = models.JSONField(default=dict)
    choice = models.CharField(max_length=60, blank=True)
    best_arm = models.ForeignKey(
        "marketing.ExperimentArm",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("best arm"),
    )
    rows_count = models.PositiveIntegerField(default=0)
    uplift = models.JSONField(default=dict)
    log_notes = models.JSONField(default=dict)
    previous_shares = models.JSONField(default=dict)
    applied_at = models.DateTimeField(null=True)
    taken_back_at = models.DateTimeField(null=True)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["PolicyEstimate"].as_manager()

    def get_absolute_url(self) -> str:
        return reverse("marketing:policy_estimate", args=[self.pk])

    @property
    def is_live(self) -> bool:
        return self.applied_at is not None and self.taken_back_at is None
