from collections.abc import Collection
from typing import Any

from django.conf import settings
from django.contrib.postgres.indexes import BrinIndex
from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _
from pgvector.django import SparseVectorField

from apps.accounts.models import ApiKey, Membership, Organisation
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.core.time_zones import time_zones
from apps.dashboards.rollups.quantiles import BINS
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs.models import Job


def installation_time_zone() -> str:
    return str(settings.TIME_ZONE)


class AnalyticsSettings(OrganisationOwned):
    """How an organisation's dashboards count: days on the clocks of `time_zone`, cost in `currency`."""

    time_zone = models.CharField(_("time zone"), max_length=60, default=installation_time_zone)
    currency = models.CharField(_("currency"), max_length=3, default="CNY")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation"], name="analytics_settings_once")]

    def __str__(self) -> str:
        return f"{self.time_zone} {self.currency}"

    def clean_fields(self, exclude: Collection[str] | None = None) -> None:
        self.currency = self.currency.upper()
        reasons: dict[str, list[Any]] = {}
        if self.time_zone not in time_zones():
            reasons["time_zone"] = [_("Choose a time zone such as Asia/Shanghai.")]
        if not (len(self.currency) == 3 and self.currency.isascii() and self.currency.isalpha()):
            reasons["currency"] = [_("Enter a three-letter currency code such as CNY or EUR.")]
        if reasons:
            raise ValidationError(reasons)
        super().clean_fields(exclude)


class ChangedHour(OrganisationOwned):
    """An hour, of UTC, in which jobs or calls of an organisation lie that changed since it was rolled up.

    Triggers of the two tables write it in the transaction that changes a row (see `triggers`), so nothing is missed,
    however late it commits. The same hour may stand here often.
    """

    class Source(models.TextChoices):
        JOBS = "jobs"
        CALLS = "calls"

    # Written for every job and call: without the check of a constraint, whose lock they would share.
    organisation = models.ForeignKey(
        Organisation, on_delete=models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    source = models.CharField(max_length=5, choices=Source)
    hour = models.DateTimeField()

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "source", "hour"], name="changed_hour")]

    def __str__(self) -> str:
        return f"{self.source} {self.hour:%Y-%m-%d %H:%M}"


class ChangedDay(OrganisationOwned):
    """A day whose hours were rolled up since it was counted; without an organisation, of the whole installation."""

    organisation = models.ForeignKey(  # type: ignore[assignment]
        Organisation, on_delete=models.CASCADE, null=True, related_name="+"
    )
    source = models.CharField(max_length=5, choices=ChangedHour.Source)
    day = models.DateField()

    objects = OrganisationQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.source} {self.day}"


class DayClock(OrganisationOwned):
    """On whose clocks the days of an organisation were counted; without one, those of the installation.

    Where it differs from what is set, all days are counted anew.
    """

    organisation = models.ForeignKey(  # type: ignore[assignment]
        Organisation, on_delete=models.CASCADE, null=True, related_name="+"
    )
    time_zone = models.CharField(max_length=60)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation"], name="day_clock_once", nulls_distinct=False)
        ]

    def __str__(self) -> str:
        return self.time_zone


def row_that_may_be_gone(model: type[models.Model] | str) -> Any:
    """A key that keeps naming its row when that is deleted: what it used stays its own."""
    return models.ForeignKey(
        model, on_delete=models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )


class Counts(OrganisationOwned):
    """What the counts of jobs and of calls have in common.

    A duration has three columns: how many were measured, their sum in milliseconds, and their bins (see `quantiles`).
    """

    desk = models.CharField(max_length=40)
    kind = models.CharField(max_length=80)
    member = row_that_may_be_gone(Membership)
    api_key = row_that_may_be_gone(ApiKey)
    error_code = models.CharField(max_length=60, blank=True)

    class Meta:
        abstract = True


class Hour(models.Model):
    """`hour` begins a bucket, which is shorter where the organisation's clocks want it (see `buckets`)."""

    hour = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.hour:%Y-%m-%d %H:%M}"


class Day(models.Model):
    """A day on the clocks of the organisation, or of the installation where there is none, along one dimension.

    Each row is counted once in each dimension, and has the columns of that dimension alone: what a page of a year shows
    lies in a few thousand rows. What is asked along two of them is counted from the hours.
    """

    class Dimension(models.TextChoices):
        TOTAL = "total"
        MODEL = "model"
        TOOL = "tool"
        MEMBER = "member"
        API_KEY = "api_key"
        OWNER = "owner"

    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, null=True, related_name="+")
    day = models.DateField()
    dimension = models.CharField(max_length=7, choices=Dimension)
    owner = row_that_may_be_gone(Organisation)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.dimension} {self.day}"


class JobFigures(Counts):
    """Jobs by when they were created and what became of them until now.

    Wait: from when the last attempt was due until a worker took it. Run: how long the last attempt of an ended job took.
    """

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
        abstract = True


class JobHour(Hour, JobFigures):
    """Jobs of an hour, by all that they are told apart by."""

    queue = models.CharField(max_length=20)

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "hour"], name="job_hour_of_organisation"),
            # Hours lie in their order: a tree would be taken for an organisation's hours too, which lie among all others.
            BrinIndex(fields=["hour"], name="job_hour"),
        ]


class JobDay(Day, JobFigures):  # type: ignore[misc]
    """Jobs of a day: of the tools by state and error; of all, of members, keys and organisations by state."""

    class Meta:
        indexes = [models.Index(fields=["organisation", "dimension", "day"], name="job_day")]


class CallFigures(Counts):
    """Requests to models. `kind` and `desk` are those of the job that asked, empty where none did.

    `written_tokens` of `writing_ms`: those of answers whose first token was timed, after that token.
    """

    purpose = models.CharField(max_length=12, choices=Purpose)
    endpoint = row_that_may_be_gone(Endpoint)
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
        abstract = True


class CallHour(Hour, CallFigures):
    """Requests of an hour, by all that they are told apart by."""

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "hour"], name="call_hour_of_organisation"),
            BrinIndex(fields=["hour"], name="call_hour"),
        ]


class CallDay(Day, CallFigures):  # type: ignore[misc]
    """Requests of a day: of models by error, of tools by both; of all, of members, keys and organisations by status."""

    class Meta:
        indexes = [models.Index(fields=["organisation", "dimension", "day"], name="call_day")]
