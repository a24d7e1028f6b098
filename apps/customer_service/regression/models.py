from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.channels.models import Channel
from apps.inference.models import Endpoint
from apps.jobs.models import Job
from apps.knowledge.models import Collection, Document


class RegressionQuestion(OrganisationOwned):
    """A question whose answer the shop knows: where it stands, or what it must and must not say."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="regression_questions")
    text = models.TextField(_("question"), max_length=2000)
    expected_documents = models.ManyToManyField(
        Document, verbose_name=_("documents it should cite"), blank=True, related_name="+"
    )
    expected_facts = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("what the answer must say"),
        default=list,
        blank=True,
        help_text=_("One on each line; ways to say the same after a bar: 30 days | thirty days"),
    )
    forbidden_facts = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("what it must not say"),
        default=list,
        blank=True,
    )
    is_unanswerable = models.BooleanField(_("the documents hold no answer"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["RegressionQuestion"].as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return self.text[:60]


class RegressionRun(OrganisationOwned):
    """All questions of a channel asked once, with what it uses now or with changes that are not live yet."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="regression_runs")
    label = models.CharField(_("title"), max_length=120)
    job = models.ForeignKey(Job, on_delete=models.SET_NULL, null=True, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    is_draft = models.BooleanField(default=False, help_text="With changes that are not live yet.")
    instructions = models.TextField(_("instructions"), max_length=2000, blank=True)
    endpoint = models.ForeignKey(
        Endpoint, verbose_name=_("model"), on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    collections = models.ManyToManyField(
        Collection, verbose_name=_("documents"), blank=True, related_name="+"
    )
    model = models.CharField(max_length=200, blank=True, help_text="The one that answered.")
    prompt_hash = models.CharField(max_length=64, blank=True)
    passed = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["RegressionRun"].as_manager()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.label


class RegressionAnswer(OrganisationOwned):
    """What one question got in one run. Keeps the question's words: it may be changed later."""

    run = models.ForeignKey(RegressionRun, on_delete=models.CASCADE, related_name="answers")
    question = models.ForeignKey(
        RegressionQuestion, on_delete=models.SET_NULL, null=True, related_name="answers"
    )
    question_text = models.TextField()
    text = models.TextField(blank=True)
    action = models.CharField(max_length=10, blank=True)
    is_unanswered = models.BooleanField(default=False)
    citations = models.JSONField(default=list)
    unsupported_count = models.PositiveSmallIntegerField(default=0)
    is_passed = models.BooleanField()
    problems = models.JSONField(default=list, help_text="[{code, detail}]")
    seconds = models.FloatField(default=0.0)

    objects = OrganisationQuerySet["RegressionAnswer"].as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["run", "question"], name="one_answer_per_question_and_run")
        ]

    def __str__(self) -> str:
        return self.question_text[:60]
