"""Files of visitors, as staff may open them: nothing of them ever runs in the staff's browser."""

from dataclasses import dataclass
from typing import IO, Any
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import Conflict, NotFound
from apps.customer_service.models import Attachment

SHOWN = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/gif",
        "image/webp",
        "audio/webm",
        "audio/ogg",
        "audio/mpeg",
        "audio/mp4",
        "audio/wav",
        "audio/x-wav",
    }
)
UNKNOWN = "application/octet-stream"


@dataclass(frozen=True)
class Opened:
    file: IO[Any]
    name: str
    content_type: str
    is_shown: bool


def opened(actor: Actor, attachment_id: UUID) -> Opened:
    attachment = Attachment.objects.within(actor.organisation).filter(pk=attachment_id).first()
    if attachment is None:
        raise NotFound
    name = attachment.file.name
    if not name or not attachment.file.storage.exists(name):
        raise Conflict(_("The file is not there any more."), code="file_gone")
    is_shown = attachment.content_type in SHOWN
    content_type = attachment.content_type if is_shown else UNKNOWN
    return Opened(attachment.file.open("rb"), attachment.name, content_type, is_shown)
