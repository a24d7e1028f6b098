from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.backed_by_job import BackedByJob
from apps.marketing.profiles.models import Person

MAX_QUESTION_CHARACTERS = 500


class Segment(BackedByJob, OrganisationOwned):
    """People whom one rule holds for. `rule`: as `rules/rules.py` reads it; a person sees and changes it.

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
