import secrets
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core import languages
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.jobs.models import Job
from apps.knowledge.models import Collection, Passage


def new_slug() -> str:
    """The address of a chat page is shared on purpose, but nobody should find it by trying."""
    return secrets.token_hex(6)


class Channel(OrganisationOwned):
    """A place where visitors write: one chat page, answering from some of the organisation's documents."""

    class Tone(models.TextChoices):
        WARM = "warm", _("warm and friendly")
        FORMAL = "formal", _("formal and polite")
        BRIEF = "brief", _("short and matter-of-fact")

    name = models.CharField(
        _("name"), max_length=80, help_text=_("What visitors see at the top of the page.")
    )
    slug = models.SlugField(max_length=40, unique=True, default=new_slug, editable=False)
    collections = models.ManyToManyField(
        Collection,
        verbose_name=_("documents"),
        blank=True,
        related_name="+",
        help_text=_("The collections answers may come from. None chosen: all of them."),
    )
    language = models.CharField(_("language"), max_length=10, choices=languages.CHOICES, default="zh-hans")
    greeting = models.CharField(
        _("greeting"), max_length=300, blank=True, help_text=_("The first thing a visitor reads.")
    )
    tone = models.CharField(_("tone"), max_length=10, choices=Tone, default=Tone.WARM)
    is_enabled = models.BooleanField(_("open to visitors"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Channel"].as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def chat_url(self) -> str:
        """The visitors' page, as one sends it to them."""
        return str(settings.PUBLIC_URL) + reverse("customer_service:chat", args=[self.slug])


class ConversationQuerySet(OrganisationQuerySet["Conversation"]):
    def open(self) -> Self:
        return self.filter(state=Conversation.State.OPEN)


class Conversation(OrganisationOwned):
    class State(models.TextChoices):
        OPEN = "open", _("open")
        CLOSED = "closed", _("closed")

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="conversations")
    visitor_id = models.CharField(max_length=64)
    visitor_name = models.CharField(_("visitor"), max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    handled_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Null: the bot."
    )
    language = models.CharField(max_length=10, choices=languages.CHOICES, default="zh-hans")
    answer_job = models.ForeignKey(
        Job,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Answers the latest message. Only this job may store an answer; null when nothing is owed.",
    )
    turn_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    last_activity_at = models.DateTimeField(default=timezone.now)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "state", "-last_activity_at"], name="conversation_inbox"),
        ]
        constraints = [
            models.CheckConstraint(
                name="only_the_bot_owes_an_answer",
                condition=Q(answer_job__isnull=True) | Q(handled_by__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visitor_name or self.visitor_id} · {self.channel_id}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_answering(self) -> bool:
        return self.answer_job is not None and not self.answer_job.is_terminal

    @property
    def has_failed_answer(self) -> bool:
        """The latest message is still owed an answer: its job failed or was stopped."""
        return self.answer_job is not None and self.answer_job.is_terminal


class TurnQuerySet(OrganisationQuerySet["Turn"]):
    def unread(self) -> Self:
        """Messages of visitors that nobody has understood yet."""
        return self.filter(author=Turn.Author.VISITOR, understanding=None)


class Turn(OrganisationOwned):
    """One message of a conversation. Never changed once written."""

    class Author(models.TextChoices):
        VISITOR = "visitor", _("visitor")
        BOT = "bot", _("assistant")
        AGENT = "agent", _("staff")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    ordinal = models.PositiveIntegerField()
    author = models.CharField(max_length=10, choices=Author)
    member = models.ForeignKey(Membership, on_delete=models.SET_NULL, null=True, related_name="+")
    text = models.TextField()
    answers = models.OneToOneField("self", on_delete=models.CASCADE, null=True, related_name="answer")
    job = models.ForeignKey(
        Job,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Of a visitor's message: the job that answers it. Of an answer: the job that wrote it.",
    )
    sentences = models.JSONField(
        default=list, help_text="Of an answer: its sentences as {start, end, is_supported, citation}."
    )
    is_unanswered = models.BooleanField(
        default=False, help_text="Of an answer: it says that the documents do not hold one."
    )
    idempotency_key = models.CharField(max_length=128, null=True)  # noqa: DJ001  (most have none)
    created_at = models.DateTimeField(default=timezone.now)

    objects = TurnQuerySet.as_manager()

    class Meta:
        ordering = ["ordinal"]
        indexes = [
            models.Index(fields=["created_at"], name="turn_of_visitor", condition=Q(author="visitor")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "ordinal"], name="turn_ordinal"),
            models.UniqueConstraint(
                fields=["organisation", "idempotency_key"],
                name="turn_idempotency_key",
                condition=Q(idempotency_key__isnull=False),
            ),
            models.CheckConstraint(
                name="only_the_bot_answers_a_message",
                condition=Q(author="bot", answers__isnull=False)
                | (~Q(author="bot") & Q(answers__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal} {self.author}: {self.text[:40]}"

    @property
    def unsupported_count(self) -> int:
        return sum(not sentence["is_supported"] for sentence in self.sentences)


class Citation(models.Model):
    """Where an answer has something from. Keeps its own words, so that it outlives the document."""

    turn = models.ForeignKey(Turn, on_delete=models.CASCADE, related_name="citations")
    number = models.PositiveSmallIntegerField()
    passage = models.ForeignKey(Passage, on_delete=models.SET_NULL, null=True, related_name="+")
    document_title = models.CharField(max_length=300)
    heading = models.CharField(max_length=300, blank=True)
    text = models.TextField(help_text="The passage as the model read it.")
    start = models.PositiveIntegerField(
        null=True, help_text="Of the words in `text` that support the answer."
    )
    end = models.PositiveIntegerField(null=True)

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["turn", "number"], name="citation_number")]

    def __str__(self) -> str:
        return f"[{self.number}] {self.document_title}"

    @property
    def before(self) -> str:
        return self.text[: self.start or 0]

    @property
    def quote(self) -> str:
        """The words that support the answer; none where only the meaning is the same."""
        return "" if self.start is None else self.text[self.start : self.end]

    @property
    def after(self) -> str:
        return self.text[self.end or 0 :]


class Intent(OrganisationOwned):
    """Something visitors want, as the shop names it, known by example messages."""

    name = models.CharField(_("name"), max_length=80)
    is_out_of_scope = models.BooleanField(
        _("does not belong here"),
        default=False,
        help_text=_("Its examples teach what is none of the shop's business."),
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
        help_text="`llm_backend.understanding.classifier`: arrays, nothing that runs."
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

    turn = models.OneToOneField(Turn, on_delete=models.CASCADE, related_name="understanding")
    intent = models.CharField(max_length=80, blank=True, help_text="Empty: none of the shop's intents.")
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
