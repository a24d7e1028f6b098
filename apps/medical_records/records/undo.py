"""What was just removed, for the page that may put it back: signed, so that nobody makes up its sources."""

from dataclasses import asdict
from uuid import UUID

from django.core import signing
from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput
from apps.medical_records.records import editing, selectors
from apps.medical_records.records.models import MedicalRecord

SALT = "medical_records.removed"
UNDO_SECONDS = 3600


def token_of(record: MedicalRecord, statement_id: str) -> str:
    """Before it is removed. Empty for one that is gone already."""
    version = selectors.current_version(record)
    removed = editing.removable(version.document, statement_id) if version else None
    return signing.dumps([str(record.pk), asdict(removed)], salt=SALT, compress=True) if removed else ""


def removed_of(record_id: UUID, token: str) -> editing.RemovedStatement:
    """Raises InvalidInput for what this record did not lose within the hour."""
    try:
        record, removed = signing.loads(token, salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature as error:
        raise InvalidInput(fields={"removed": [_("This can no longer be undone.")]}) from error
    if record != str(record_id):
        raise InvalidInput(fields={"removed": [_("This can no longer be undone.")]})
    return editing.RemovedStatement(**removed)
