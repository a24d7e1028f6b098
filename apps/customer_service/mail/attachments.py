"""Files that came with a mail."""

from collections.abc import Sequence
from pathlib import Path, PurePath

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils.translation import gettext as _

from apps.core import disk
from apps.core.errors import StorageFull
from apps.customer_service.conversations.models import Attachment, Message
from apps.customer_service.inbox.models import Note
from apps.customer_service.mail.parsing import File
from apps.inference import storage

MAX_FILES = 20


def store(message: Message, files: Sequence[File]) -> None:
    """In the caller's transaction. What is left out is named in a note to staff."""
    small_files = [file for file in files[:MAX_FILES] if len(file.content) <= settings.UPLOAD_MAX_BYTES]
    small_files = small_files if _has_room(message, sum(len(file.content) for file in small_files)) else []
    for file in small_files:
        _store(message, file)
    if left_out := [file.name for file in files if file not in small_files]:
        names = ", ".join(left_out)[:1000]
        write_note(message, _("Not saved (too large, too many or no space): %(names)s") % {"names": names})


def _has_room(message: Message, size: int) -> bool:
    """A mail comes in without its files rather than not at all."""
    try:
        disk.require_free(Path(default_storage.path("attachments")), size)
        storage.require_room(message.organisation, size, share=storage.VISITORS_SHARE)
    except StorageFull:
        return False
    return True


def write_note(message: Message, text: str) -> None:
    Note.objects.create(
        organisation_id=message.organisation_id,
        conversation_id=message.conversation_id,
        text=text[:4000],
        after=message.ordinal,
    )


def _store(message: Message, file: File) -> None:
    is_voice = file.content_type.startswith("audio/")
    name = PurePath(file.name.replace("\\", "/")).name[:200] or "file"
    attachment = Attachment(
        organisation_id=message.organisation_id,
        conversation_id=message.conversation_id,
        message=message,
        kind=Attachment.Kind.VOICE if is_voice else Attachment.Kind.FILE,
        name=name,
        content_type=file.content_type,
        size=len(file.content),
    )
    attachment.file.save(
        f"{attachment.pk}{PurePath(name).suffix[:10]}", ContentFile(file.content), save=False
    )
    attachment.save(force_insert=True)
