from pathlib import Path
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.files.storage import default_storage
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.files.models import ResumableUpload
from apps.jobs.backed_by_job import BackedByJob
from apps.jobs.models import Job
from apps.vault.fields import SealedJSONField, SealedTextField

MAX_EXTERNAL_ID_CHARACTERS = 200
MAX_QUESTION_CHARACTERS = 500
MAX_IMPORT_BYTES = 512 * 2**20


class Person(OrganisationOwned):
    """Somebody whom an organisation may write to. `external_id`: what the organisation itself calls them.

    `attributes`: name → text, number, true or false: what segments are made of, so the database reads it. Who somebody
    is and where they are reached is sealed. `consents` and `unsubscribed` are keys of channels; who left a channel is
    not written to there, whatever a later import says. `due_at`: the next time at which a segment's rule may begin or
    cease to hold for them without anything happening, such as 30 days after they bought.
    """

    external_id = models.CharField(_("customer ID"), max_length=MAX_EXTERNAL_ID_CHARACTERS)
    name = SealedTextField(_("name"), default="", blank=True)
    email = SealedTextField(_("e-mail address"), default="", blank=True)
    phone = SealedTextField(_("telephone"), default="", blank=True)
    attributes = models.JSONField(default=dict)
    consents = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    unsubscribed = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(null=True, editable=False)

    objects = OrganisationQuerySet["Person"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "external_id"], name="person_once")]
        indexes = [
            models.Index(fields=["organisation", "-id"], name="person_list"),
            models.Index(fields=["organisation", "changed_at"], name="person_changes"),
            models.Index(fields=["due_at"], name="person_due", condition=~models.Q(due_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.name or self.external_id)

    @property
    def consents_count(self) -> int:
        return len(self.consents)

    def get_absolute_url(self) -> str:
        return reverse("marketing:person", args=[self.pk])


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


class Segment(BackedByJob, OrganisationOwned):
    """People whom one rule holds for. `rule`: as `profiles/rules.py` reads it; a person sees and changes it.

    `question`: the plain words that a model made the rule of; `portrait`: what a model says of those who are in it.
    """

    class Origin(models.TextChoices):
        RULE = "rule", _("rule")
        QUESTION = "question", _("described in words")
        CLUSTERING = "clustering", _("clustering")

    name = models.CharField(_("name"), max_length=120)
    rule = models.JSONField(default=dict)
    origin = models.CharField(_("source"), max_length=12, choices=Origin, default=Origin.RULE)
    question = models.CharField(_("described in words"), max_length=MAX_QUESTION_CHARACTERS, blank=True)
    portrait = models.TextField(_("portrait"), max_length=2000, blank=True)
    members_count = models.PositiveIntegerField(default=0)
    evaluated_at = models.DateTimeField(null=True)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Segment"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="segment_once")]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("marketing:segment", args=[self.pk])


class SegmentMembership(OrganisationOwned):
    """That a person is in a segment. Written when a person or a rule changes, or when `Person.due_at` has come."""

    segment = models.ForeignKey(Segment, on_delete=models.CASCADE, related_name="memberships")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="memberships")
    since = models.DateTimeField(default=timezone.now)

    objects = OrganisationQuerySet["SegmentMembership"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["segment", "person"], name="segment_membership_once")]


class SegmentQuestion(BackedByJob, OrganisationOwned):
    """A segment in plain words, and the rule that was made of them; kept for a day, until somebody saves the rule.

    `left_out`: words of which the rule says nothing; `translated`: words, and the value that a model took them for.
    """

    text = models.CharField(max_length=MAX_QUESTION_CHARACTERS)
    rule = models.JSONField(default=dict)
    left_out = models.JSONField(default=list)
    translated = models.JSONField(default=list)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["SegmentQuestion"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="segment_question_age")]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return reverse("marketing:segment_question", args=[self.pk])


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
