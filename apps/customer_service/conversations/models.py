from datetime import timedelta
from typing import Any, Self

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Membership
from apps.core import languages
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.customer_service.channels.models import Channel
from apps.jobs.models import Job
from apps.knowledge.models import Passage


class ConversationQuerySet(OrganisationQuerySet["Conversation"]):
    def open(self) -> Self:
        return self.filter(state=Conversation.State.OPEN)


class Conversation(OrganisationOwned):
    """What a visitor and the desk say to each other in one channel, and whose turn it is."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        RESOLVED = "resolved", _("resolved")

    class AnsweredBy(models.TextChoices):
        BOT = "bot", _("assistant")
        QUEUE = "queue", _("waiting for staff")
        PERSON = "person", _("staff")

    class Resolution(models.TextChoices):
        BOT = "bot", _("by the assistant")
        PERSON = "person", _("by staff")

    LASTING = timedelta(hours=24)
    """A resolution that holds this long settled the matter."""
    TOKEN_LIFETIME = timedelta(days=30)
    """Who comes back within it goes on in the same conversation and opens its files, which nothing else knows of."""

    # A channel that goes must not take along what was said without anybody saying so.
    channel = models.ForeignKey(Channel, on_delete=models.RESTRICT, related_name="conversations")
    visitor_id = models.CharField(max_length=64)
    visitor_name = models.CharField(_("visitor"), max_length=80, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    subject = models.CharField(_("subject"), max_length=300, blank=True)
    answered_by = models.CharField(max_length=10, choices=AnsweredBy, default=AnsweredBy.BOT)
    assigned_to = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Who should take it."
    )
    handled_by = models.ForeignKey(
        Membership, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Who has taken it over."
    )
    language = models.CharField(max_length=10, choices=languages.CHOICES, default="zh-hans")
    answer_job = models.ForeignKey(
        Job,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="Answers the latest message. Only this job may store an answer; null when nothing is owed.",
    )
    message_count = models.PositiveIntegerField(default=0)
    read_through = models.PositiveIntegerField(
        default=0, help_text="The last turn that somebody of staff has seen."
    )
    context_from = models.PositiveIntegerField(
        default=0,
        help_text="Messages up to this one belong to what was resolved; the assistant forgets them.",
    )
    summary = models.TextField(blank=True, help_text="Of the turns up to `summary_through`, by the model.")
    summary_through = models.PositiveIntegerField(default=0)
    trend = models.FloatField(default=0.0, help_text="Sentiment so far, -1 to 1.")
    is_urgent = models.BooleanField(default=False)
    tags: models.ManyToManyField[Any, Any] = models.ManyToManyField(
        "Tag", related_name="conversations", blank=True
    )
    resolved_at = models.DateTimeField(null=True)
    resolution = models.CharField(max_length=10, choices=Resolution, blank=True)
    had_person = models.BooleanField(default=False, help_text="A person wrote in it, ever.")
    reopen_count = models.PositiveIntegerField(default=0)
    is_reopened_soon = models.BooleanField(
        default=False, help_text="It was open again within a day of a resolution: that one did not last."
    )
    created_at = models.DateTimeField(default=timezone.now)
    last_activity_at = models.DateTimeField(default=timezone.now)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["organisation", "state", "-last_activity_at"], name="conversation_inbox"),
            models.Index(fields=["organisation", "visitor_id"], name="conversation_of_visitor"),
            models.Index(fields=["organisation", "-created_at"], name="conversation_by_age"),
        ]
        constraints = [
            models.CheckConstraint(
                name="only_the_bot_owes_an_answer",
                condition=Q(answer_job__isnull=True) | ~Q(answered_by="person"),
            ),
            models.CheckConstraint(
                name="who_took_it_answers_it",
                condition=Q(handled_by__isnull=True) | Q(answered_by="person"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.visitor_name or self.visitor_id} · {self.channel_id}"

    @property
    def visitor_label(self) -> str:
        """What lists and titles call the visitor; one without a name is told apart by the end of their number."""
        return self.visitor_name or f"{gettext('Visitor')} {self.visitor_id[-6:]}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_answering(self) -> bool:
        return self.answer_job is not None and not self.answer_job.is_terminal

    @property
    def is_unread(self) -> bool:
        """Something was said that staff, not the assistant, have to look at."""
        return self.answered_by != self.AnsweredBy.BOT and self.message_count > self.read_through

    @property
    def has_failed_answer(self) -> bool:
        """The latest message is still owed an answer: its job failed or was stopped."""
        return self.answer_job is not None and self.answer_job.is_terminal


class Contact(OrganisationOwned):
    """What is known of a visitor beyond a conversation. Made when somebody says who they are."""

    visitor_id = models.CharField(max_length=64)
    name = models.CharField(pgettext_lazy("of a person", "name"), max_length=80, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("telephone"), max_length=40, blank=True)
    attributes = models.JSONField(default=dict, help_text="Told by the site that shows the widget, signed.")
    is_verified = models.BooleanField(default=False, help_text="The site vouches for it by signature.")
    note = models.TextField(_("note"), max_length=2000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Contact"].as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "visitor_id"], name="contact_visitor")]

    def __str__(self) -> str:
        return self.name or self.email or self.visitor_id


# The services see to it; the database refuses what would slip past them.
_BOT_AND_PERSON_NEVER_BOTH = """
    SELECT answered_by, answer_job_id INTO standing
    FROM customer_service_conversation WHERE id = NEW.conversation_id;
    IF NEW.author = 'bot' AND standing.answered_by = 'person' THEN
        RAISE EXCEPTION 'a person answers this conversation, the bot must not' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.author = 'agent' AND standing.answer_job_id IS NOT NULL THEN
        RAISE EXCEPTION 'the bot still owes an answer here' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class MessageQuerySet(OrganisationQuerySet["Message"]):
    def unread(self) -> Self:
        """Messages of visitors that nobody has understood yet."""
        return self.filter(author=Message.Author.VISITOR, understanding=None)


