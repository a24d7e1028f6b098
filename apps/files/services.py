"""Receiving a file in parts: room for it, its place, its end. What it is for, the caller knows."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core import disk
from apps.core.errors import Conflict, InvalidInput, TooLarge
from apps.files import parts
from apps.files.models import ResumableUpload, end_of_patience
from apps.inference import quotas, storage


def begin_upload(actor: Actor, upload: ResumableUpload, *, action: str) -> None:
    """Saves a new row and makes room for the bytes that follow; `action` is what the audit trail calls it.

    Raises InvalidInput for an empty file, TooLarge, StorageFull and QuotaExceeded, all before anything is sent.
    """
    if upload.length == 0:
        raise InvalidInput(fields={"Upload-Length": [_("The file is empty. Choose another one.")]})
    if upload.length is not None and upload.length > upload.max_bytes:
        raise TooLarge(details={"largest": upload.max_bytes})
    disk.require_free(upload.stored_path.parent, upload.length or 0)
    with transaction.atomic():
        storage.require_room(actor.organisation, upload.length or 0)
        quotas.admit(actor)
        upload.save(force_insert=True)
        audit.record(actor, action=action, target=upload, details={"length": upload.length})


def append_part(
    upload: ResumableUpload,
    *,
    offset: int,
    content: parts.Readable,
    length: int | None = None,
    checksum: parts.Checksum | None = None,
) -> bool:
    """Stores a part for good and says whether it was the last. The caller holds the row's lock, and saves it.

    `length` ends an upload that was begun without one. Raises Conflict (`upload_complete`, or `wrong_offset` with the
    right one in its details), InvalidInput, TooLarge, StorageFull and ChecksumMismatch.
    """
    if upload.received_at is not None:
        raise Conflict(_("The upload is already complete."), code="upload_complete")
    if offset != upload.offset:
        raise parts.wrong_offset(upload.offset)
    _set_length(upload, length)
    disk.require_free(upload.stored_path.parent, 0)
    # An announced length had its room from the beginning; what grows while somebody speaks has to find it.
    if upload.length is None and upload.offset:
        used, limit = storage.used_bytes(upload.organisation_id), storage.limit_bytes(upload.organisation)
        if used >= limit:
            raise storage.StorageQuotaExceeded(details={"used": used, "limit": limit})
    upload.offset += parts.write_part(
        upload.stored_path,
        upload.organisation_id,
        content,
        place=parts.Place(offset, upload.length, upload.max_bytes),
        checksum=checksum,
    )
    upload.expires_at = end_of_patience()
    if upload.offset == upload.length:
        upload.received_at = timezone.now()
    return upload.received_at is not None


def _set_length(upload: ResumableUpload, length: int | None) -> None:
    if length is None or length == upload.length:
        return
    if upload.length is not None or length < upload.offset:
        raise InvalidInput(fields={"Upload-Length": [_("The length can no longer be changed.")]})
    if length > upload.max_bytes:
        raise TooLarge(details={"largest": upload.max_bytes})
    upload.length = length
