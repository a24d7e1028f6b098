"""Asking for help with writing. Nothing here reaches a visitor: staff read what comes and send it themselves."""

from dataclasses import dataclass
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.core import languages
from apps.core.errors import Conflict, InvalidInput, Text
from apps.customer_service.conversations import selectors
from apps.customer_service.conversations.models import Conversation, Message
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job

COPILOT = JobType(
    "customer_service.copilot",
    queue="interactive",
    label=_("Writing assistance"),
    # Somebody waits for it and can ask again.
    max_attempts=1,
    stages={"searching": _("Searching the documents"), "writing": _("Writing")},
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.reply"),
    subject=selectors.of_conversations,
)


class Task(models.TextChoices):
    DRAFT = "draft", _("Draft a reply")
    SHORTEN = "shorten", _("Shorten")
    SOFTEN = "soften", _("Soften")
    TRANSLATE = "translate", _("Translate")
    SUMMARISE = "summarise", _("Summarise")
    SUGGEST_SAVED_ANSWER = "suggest_curated", _("Suggest a saved answer")


LANGUAGES = dict(languages.CHOICES)
REWORDINGS = frozenset({Task.SHORTEN, Task.SOFTEN, Task.TRANSLATE})


@dataclass(frozen=True)
class Wish:
    """`text`: what staff have written so far. `language`: of the result; empty for the one that suits the task.

    `message_id`: a message to translate for the reader, instead of `text`.
    """

    task: str
    text: str = ""
    language: str = ""
    message_id: UUID | None = None


@requires_permission("conversations.reply")
@transaction.atomic
def ask_copilot(actor: Actor, *, conversation_id: UUID, wish: Wish, reader_language: str | None) -> Job:
    """`reader_language`: what the asking member reads; summaries and visitors' messages are put into it."""
    conversation = selectors.conversation(actor.organisation, conversation_id)
    message = _chosen_message(conversation, wish)
    text = message.text if message else wish.text.strip()
    if message is None:
        _check(conversation, Task(wish.task), text)
    is_for_reader = message is not None or wish.task == Task.SUMMARISE
    suits = reader_language if is_for_reader and reader_language in LANGUAGES else conversation.language
    inputs = {
        "task": wish.task,
        "conversation_id": str(conversation.pk),
        "text": text,
        "language": wish.language or suits,
        "message_id": str(message.pk) if message else None,
    }
    return jobs.create_job(actor, kind=COPILOT, inputs=inputs, subject=f"conversation:{conversation.pk}")


@requires_permission("conversations.reply")
def copilot_job(actor: Actor, *, conversation_id: UUID, job_id: UUID) -> Job:
    """One that was asked for in this conversation."""
    own = Job.objects.within(actor.organisation).filter(
        kind=COPILOT.name, subject=f"conversation:{conversation_id}"
    )
    return own.one(pk=job_id)


def _chosen_message(conversation: Conversation, wish: Wish) -> Message | None:
    """With nothing written, “translate” means the visitor's latest message."""
    messages = Message.objects.filter(conversation=conversation)
    if wish.message_id:
        return messages.one(pk=wish.message_id)
    if wish.task == Task.TRANSLATE and not wish.text.strip():
        return messages.filter(author=Message.Author.VISITOR).order_by("-ordinal").first()
    return None


def _check(conversation: Conversation, task: Task, text: str) -> None:
    if task in REWORDINGS and not text:
        raise _unusable(_("Write something first, then reword it."))
    if len(text) > settings.MESSAGE_MAX_CHARACTERS:
        limit = settings.MESSAGE_MAX_CHARACTERS
        raise _unusable(_("The text is too long: at most %(limit)d characters.") % {"limit": limit})
    if task not in REWORDINGS and not conversation.messages.filter(author=Message.Author.VISITOR).exists():
        raise Conflict(_("The visitor has not written anything yet."), code="nothing_was_said")
    if task == Task.SUGGEST_SAVED_ANSWER and conversation.is_open:
        raise Conflict(_("Resolve the conversation first."), code="not_settled")


def _unusable(reason: Text) -> InvalidInput:
    return InvalidInput(reason, code="text_unusable", fields={"text": [reason]})