class Message(OrganisationOwned):
    """One message of a conversation. Never changed once written."""

    class Author(models.TextChoices):
        VISITOR = "visitor", _("visitor")
        BOT = "bot", _("assistant")
        AGENT = "agent", _("staff")
        NOTICE = "notice", _("notice")

    class Action(models.TextChoices):
        ANSWER = "answer", _("answer")
        CLARIFY = "clarify", _("follow-up question")
        HANDOFF = "handoff", _("handed off")
        LOOKUP = "lookup", _("looked up")

    class Source(models.TextChoices):
        MODEL = "model", _("generated by the model")
        SAVED_ANSWER = "curated", _("saved answer")
        QUOTE = "quote", _("quoted")
        PASSAGES = "passages", _("passages only")
        FIXED = "fixed", _("fixed sentence")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
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
    options = models.JSONField(
        default=list, help_text="Of a question back: what the visitor may choose from."
    )
    is_unanswered = models.BooleanField(
        default=False, help_text="Of an answer: it says that the documents do not hold one."
    )
    action = models.CharField(
        max_length=10, choices=Action, blank=True, help_text="Of an answer: what it does."
    )
    source = models.CharField(
        max_length=10, choices=Source, blank=True, help_text="Of an answer: who wrote it."
    )
    saved_answer = models.ForeignKey(
        "SavedAnswer", on_delete=models.SET_NULL, null=True, related_name="messages"
    )
    idempotency_key = models.CharField(max_length=128, null=True)  # noqa: DJ001  (most have none)
    created_at = models.DateTimeField(default=timezone.now)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["ordinal"]
        indexes = [
            models.Index(fields=["created_at"], name="message_of_visitor", condition=Q(author="visitor")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "ordinal"], name="message_ordinal"),
            models.UniqueConstraint(
                fields=["organisation", "idempotency_key"],
                name="message_idempotency_key",
                condition=Q(idempotency_key__isnull=False),
            ),
            models.CheckConstraint(
                name="only_the_bot_answers_a_message",
                condition=Q(author="bot", answers__isnull=False)
                | (~Q(author="bot") & Q(answers__isnull=True)),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="bot_and_person_never_both",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                condition=pgtrigger.Q(new__author__in=["bot", "agent"]),
                declare=[("standing", "RECORD")],
                func=_BOT_AND_PERSON_NEVER_BOTH,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ordinal} {self.author}: {self.text[:40]}"

    @property
    def unsupported_count(self) -> int:
        return sum(not sentence["is_supported"] for sentence in self.sentences)


class Citation(models.Model):
    """Where an answer has something from. Keeps its own words, so that it outlives the document."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="citations")
    number = models.PositiveSmallIntegerField()
    passage = models.ForeignKey(Passage, on_delete=models.SET_NULL, null=True, related_name="+")
    document_title = models.CharField(max_length=300)
    heading = models.CharField(max_length=300, blank=True)
    text = models.TextField(help_text="The passage as the model read it.")
    start = models.PositiveIntegerField(
        null=True, help_text="Of the words in `text` that support the answer."
    )
    end = models.PositiveIntegerField(null=True)
    is_edited = models.BooleanField(
        default=False, db_default=False, help_text="Whether people had changed the passage."
    )

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="citation_number")]

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


class Attachment(OrganisationOwned):
    """A file or voice message that came with what a visitor or staff wrote."""

    class Kind(models.TextChoices):
        FILE = "file", _("file")
        VOICE = "voice", _("voice message")

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="attachments")
    message = models.ForeignKey(
        Message,
        on_delete=models.CASCADE,
        null=True,
        related_name="attachments",
        help_text="Null: not sent yet.",
    )
    kind = models.CharField(max_length=10, choices=Kind)
    file = models.FileField(upload_to="attachments/%Y/%m/")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField()
    job = models.ForeignKey(
        Job, on_delete=models.SET_NULL, null=True, related_name="+", help_text="Writes down a voice message."
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Attachment"].as_manager()

    def __str__(self) -> str:
        return self.name


class OutgoingMessage(OrganisationOwned):
    """A message that has to reach the visitor by mail or messenger. Tried until it is sent or given up."""

    class State(models.TextChoices):
        PENDING = "pending", _("pending")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    message = models.OneToOneField(Message, on_delete=models.CASCADE, related_name="outgoing")
    state = models.CharField(max_length=10, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(default=timezone.now)
    external_id = models.CharField(max_length=300, blank=True)
    error = models.TextField(blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["OutgoingMessage"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["next_attempt_at"], name="outgoing_due", condition=Q(state="pending")),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} {self.state}"
