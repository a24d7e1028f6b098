from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.backed_by_job import BackedByJob
from apps.marketing.briefs.models import Brief
from apps.marketing.channels.names import channel_name, in_order, is_chinese_reader
from apps.marketing.copywriting.angles import angle_label
from apps.marketing.copywriting.check_list import CheckedPart, check_list


class CopyRequest(BackedByJob, OrganisationOwned):
    """So many variants for each of some channels, written by one job."""

    AUDIT_NAME = "brief__product"

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="requests")
    channels = ArrayField(models.CharField(max_length=40))
    count = models.PositiveSmallIntegerField(_("variants per channel"), default=3)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["CopyRequest"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "-id"], name="copy_request_list")]

    @property
    def channel_names(self) -> str:
        return ", ".join(map(channel_name, self.channels))


class CopyVariant(OrganisationOwned):
    """One text for one channel. `texts`: by field of the channel, as they are now; `written`: as the model left them.

    `violations`: what the checks found in `texts`, as `copy_checks` finds it. `model` and `prompt` say exactly what
    wrote it; both are empty of what a person wrote. `version` counts changes: what is approved is what was read.
    `language`: "" for that of its brief; a translation says its own, and is held to the text that it was made from.
    """

    class Status(models.TextChoices):
        DRAFT = "draft", _("to be reviewed")
        RETURNED = "returned", _("returned")
        APPROVED = "approved", _("approved")
        DROPPED = "dropped", _("dropped")

    brief = models.ForeignKey(Brief, on_delete=models.CASCADE, related_name="variants")
    request = models.ForeignKey(CopyRequest, on_delete=models.SET_NULL, null=True, related_name="variants")
    channel = models.CharField(_("channel"), max_length=40)
    angle = models.CharField(max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=2, choices=Brief.Language, blank=True)
    translated_from = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="translations"
    )
    texts = models.JSONField(default=dict)
    written = models.JSONField(default=dict)
    violations = models.JSONField(default=list)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.DRAFT)
    version = models.PositiveIntegerField(default=1)
    repairs_count = models.PositiveSmallIntegerField(default=0)
    is_mended = models.BooleanField(default=False)
    model = models.CharField(max_length=200, blank=True)
    prompt = models.CharField(max_length=100, blank=True)
    cost = models.DecimalField(max_digits=14, decimal_places=6, default=0)
    edit_share = models.FloatField(default=0)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    approved_at = models.DateTimeField(null=True)
    # Since its brief was first saved.
    approval_seconds = models.FloatField(null=True)
    # What an experiment found: such texts are examples of the next brief.
    won_at = models.DateTimeField(null=True)
    win_reason = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["CopyVariant"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "-id"], name="copy_variant_list"),
            models.Index(fields=["organisation", "created_at"], name="copy_variant_days"),
        ]
        constraints = [
            # Of two workers that write the same request, each variant is kept once.
            models.UniqueConstraint(fields=["request", "channel", "angle"], name="copy_variant_once")
        ]

    def __str__(self) -> str:
        return f"{self.channel_name} · {self.opening}"

    def get_absolute_url(self) -> str:
        return reverse("marketing:copy_variant", args=[self.pk])

    @property
    def channel_name(self) -> str:
        return channel_name(self.channel)

    @property
    def angle_label(self) -> str:
        return angle_label(self.angle)

    @property
    def rewrites_count(self) -> int:
        """By the model, and once more where the code took out what still broke a rule."""
        return self.repairs_count + self.is_mended

    @property
    def text_language(self) -> str:
        return self.language or self.brief.language

    @property
    def tone(self) -> str:
        """Of the badge of its status."""
        return {"approved": "good", "dropped": "bad", "returned": "warn"}.get(self.status, "")

    @property
    def opening(self) -> str:
        """For lists: the beginning of its first text."""
        return next((" ".join(text.split())[:60] for text in self.lines if text.strip()), "")

    @property
    def lines(self) -> list[str]:
        """Its texts in the order of the channel's fields."""
        return list(in_order(self.channel, self.texts).values())

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [each for each in self.violations if each["severity"] == "error"]

    @property
    def reasons(self) -> list[dict[str, str]]:
        return violation_reasons(self.violations)

    @property
    def checks(self) -> list[CheckedPart]:
        return self.check_list(self.violations, self.texts)

    def check_list(
        self, violations: Iterable[Mapping[str, Any]], texts: Mapping[str, str]
    ) -> list[CheckedPart]:
        """Of these texts in its place, with what was found in them."""
        is_translation = self.translated_from_id is not None
        return check_list(
            violations, texts, brief_language=self.brief.language, is_translation=is_translation
        )


class Review(OrganisationOwned):
    """A decision about something as it was: approved, or sent back with a comment. Abstract."""

    is_approval = models.BooleanField()
    version = models.PositiveIntegerField()
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True
        ordering = ["created_at"]


class CopyReview(Review):
    variant = models.ForeignKey(CopyVariant, on_delete=models.CASCADE, related_name="reviews")

    objects = OrganisationQuerySet["CopyReview"].as_manager()


class SpanRewrite(BackedByJob, OrganisationOwned):
    """A passage of a variant that a model writes anew as somebody asked; it is taken over by hand."""

    variant = models.ForeignKey(CopyVariant, on_delete=models.CASCADE, related_name="rewrites")
    field = models.CharField(max_length=40)
    start = models.PositiveIntegerField()
    original = models.TextField(max_length=4000)
    instruction = models.CharField(_("instruction"), max_length=300)
    replacement = models.TextField(blank=True)
    violations = models.JSONField(default=list)
    is_taken = models.BooleanField(default=False)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["SpanRewrite"].as_manager()

    @property
    def reasons(self) -> list[str]:
        return [each["reason"] for each in violation_reasons(self.violations) if each["severity"] == "error"]


def violation_reasons(violations: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Stored violations for people: field, passage, reason in the reader's language, source and how grave."""
    language = "zh" if is_chinese_reader() else "en"
    return [
        {
            "field": each["field"],
            "text": each["text"],
            "reason": each[f"reason_{language}"],
            "source": each["source"],
            "severity": each["severity"],
        }
        for each in violations
    ]
