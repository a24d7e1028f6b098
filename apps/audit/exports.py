"""The trail as a file, line by line: as long as it is, it never lies in memory."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponseBase

from apps.audit.models import AuditEntry
from apps.core import tables
from apps.core.models import OrganisationQuerySet

COLUMNS: tuple[str, ...] = (
    "sequence",
    "id",
    "created_at",
    "actor",
    "actor_name",
    "action",
    "target_type",
    "target_id",
    "subjects",
    "details",
    "previous_hash",
    "hash",
    "mac",
)
# For who may read about one of the people whom a line is about, and not about the others.
COLUMNS_WITHOUT_SUBJECTS = tuple(name for name in COLUMNS if name != "subjects")


def export_response(
    entries: OrganisationQuerySet[AuditEntry], *, file_type: str, columns: Sequence[str] = COLUMNS
) -> HttpResponseBase:
    """Oldest first, as a download; `file_type` is one of `tables.FILE_TYPES`."""
    ordered = entries.order_by("sequence").iterator(chunk_size=2000)
    rows = (_row(entry, columns) for entry in ordered)
    return tables.response(rows, name="audit-trail", file_type=file_type, headings=columns)


def _row(entry: AuditEntry, columns: Sequence[str]) -> dict[str, Any]:
    texts = {
        "id": str(entry.pk),
        "created_at": entry.created_at.isoformat(),
        "subjects": [str(subject) for subject in entry.subjects],
    }
    return {name: texts.get(name, getattr(entry, name)) for name in columns}
