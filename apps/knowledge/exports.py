"""The documents of a collection as a table."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from apps.core.tables import Row
from apps.knowledge.models import DocumentQuerySet

READ_AT_ONCE = 500


def headings() -> list[str]:
    return [
        _("Document"),
        _("File name"),
        _("State"),
        _("Error"),
        _("Passages"),
        _("Size (bytes)"),
        _("Uploaded by"),
        _("Uploaded"),
        "ID",
    ]


def rows(documents: DocumentQuerySet) -> Iterator[Row]:
    """In their order, with what the list shows of each."""
    names = headings()
    for document in documents.iterator(chunk_size=READ_AT_ONCE):
        uploader = document.uploaded_by.user if document.uploaded_by else document.api_key
        cells = (
            document.title,
            document.file_name,
            document.get_state_display(),
            (document.error or {}).get("message", ""),
            document.passages_count,
            document.size,
            str(uploader or ""),
            document.created_at,
            str(document.pk),
        )
        yield dict(zip(names, cells, strict=True))
