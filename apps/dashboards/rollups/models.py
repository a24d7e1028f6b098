from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from pgvector.django import SparseVectorField

from apps.accounts.models import ApiKey, Membership, Organisation
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.dashboards.rollups.quantiles import BINS
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs.models import Job


def installation_time_zone() -> str:
    return settings.TIME_ZONE


class AnalyticsSettings(OrganisationOwned):
    """How an organisation's dashboards count: days on the clocks of `time_zone`, cost in `currency`."""

    time_zone = models.CharField(_("time zone"), max_length=60, default=installation_time_zone)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="analytics_settings_once")]

    def __str__(self) -> str:
        return f"{self.time_zone} {self.currency}"


class ChangedHour(OrganisationOwned):
    """An hour, of UTC, in which jobs or calls of an organisation lie that changed since it was rolled up.

    Triggers of the two tables write it in the transaction that changes a row (see `triggers`), so nothing is missed,
    however late it commits. The same hour may stand here often.
    """

    class Source(models.TextChoices):
        JOBS = "jobs"
        CALLS = "calls"

    # Written for every job and call: without the check of a constraint, whose lock they would share.
    organisation = models.ForeignKey(  # type: ignore[assignment]
        Organisation, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    source = models.CharField(max_length=5, choices=Source)
    hour = models.DateTimeField()

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "source", "hour"], name="changed_hour")]

    def __str__(self) -> str:
        return f"{self.source} {self.hour:%Y-%m-%d %H:%M}"


class Hour(OrganisationOwned):
    """What jobs and calls of an hour have in common. Members and keys stay named here when their rows are gone.

    `hour` begins the bucket, which is shorter where the organisation's clocks want it (see `buckets`). A duration has
    three columns: how many were measured, their sum in milliseconds, and their bins (see `quantiles`).
    """

    hour = models.DateTimeField()
    desk = models.CharField(max_length=40)
    kind = models.CharField(max_length=80)
    member = models.ForeignKey(
        Membership,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    api_key = models.ForeignKey(
        ApiKey, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    error_code = models.CharField(max_length=60, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.kind} {self.hour:%Y-%m-%d %H:%M}"


class JobHour(Hour):
    """Jobs that were created in an hour, by what became of them until now.

    Wait: from when the last attempt was due until a worker took it. Run: how long the last attempt of an ended job took.
    """

    queue = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=Job.State)
    jobs = models.PositiveIntegerField()
    attempts = models.PositiveBigIntegerField(default=0)
    waits = models.PositiveIntegerField(default=0)
    wait_ms = models.PositiveBigIntegerField(default=0)
    wait_bins = SparseVectorField(dimensions=BINS, null=True)
    runs = models.PositiveIntegerField(default=0)
    run_ms = models.PositiveBigIntegerField(default=0)
    run_bins = SparseVectorField(dimensions=BINS, null=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "hour"], name="job_hour_of_organisation"),
            models.Index(fields=["hour"], name="job_hour"),
        ]


class CallHour(Hour):
    """Requests to models in an hour. `kind` and `desk` are those of the job that asked, empty where none did.

    `written_tokens` of `writing_ms`: those of answers whose first token was timed, after that token.
    """

    purpose = models.CharField(max_length=12, choices=Purpose)
    endpoint = models.ForeignKey(
        Endpoint,
        on_delete=models.DO_NOTHING,
        null=True,
        related_name="+",
        db_constraint=False,
        db_index=False,
    )
    model = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=InferenceCall.Status)
    calls = models.PositiveIntegerField()
    input_tokens = models.PositiveBigIntegerField(default=0)
    output_tokens = models.PositiveBigIntegerField(default=0)
    reasoning_tokens = models.PositiveBigIntegerField(default=0)
    cost = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    audio_seconds = models.DecimalField(max_digits=14, decimal_places=3, default=0)
    waited_ms = models.PositiveBigIntegerField(default=0)
    latency_ms = models.PositiveBigIntegerField(default=0)
    latency_bins = SparseVectorField(dimensions=BINS, null=True)
    first_tokens = models.PositiveIntegerField(default=0)
    first_token_ms = models.PositiveBigIntegerField(default=0)
    first_token_bins = SparseVectorField(dimensions=BINS, null=True)
    written_tokens = models.PositiveBigIntegerField(default=0)
    writing_ms = models.PositiveBigIntegerField(default=0)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "hour"], name="call_hour_of_organisation"),
            models.Index(fields=["hour"], name="call_hour"),
        ]
