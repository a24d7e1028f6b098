"""Files that visitors send: stored as they come, sent with a message, removed when they never were.

Words alone are `conversations.services.receive_message`.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import QuerySet, Sum
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts import switches
from apps.accounts.actors import Actor
from apps.core import disk
from apps.core.errors import Conflict, InvalidInput, LimitExceeded, NotFound, StorageFull, TooLarge, full_disk
from apps.core.models import new_id
from apps.customer_service.attachments import content
from apps.customer_service.conversations import activity
from apps.customer_service.conversations.models import Attachment, Conversation
from apps.customer_service.conversations.services import ReceivedMessage, receive_message
from apps.inference import storage

# A stranger who only uploads and never writes takes this much room, for a day.
MAX_UNSENT = 10
_SALT = "customer_service.attachment"


def store_attachment(
    actor: Actor,
    *,
    conversation_id: UUID,
    upload: "UploadedFile[bytes]",
    kind: str = Attachment.Kind.FILE,
    attachment_id: UUID | None = None,
) -> Attachment:
    """Keeps the file until a message takes it along. Raises TooLarge, UnsupportedContent and Conflict."""
    conversation = _open_for_files(actor, conversation_id)
    if (upload.size or 0) > settings.ATTACHMENT_MAX_BYTES:
        megabytes = settings.ATTACHMENT_MAX_BYTES // 1024**2
        raise TooLarge(_("The file is too large: at most %(limit)d MB.") % {"limit": megabytes})
    content_type = content.content_type_of(upload, is_voice=kind == Attachment.Kind.VOICE)
    name = content.clean_name(upload.name or "", content_type)
    size = upload.size or 0
    attachment = Attachment(
        id=attachment_id or new_id(),
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        kind=kind,
        name=name,
        content_type=content_type,
        size=size,
    )
    # The room is counted and the row stored in one transaction; the file goes first, as nobody must find a row without
    # one.
    with transaction.atomic():
        _require_room(conversation, size)
        try:
            attachment.file.save(f"{attachment.pk.hex}{PurePath(name).suffix}", upload, save=False)
        except OSError as error:
            raise full_disk(error) or error from error
        attachment.save(force_insert=True)
    return attachment


def attach(received: ReceivedMessage, files: Sequence[Attachment]) -> int:
    """How many of the files were not sent before."""
    unsent = Attachment.objects.filter(pk__in=[file.pk for file in files], message=None)
    return unsent.update(message=received.message)


def signed_address(attachment: Attachment) -> str:
    """Opens this one file for whoever has it: pictures and players send no headers."""
    token = signing.dumps(attachment.pk.hex, salt=_SALT)
    return reverse("customer_service:visitor_attachment", args=[token])


def signed_attachment(signed: str) -> Attachment:
    """Raises NotFound for an address that is wrong, too old, or of a channel that is closed."""
    try:
        key = signing.loads(signed, salt=_SALT, max_age=Conversation.TOKEN_LIFETIME)
    except signing.BadSignature as error:
        raise NotFound from error
    return switches.of_open(Attachment.objects.all()).one(pk=key, conversation__channel__is_enabled=True)


def attachment_body(attachment: Attachment) -> dict[str, Any]:
    return {
        "id": attachment.pk,
        "kind": attachment.kind,
        "name": attachment.name,
        "content_type": attachment.content_type,
        "size": attachment.size,
        "url": signed_address(attachment),
    }


@transaction.atomic
def remove(attachment: Attachment) -> None:
    """The row, and after the commit its file; one that a message took along in this moment stays."""
    deleted, _by_model = Attachment.objects.filter(pk=attachment.pk, message=None).delete()
    if deleted:
        delete_file(attachment)


def stored_bytes(organisation_id: UUID) -> int:
    """How many bytes the files in all conversations take."""
    return _bytes_of(Attachment.objects.within(organisation_id))


def delete_file(attachment: Attachment) -> None:
    """Once the transaction that forgets it is committed."""
    transaction.on_commit(partial(attachment.file.storage.delete, str(attachment.file.name)))


@transaction.atomic
def send_files(
    actor: Actor,
    *,
    conversation_id: UUID,
    text: str,
    attachment_ids: Sequence[UUID],
    idempotency_key: str | None = None,
) -> ReceivedMessage:
    """Files with what the visitor wrote beside them. Without a word they ask nothing of the assistant."""
    files = own_files(actor, conversation_id, attachment_ids)
    has_words = bool(text.strip())
    message = receive_message(
        actor,
        conversation_id=conversation_id,
        text=text if has_words else ", ".join(file.name for file in files),
        idempotency_key=idempotency_key,
        wants_answer=has_words,
    )
    is_new = attach(message, files) > 0
    if is_new and not has_words:
        _acknowledge(message.conversation)
    return message


def _open_for_files(actor: Actor, conversation_id: UUID) -> Conversation:
    conversations = Conversation.objects.within(actor.organisation)
    conversation = conversations.select_related("channel", "organisation").one(pk=conversation_id)
    if not conversation.channel.accepts_files:
        raise Conflict(_("Files cannot be sent here. Please describe it in text."), code="files_not_accepted")
    if Attachment.objects.filter(conversation=conversation, message=None).count() >= MAX_UNSENT:
        raise LimitExceeded(_("Send the pending files first."), code="too_many_files")
    return conversation


def _require_room(conversation: Conversation, size: int) -> None:
    """Raises StorageFull. One visitor cannot fill what is there for all of them, nor all of them what staff need."""
    refusal = StorageFull(
        _("No more files can be sent here. Please describe it in text."), code="no_room_for_files"
    )
    disk.require_free(Path(default_storage.path("attachments")), size)
    try:
        storage.require_room(conversation.organisation, size, share=storage.VISITORS_SHARE)
    except storage.StorageQuotaExceeded as error:
        raise refusal from error
    attachments = Attachment.objects.within(conversation.organisation_id)
    of_conversation = attachments.filter(conversation=conversation)
    of_visitor = attachments.filter(conversation__visitor_id=conversation.visitor_id)
    for rows, limit in (
        (of_conversation, settings.CONVERSATION_STORAGE_BYTES),
        (of_visitor, settings.VISITOR_STORAGE_BYTES),
    ):
        if _bytes_of(rows) + size > limit:
            raise refusal


def _bytes_of(rows: QuerySet[Attachment]) -> int:
    return rows.aggregate(sum=Sum("size"))["sum"] or 0


def own_files(actor: Actor, conversation_id: UUID, file_ids: Sequence[UUID]) -> list[Attachment]:
    if not file_ids:
        return []
    own = Attachment.objects.within(actor.organisation).filter(conversation=conversation_id)
    files = list(own.filter(pk__in=file_ids, kind=Attachment.Kind.FILE).order_by("created_at"))
    if len(files) != len(set(file_ids)):
        raise InvalidInput(fields={"attachments": [_("A file is no longer available. Choose it again.")]})
    return files


def _acknowledge(conversation: Conversation) -> None:
    """Only where no person will look: the assistant cannot see into files and must not pretend to."""
    is_quiet = conversation.answered_by == Conversation.AnsweredBy.BOT and not conversation.answer_job_id
    if not is_quiet:
        return
    with translation.override(conversation.language):
        activity.write_notice(
            conversation,
            gettext(
                "We received your file. The assistant cannot read it, so please tell us what it is about."
            ),
        )
    conversation.save()
