"""The documents of a collection as a table."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from apps.knowledge.models import Document


def columns() -> dict[str, Callable[[Document], object]]:
    """What the list shows of each."""
    return {
        _("Document"): lambda document: document.title,
        _("File name"): lambda document: document.file_name,
        _("State"): lambda document: document.get_state_display(),
        _("Error"): lambda document: (document.error or {}).get("message", ""),
        _("Passages"): lambda document: document.passages_count,
        _("Size (bytes)"): lambda document: document.size,
        _("Uploaded by"): lambda document: str(
            (document.uploaded_by.user if document.uploaded_by else document.api_key) or ""
        ),
        _("Uploaded"): lambda document: document.created_at,
        "ID": lambda document: str(document.pk),
    }
