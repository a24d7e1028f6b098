"""The trail as a file, line by line: as long as it is, it never lies in memory."""

import csv
import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.http import StreamingHttpResponse

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
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """What csv.writer writes, it hands back."""

    def write(self, text: str) -> str:
        return text


def csv_lines(entries: OrganisationQuerySet[AuditEntry], columns: Sequence[str]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(columns)
    for entry in entries.iterator(chunk_size=2000):
        cells = (
            json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else str(value)
            for value in _row(entry, columns).values()
        )
        # Spreadsheets run cells that look like formulas, and names in the trail come from people.
        yield writer.writerow([f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell for cell in cells])


def json_lines(entries: OrganisationQuerySet[AuditEntry], columns: Sequence[str]) -> Iterator[str]:
    for entry in entries.iterator(chunk_size=2000):
        yield json.dumps(_row(entry, columns), ensure_ascii=False) + "\n"


Lines = Callable[[OrganisationQuerySet[AuditEntry], Sequence[str]], Iterator[str]]
WRITERS: dict[str, tuple[str, Lines]] = {
    "csv": ("text/csv; charset=utf-8", csv_lines),
    "jsonl": ("application/x-ndjson", json_lines),
}


def export_response(
    entries: OrganisationQuerySet[AuditEntry], *, file_type: str, columns: Sequence[str] = COLUMNS
) -> StreamingHttpResponse:
    """Oldest first, as a download; `file_type` is a key of WRITERS."""
    content_type, lines = WRITERS[file_type]
    response = StreamingHttpResponse(lines(entries.order_by("sequence"), columns), content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="audit-trail.{file_type}"'
    response["Cache-Control"] = "no-store"
    return response


def _row(entry: AuditEntry, columns: Sequence[str]) -> dict[str, Any]:
    texts = {
        "id": str(entry.pk),
        "created_at": entry.created_at.isoformat(),
        "subjects": [str(subject) for subject in entry.subjects],
    }
    return {name: texts.get(name, getattr(entry, name)) for name in columns}
