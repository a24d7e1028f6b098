import json
from datetime import timedelta
from typing import Self

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.models import ApiKey, Membership
from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs import job_types, webhook_events


class QueueControl(models.Model):
    """What an operator decided about a queue of the whole installation. One without a row is open."""

    class Mode(models.TextChoices):
        OPEN = "open", _("operating")
        PAUSED = "paused", _("paused")
        DRAINING = "draining", _("draining")

    name = models.CharField(max_length=20, primary_key=True)
    mode = models.CharField(max_length=10, choices=Mode, default=Mode.OPEN)
    changed_at = models.DateTimeField(default=timezone.now)
    changed_by = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return f"{self.name} {self.mode}"


class JobQuerySet(OrganisationQuerySet["Job"]):
    def active(self) -> Self:
        return self.filter(state__in=Job.ACTIVE)

    def abandoned(self) -> Self:
        """Running, but the worker stopped renewing its lease."""
        return self.filter(state=Job.State.RUNNING, lease_expires_at__lt=timezone.now())

    def due(self) -> Self:
        return self.filter(state=Job.State.QUEUED, available_at__lte=timezone.now())

    def last_of(self, kind: str) -> "Job | None":
        return self.filter(kind=kind).order_by("-created_at").first()

    def runnable(self) -> Self:
        return self.filter(is_runnable())


def is_runnable() -> Q:
    """Due, in a queue that is not paused, of a kind that is switched on: what a worker may take now."""
    paused = QueueControl.objects.filter(mode=QueueControl.Mode.PAUSED).values("name")
    due = Q(state=Job.State.QUEUED, available_at__lte=timezone.now()) & ~Q(queue__in=paused)
    # Nearly always nothing is switched off; then no row is compared with anything.
    return due & ~Q(Exists(switches.off_for_kind())) if switches.is_any_off() else due


