"""Files that came with a mail."""

from collections.abc import Sequence
from pathlib import PurePath

import filetype
from django.conf import settings
from django.core.files.base import ContentFile
from django.utils.translation import gettext as _

from apps.customer_service.connectors.mail_reading import File
from apps.customer_service.models import Attachment, Note, Turn
from apps.knowledge.reading import content
from apps.knowledge.reading.errors import Unreadable

MOST_FILES = 20
UNKNOWN = "application/octet-stream"


def store(turn: Turn, files: Sequence[File]) -> None:
    """In the caller's transaction. What is left out is named in a note to staff."""
    kept = [file for file in files[:MOST_FILES] if len(file.content) <= settings.UPLOAD_MAX_BYTES]
    for file in kept:
        _store(turn, file)
    if left_out := [file.name for file in files if file not in kept]:
        names = ", ".join(left_out)[:1000]
        write_note(turn, _("Too large or too many, not stored: %(names)s") % {"names": names})


def write_note(turn: Turn, text: str) -> None:
    Note.objects.create(
        organisation_id=turn.organisation_id,
        conversation_id=turn.conversation_id,
        text=text[:4000],
        after=turn.ordinal,
    )


def content_type_of(file: File) -> str:
    """What the bytes are; what the mail calls them counts for nothing."""
    guess = filetype.guess(file.content[: content.HEAD_BYTES])
    if guess is not None:
        return str(guess.mime)
    try:
        return content.kind_of_head(file.content[: content.HEAD_BYTES], file.name).value
    except Unreadable:
        return UNKNOWN


def _store(turn: Turn, file: File) -> None:
    content_type = content_type_of(file)
    is_voice = content_type.startswith("audio/")
    name = PurePath(file.name.replace("\\", "/")).name[:200] or "file"
    attachment = Attachment(
        organisation_id=turn.organisation_id,
        conversation_id=turn.conversation_id,
        turn=turn,
        kind=Attachment.Kind.VOICE if is_voice else Attachment.Kind.FILE,
        name=name,
        content_type=content_type,
        size=len(file.content),
    )
    attachment.file.save(
        f"{attachment.pk}{PurePath(name).suffix[:10]}", ContentFile(file.content), save=False
    )
    attachment.save(force_insert=True)
