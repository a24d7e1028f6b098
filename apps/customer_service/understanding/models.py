from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.core import languages
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.conversations.models import Message


class Intent(OrganisationOwned):
    """Something visitors want, as the shop names it, known by example messages."""

    name = models.CharField(_("name"), max_length=80)
    skill = models.CharField(
        _("skill"),
        max_length=40,
        blank=True,
        help_text=_("Conversations about this go to agents with the same skill."),
    )
    is_out_of_scope = models.BooleanField(
        _("out of scope"),
        default=False,
        help_text=_("Its examples show what is out of scope."),
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Intent"].as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["organisation", "name"], name="intent_name")]

    def __str__(self) -> str:
        return self.name


class IntentExample(OrganisationOwned):
    """A message as visitors write it."""

    intent = models.ForeignKey(Intent, on_delete=models.CASCADE, related_name="examples")
    text = models.CharField(max_length=500)

    objects = OrganisationQuerySet["IntentExample"].as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["intent", "text"], name="intent_example_text")]

    def __str__(self) -> str:
        return self.text[:60]


class SentimentExample(OrganisationOwned):
    """A message whose mood somebody of the shop has judged."""

    text = models.CharField(max_length=500)
    sentiment = models.CharField(
        max_length=10,
        choices=[("positive", _("positive")), ("neutral", _("neutral")), ("negative", _("negative"))],
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["SentimentExample"].as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "text"], name="sentiment_example_text")
        ]

    def __str__(self) -> str:
        return self.text[:60]


class ClassifierVersion(OrganisationOwned):
    """What was learnt from the examples at one time. The active one judges messages."""

    class Purpose(models.TextChoices):
        INTENT = "intent", _("intents")
        SENTIMENT = "sentiment", _("sentiment")

    purpose = models.CharField(max_length=10, choices=Purpose)
    number = models.PositiveIntegerField()
    embedding_model = models.CharField(
        max_length=200, help_text="Vectors of another model mean nothing to it."
    )
    arrays = models.BinaryField(
        help_text="`domain.text.understanding.classifier`: arrays, nothing that runs."
    )
    accuracy = models.FloatField(help_text="By cross-validation: of examples it had not learnt from.")
    threshold = models.FloatField(help_text="A less confident verdict is none.")
    confusion = models.JSONField(
        help_text="{labels, table}: a row per expected label, a column per given one."
    )
    examples_count = models.PositiveIntegerField()
    train_seconds = models.FloatField()
    is_active = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["ClassifierVersion"].as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "purpose", "number"], name="classifier_version_number"
            ),
            models.UniqueConstraint(
                fields=["organisation", "purpose"],
                name="one_active_classifier",
                condition=Q(is_active=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.number}"

    @property
    def accuracy_percent(self) -> int:
        return round(100 * self.accuracy)


class MessageUnderstanding(OrganisationOwned):
    """What the fast path read from one message of a visitor."""

    class Sentiment(models.TextChoices):
        POSITIVE = "positive", _("positive")
        NEUTRAL = "neutral", _("neutral")
        NEGATIVE = "negative", _("negative")

    class IntentSource(models.TextChoices):
        FAST = "fast", _("fast path")
        MODEL = "model", _("language model")
        STAFF = "staff", _("staff")

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="understanding")
    intent = models.CharField(max_length=80, blank=True, help_text="Empty: none of the shop's intents.")
    intent_source = models.CharField(max_length=10, choices=IntentSource, default=IntentSource.FAST)
    intent_confidence = models.FloatField(null=True, help_text="Null: the shop has no intents.")
    sentiment = models.CharField(max_length=10, choices=Sentiment)
    trend = models.FloatField(help_text="Sentiment of the conversation so far, -1 to 1.")
    is_urgent = models.BooleanField()
    language = models.CharField(max_length=10, choices=languages.CHOICES)
    entities = models.JSONField(default=list, help_text="[{kind, text, value}]")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["MessageUnderstanding"].as_manager()

    def __str__(self) -> str:
        return f"{self.intent or '–'} · {self.sentiment}"