class Job(OrganisationOwned):
    """One unit of background work. This row is the truth; broker messages only wake a worker up."""

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        RUNNING = "running", _("running")
        SUCCEEDED = "succeeded", _("succeeded")
        FAILED = "failed", _("failed")
        CANCELLED = "cancelled", _("cancelled")

    ACTIVE = (State.QUEUED, State.RUNNING)
    TERMINAL = (State.SUCCEEDED, State.FAILED, State.CANCELLED)

    kind = models.CharField(max_length=80)
    queue = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    inputs = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True)
    stage = models.CharField(max_length=60, blank=True)
    progress = models.FloatField(null=True)
    # A job that follows a stream is claimed anew every few seconds, for years.
    attempt = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=3)
    subject = models.CharField(max_length=100, blank=True)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    idempotency_key = models.CharField(max_length=128, null=True)  # noqa: DJ001  (null: none; unique otherwise)
    fingerprint = models.CharField(max_length=64, blank=True)
    trace_parent = models.CharField(max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    available_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    erased_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="job_list"),
            # The quota of requests counts jobs since the beginning of its window.
            models.Index(fields=["organisation", "created_at"], name="job_usage"),
            models.Index(fields=["subject"], name="job_subject", condition=~Q(subject="")),
            models.Index(fields=["queue", "id"], name="job_queued", condition=Q(state="queued")),
            # `concurrency._waiting` and `lifecycle.CLAIM_OLDEST` read this one for every wake-up, in its order.
            models.Index(
                fields=["queue", "organisation", "available_at", "id"],
                name="job_turns",
                condition=Q(state__in=["queued", "running"]),
            ),
            models.Index(fields=["lease_expires_at"], name="job_leases", condition=Q(state="running")),
            # The operators' list of failures, by error.
            models.Index(
                fields=["error_code", "kind", "-id"], name="job_failed", condition=Q(state="failed")
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "idempotency_key"],
                name="job_idempotency_key",
                condition=Q(idempotency_key__isnull=False),
            ),
            models.CheckConstraint(
                name="job_running_has_lease",
                condition=Q(state="running", lease_expires_at__isnull=False)
                | (~Q(state="running") & Q(lease_expires_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="job_terminal_has_end",
                condition=Q(state__in=["succeeded", "failed", "cancelled"], finished_at__isnull=False)
                | Q(state__in=["queued", "running"], finished_at__isnull=True),
            ),
            models.CheckConstraint(
                name="job_success_has_result", condition=~Q(state="succeeded") | Q(result__isnull=False)
            ),
            models.CheckConstraint(
                name="job_failure_has_reason", condition=~Q(state="failed") | ~Q(error_code="")
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="legal_transitions",
                field="state",
                transitions=[
                    ("queued", "running"),
                    ("queued", "cancelled"),
                    ("queued", "failed"),
                    ("running", "queued"),
                    ("running", "succeeded"),
                    ("running", "failed"),
                    ("running", "cancelled"),
                    ("failed", "queued"),
                    ("cancelled", "queued"),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_terminal(self) -> bool:
        return self.state in self.TERMINAL

    @property
    def label(self) -> str:
        return job_types.label_of(self.kind)

    @property
    def stage_label(self) -> str:
        """Of a part of a stage, “recognising:3/12”, with its number."""
        name, _, part = self.stage.partition(":")
        label = job_types.stages_of(self.kind).get(name, name)
        number, _, total = part.partition("/")
        return label % {"number": number, "total": total} if part else label

    @property
    def duration(self) -> timedelta | None:
        """How long the last attempt took, or has taken until now; None while the job waits for another."""
        if self.started_at is None or self.state == self.State.QUEUED:
            return None
        return (self.finished_at or timezone.now()) - self.started_at

    @property
    def waited(self) -> timedelta | None:
        """From when it was due until a worker took it; None where it waits again or has never been taken."""
        if self.started_at is None or self.started_at < self.available_at:
            return None
        return self.started_at - self.available_at

    @property
    def started_by(self) -> str:
        if self.member:
            return str(self.member.user)
        return self.api_key.name if self.api_key else ""


class IdempotencyKey(OrganisationOwned):
    """A request of the API that made something, so that the same one sent again makes nothing."""

    owner = models.CharField(max_length=100, help_text="Keys count for whoever sends them.")
    key = models.CharField(max_length=128)
    fingerprint = models.CharField(max_length=64)
    made = models.UUIDField(null=True)
    status = models.PositiveSmallIntegerField(default=201)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="idempotency_key_age")]
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key


class Webhook(OrganisationOwned):
    """An address of another system that is told when jobs end and what happens in the desks."""

    url = models.CharField(_("address"), max_length=500)
    secret = EncryptedTextField()
    events = ArrayField(
        models.CharField(max_length=60, choices=webhook_events.choices), verbose_name=_("events")
    )
    is_enabled = models.BooleanField(_("enabled"), default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation"], name="webhook_enabled", condition=Q(is_enabled=True))
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDeliveryQuerySet(OrganisationQuerySet["WebhookDelivery"]):
    def due(self) -> Self:
        waiting = self.filter(state=WebhookDelivery.State.PENDING, webhook__is_enabled=True)
        return switches.of_open(waiting.filter(next_attempt_at__lte=timezone.now()))


class WebhookDelivery(OrganisationOwned):
    """One event on its way to one webhook."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        DELIVERED = "delivered", _("delivered")
        FAILED = "failed", _("failed")

    webhook = models.ForeignKey(Webhook, on_delete=models.CASCADE, related_name="deliveries")
    job = models.ForeignKey(Job, on_delete=models.CASCADE, null=True, related_name="+")
    subject = models.CharField(max_length=100, blank=True, help_text="What it is about: conversation:<id>.")
    event = models.CharField(max_length=60, choices=webhook_events.choices)
    payload = models.JSONField()
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    response_status = models.PositiveSmallIntegerField(null=True)
    response_text = models.CharField(max_length=500, blank=True)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True)

    objects = WebhookDeliveryQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], name="delivery_due", condition=Q(state="pending")),
            models.Index(fields=["webhook", "-id"], name="delivery_list"),
        ]

    def __str__(self) -> str:
        return f"{self.event} → {self.webhook_id}"

    @property
    def body(self) -> str:
        """For people. What an event about people is completed with as it leaves is stored nowhere."""
        return json.dumps(self.payload, ensure_ascii=False, indent=2)


class Schedule(OrganisationOwned):
    """A job that is made again and again, at the times of a cron expression."""

    name = models.CharField(_("name"), max_length=100)
    kind = models.CharField(max_length=80)
    inputs = models.JSONField(default=dict)
    cron = models.CharField(_("times"), max_length=100)
    time_zone = models.CharField(_("time zone"), max_length=60)
    is_enabled = models.BooleanField(_("enabled"), default=True)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    last_job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    last_error = models.TextField(blank=True)
    next_run_at = models.DateTimeField()
    created_at = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["next_run_at"], name="schedule_due", condition=Q(is_enabled=True))]

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return job_types.label_of(self.kind)
