from functools import cached_property
from uuid import UUID

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import ApiKey, Membership
from apps.answering import chat_tools
from apps.answering.chat_tools import ToolResult
from apps.core.models import OrganisationOwned, OrganisationQuerySet
from apps.inference.models import Endpoint
from apps.jobs.backed_by_job import BackedByJob
from apps.knowledge.models import Collection
from apps.vault.fields import SealedBytesField, SealedJSONField, SealedTextField


class ChatFolder(OrganisationOwned):
    """Where a member keeps chats together."""

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, related_name="+")
    name = SealedTextField(_("name"), max_length=80)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["ChatFolder"].as_manager()

    def __str__(self) -> str:
        return str(self.name)


class Chat(OrganisationOwned):
    """A member's talk with the assistant, theirs alone unless they share it. It goes with their membership."""

    member = models.ForeignKey(Membership, on_delete=models.CASCADE, null=True, related_name="+")
    api_key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, null=True, related_name="+")
    folder = models.ForeignKey(
        ChatFolder, on_delete=models.SET_NULL, null=True, blank=True, related_name="chats"
    )
    title = SealedTextField(_("title"), max_length=120)
    collections = models.ManyToManyField(Collection, blank=True, related_name="+")
    shared_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    changed_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["Chat"].as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["member", "-changed_at"], name="chat_list"),
            models.Index(fields=["changed_at"], name="chat_age"),
        ]

    def __str__(self) -> str:
        return str(self.title)

    def get_absolute_url(self) -> str:
        return reverse("assistant:chat", args=[self.pk])

    @property
    def owner(self) -> str:
        """Whose it is, for whoever reads what they shared: a program goes by the name of its key."""
        return str(self.member.user) if self.member else self.api_key.name if self.api_key else ""


class ChatMessage(BackedByJob, OrganisationOwned):
    """A message of a chat. Several with one parent are branches: a question edited, an answer written again.

    `sentences`: by their place in the text, with what each rests on (`origin`). `citations`: the passages, as they were.
    `is_reliable`: whether the model had been measured to read reliably. `tool`: of an app's message, whose run it is.
    `calls`: of an answer, what the model chose to call: {tool, label, values, state, text, url}.
    """

    class Author(models.TextChoices):
        MEMBER = "member", _("member")
        ASSISTANT = "assistant", _("assistant")
        APP = "app", _("app")

    class Source(models.TextChoices):
        MODEL = "model", _("written by a model")
        QUOTE = "quote", _("quoted from documents")
        TOOL = "tool", _("from a tool")

    class Origin(models.TextChoices):
        """Of a sentence that a model wrote or that is quoted; the platform's own sentences have none."""

        DOCUMENT = "document", _("from a document")
        TOOL = "tool", _("from a tool")
        OWN = "own", _("the model's own words")
        DIFFERS = "differs", _("not what the cited document says")

    class CallState(models.TextChoices):
        """`chosen` by the model; `asked`: what acts waits for the member, who has `confirmed` or `declined`; `begun`: it may
        have acted.
        """

        CHOSEN = "chosen", pgettext_lazy("call of a tool", "under way")
        ASKED = "asked", pgettext_lazy("call of a tool", "waits for you")
        CONFIRMED = "confirmed", pgettext_lazy("call of a tool", "confirmed")
        BEGUN = "begun", pgettext_lazy("call of a tool", "begun")
        DONE = "done", pgettext_lazy("call of a tool", "done")
        DECLINED = "declined", pgettext_lazy("call of a tool", "not done")
        FAILED = "failed", pgettext_lazy("call of a tool", "failed")

    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="messages")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="+")
    author = models.CharField(max_length=9, choices=Author)
    text = SealedTextField(blank=True, default="")
    sentences = SealedJSONField(default=list)
    citations = SealedJSONField(default=list)
    source = models.CharField(max_length=5, choices=Source, blank=True, default="")
    is_reliable = models.BooleanField(default=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.SET_NULL, null=True, related_name="+")
    model = models.CharField(max_length=200, blank=True, default="")
    tool = SealedJSONField(default=dict)
    calls = SealedJSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["ChatMessage"].as_manager()

    class Meta:
        indexes = [models.Index(fields=["chat", "id"], name="chat_message_order")]

    def __str__(self) -> str:
        return gettext("Message")

    def get_absolute_url(self) -> str:
        """On its branch, at its place."""
        return f"{reverse('assistant:chat', args=[self.chat_id])}?at={self.pk}#message-{self.pk}"

    @property
    def full_text(self) -> str:
        """What the message says: an app's lies where its run is, as long as that is kept."""
        if self.author != self.Author.APP:
            return str(self.text)
        return self.tool_result.text if self.tool_result else ""

    @cached_property
    def tool_result(self) -> ToolResult | None:
        """What became of an app's run, looked up once; None of what no app says, and of a run that is gone."""
        if self.author != self.Author.APP:
            return None
        return chat_tools.result_of(self.organisation, self.tool["desk"], UUID(self.tool["row"]))


class ChatFile(OrganisationOwned):
    """A file put into a chat, for that chat alone. Once it was read, its passages stay and its bytes are gone.

    `passages`: {heading, text, vector}, the vectors of `embedding_model`. `error_code`: why it could not be read.
    """

    chat = models.ForeignKey(Chat, on_delete=models.CASCADE, related_name="files")
    name = SealedTextField(max_length=200)
    content = SealedBytesField(default=bytes)
    size = models.PositiveBigIntegerField(default=0)
    passages = SealedJSONField(default=list)
    embedding_model = models.CharField(max_length=200, blank=True, default="")
    error_code = models.CharField(max_length=40, blank=True, default="")
    read_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OrganisationQuerySet["ChatFile"].as_manager()

    def __str__(self) -> str:
        return str(self.name)
