"""How many bytes an organisation's files may take. The operator sets the most, the organisation itself less if it likes.

Whoever keeps files registers how many bytes they are. They are counted from the rows, so that nothing has to be kept in
step when files go, whichever way they go.
"""

from collections.abc import Callable
from uuid import UUID

from django.conf import settings
from django.db.models import Min
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.core.errors import StorageFull
from apps.core.locks import lock_until_commit
from apps.inference.models import Quota

MEGABYTE = 1024 * 1024
# Visitors cannot fill what the organisation's own people need: recordings, documents.
VISITORS_SHARE = 0.8

BytesOf = Callable[[UUID], int]

_counters: list[BytesOf] = []


class StorageQuotaExceeded(StorageFull):
    code = "storage_quota_exceeded"
    message = _(
        "Your organisation has used all its file storage. Delete some files, or ask the operator for more."
    )


def register_bytes(bytes_of: BytesOf) -> None:
    """`bytes_of` answers how many bytes one organisation keeps."""
    if bytes_of not in _counters:
        _counters.append(bytes_of)


def used_bytes(organisation_id: UUID) -> int:
    return sum(bytes_of(organisation_id) for bytes_of in _counters)


def limit_bytes(organisation: Organisation) -> int:
    own = Quota.objects.within(organisation).filter(metric=Quota.Metric.STORAGE)
    least = own.aggregate(least=Min("hard_limit"))["least"]
    most = int(settings.ORGANISATION_STORAGE_BYTES)
    return most if least is None else min(most, least * MEGABYTE)


def require_room(organisation: Organisation, wanted_bytes: int, *, share: float = 1.0) -> None:
    """Refuses an upload for which there is no room. Raises StorageQuotaExceeded.

    `share`: the part of the limit that this kind of upload may fill, such as VISITORS_SHARE. Call it in the transaction
    that makes the row: until its end no other upload of the organisation is admitted, so two at once never both take
    the last room.
    """
    lock_until_commit(f"storage:{organisation.pk}")
    stored_bytes, limit = used_bytes(organisation.pk), int(limit_bytes(organisation) * share)
    if stored_bytes + wanted_bytes > limit:
        raise StorageQuotaExceeded(details={"used": stored_bytes, "limit": limit, "wanted": wanted_bytes})
