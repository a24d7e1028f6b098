from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.inference.models import Endpoint
from apps.jobs.backed_by_job import BackedByJob
from apps.vault.fields import SealedTextField

LETTERS = "ABCDE"
TITLE_CHARACTERS = 80


class ModelComparison(OrganisationOwned):
    """One question put to several endpoints, theirs alone who asked it.

    `pool`: ids of the endpoints that were chosen; of a blind comparison two of them are asked, or two of all where it is
    empty. `is_counted`: the vote was given blind, so it is one of the arena's.
    """

    class Vote(models.TextChoices):
        FIRST = "a", _("A is better")
        SECOND = "b", _("B is better")
        EQUAL = "equal", _("equally good")
        BOTH_BAD = "both_bad", _("both are bad")

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, related_name="+")
    prompt = SealedTextField(_("question"))
    system = SealedTextField(_("system prompt"), blank=True, default="")
    temperature = models.FloatField(default=0.2)
    max_tokens = models.PositiveIntegerField(null=True)
    pool = models.JSONField(default=list)
    is_blind = models.BooleanField(default=False)
    names_shown_at = models.DateTimeField(null=True, editable=False)
    vote = models.CharField(max_length=8, choices=Vote, blank=True, default="")
    is_counted = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["ModelComparison"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["member", "-id"], name="model_comparison_list"),
            models.Index(fields=["created_at"], name="model_comparison_age"),
        ]
        constraints = [
            models.CheckConstraint(
                name="vote_counts_blind",
                condition=Q(is_counted=False) | Q(is_blind=True, names_shown_at=None),
            )
        ]

    def __str__(self) -> str:
        return Truncator(" ".join(self.prompt.split())).chars(TITLE_CHARACTERS)

    def get_absolute_url(self) -> str:
        return reverse("model_lab:model_comparison", args=[self.pk])

    @property
    def shows_names(self) -> bool:
        return bool(not self.is_blind or self.vote or self.names_shown_at)


class ComparedAnswer(BackedByJob, OrganisationOwned):
    """What one endpoint answers. `name`, `model`: of the endpoint when it was asked. `metrics`: as it was measured."""

    comparison = models.ForeignKey(ModelComparison, on_delete=models.CASCADE, related_name="answers")
    place = models.PositiveSmallIntegerField()
    endpoint = models.ForeignKey(Endpoint, on_delete=models.SET_NULL, null=True, related_name="+")
    name = models.CharField(max_length=100)
    model = models.CharField(max_length=200)
    text = SealedTextField(blank=True, default="")
    metrics = models.JSONField(default=dict)

    objects = OrganisationQuerySet["ComparedAnswer"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["comparison", "place"], name="compared_answer_place"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return self.comparison.get_absolute_url()

    @property
    def title(self) -> str:
        """Its letter as long as nobody may know whose it is."""
        return self.name if self.comparison.shows_names else LETTERS[self.place]

    @property
    def is_whole(self) -> bool:
        return bool(self.metrics)


class ArenaVote(OrganisationOwned):
    """A vote that was given blind: two models and which was better. Nobody's name and no word of the question, so that it
    stays when these are erased.
    """

    first = models.CharField(max_length=200)
    second = models.CharField(max_length=200)
    vote = models.CharField(max_length=8, choices=ModelComparison.Vote)
    day = models.DateField(default=timezone.localdate, editable=False)

    objects = OrganisationQuerySet["ArenaVote"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["organisation", "first", "second", "vote"], name="arena_votes")]

    def __str__(self) -> str:
        return f"{self.first} – {self.second}"
