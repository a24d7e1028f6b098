"""Voice messages: what was said becomes the visitor's message, with the sound beside it."""

from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core import languages
from apps.core.errors import LimitExceeded
from apps.core.models import new_id
from apps.customer_service.attachments import services as attachments
from apps.customer_service.conversations import services
from apps.customer_service.conversations.models import Attachment
from apps.customer_service.conversations.selectors import of_conversations
from apps.customer_service.staff.models import DeskSettings
from apps.inference import speech
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from llm_backend.speech.audio import in_file
from llm_backend.speech.transcripts import Segment, Transcript

PROGRESS_STEPS = 100
# Listening is slow: three recordings of one visitor may wait, and a hundred of all of them.
MAX_WAITING = 3
# Voice messages of all organisations wait for the same workers.
MAX_WAITING_IN_ORGANISATION = 100
RETRY_SECONDS = 30.0

WRITE_DOWN_VOICE = JobType(
    "customer_service.write_down_voice",
    queue="voice",
    label=_("Transcribe a voice message"),
    stages={"listening": _("Transcribing")},
    may_see=holders_of("conversations.view"),
    may_cancel=holders_of("conversations.reply"),
    subject=of_conversations,
)


@transaction.atomic
def receive_voice(
    actor: Actor, *, conversation_id: UUID, upload: "UploadedFile[bytes]", attachment_id: UUID | None = None
) -> Attachment:
    """Keeps the sound; a job listens to it and writes the message. Raises LimitExceeded while too many wait."""
    _require_place(actor, conversation_id)
    attachment_id = attachment_id or new_id()
    # Before the sound is stored: whoever is refused leaves no file behind.
    job = jobs.create_job(
        actor,
        kind=WRITE_DOWN_VOICE,
        inputs={"attachment_id": str(attachment_id)},
        subject=f"conversation:{conversation_id}",
    )
    attachment = attachments.store_attachment(
        actor,
        conversation_id=conversation_id,
        upload=upload,
        kind=Attachment.Kind.VOICE,
        attachment_id=attachment_id,
    )
    attachment.job = job
    attachment.save(update_fields=["job"])
    return attachment


def _require_place(actor: Actor, conversation_id: UUID) -> None:
    waiting = Attachment.objects.within(actor.organisation).filter(job__state__in=Job.ACTIVE)
    of_visitor = waiting.filter(conversation=conversation_id)
    if of_visitor.count() >= MAX_WAITING or waiting.count() >= MAX_WAITING_IN_ORGANISATION:
        raise LimitExceeded(
            _("Earlier voice messages are still being transcribed. Please wait a moment, or type instead."),
            code="too_many_voice_messages",
            retry_after_seconds=RETRY_SECONDS,
        )


@WRITE_DOWN_VOICE.service
def write_down_voice(run: JobRun, *, attachment_id: str) -> dict[str, Any]:
    """Where nobody speaks there is no message, and the sound is not kept."""
    attachment = Attachment.objects.select_related("conversation", "organisation").one(pk=attachment_id)
    run.stage("listening")
    transcript = _transcribe(run, attachment)
    text = " ".join(segment.text.strip() for segment in transcript.segments).strip()
    result = {"has_speech": transcript.has_speech and bool(text)}
    with run.finishing(result):
        if result["has_speech"]:
            _send(attachment, text[: settings.MESSAGE_MAX_CHARACTERS])
        else:
            attachments.remove(attachment)
    return result


def _transcribe(run: JobRun, attachment: Attachment) -> Transcript:
    def show(segment: Segment, progress: float) -> None:
        run.progress(round(progress * PROGRESS_STEPS), PROGRESS_STEPS)

    desk = DeskSettings.objects.within(run.job.organisation).first()
    return speech.transcribe(
        run,
        in_file(Path(attachment.file.path)),
        languages=[code.partition("-")[0] for code, _name in languages.CHOICES],
        terms=", ".join(product.partition("|")[0].strip() for product in desk.products) if desk else "",
        on_segment=show,
    )


def _send(attachment: Attachment, text: str) -> None:
    visitor = Actor(attachment.organisation, visitor=attachment.conversation.visitor_id)
    message = services.receive_message(
        visitor,
        conversation_id=attachment.conversation_id,
        text=text,
        idempotency_key=f"voice:{attachment.pk}",  # A job that is tried again must not send it twice.
    )
    attachments.attach(message, [attachment])
