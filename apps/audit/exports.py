"""The trail as a file, line by line: as long as it is, it never lies in memory."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.http import HttpResponseBase

from apps.audit.file_exports import FileExport
from apps.audit.models import AuditEntry
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
    export: FileExport,
    entries: OrganisationQuerySet[AuditEntry],
    *,
    file_type: str,
    columns: Sequence[str] = COLUMNS,
) -> HttpResponseBase:
    """Oldest first, as a download, up to the line before its own. Raises NotFound for a type of file that there is not."""
    last = entries.order_by("-sequence").values_list("sequence", flat=True).first() or 0
    told = entries.filter(sequence__lte=last).order_by("sequence")
    rows = (_row(entry, columns) for entry in told.iterator(chunk_size=2000))
    counted = replace(export, row_count=told.count())
    return counted.response(rows, name="audit-trail", file_type=file_type, headings=columns)


def _row(entry: AuditEntry, columns: Sequence[str]) -> dict[str, Any]:
    texts = {
        "id": str(entry.pk),
        "created_at": entry.created_at.isoformat(),
        "subjects": [str(subject) for subject in entry.subjects],
    }
    return {name: texts.get(name, getattr(entry, name)) for name in columns}
