"""The list of recordings as a table, without what was said."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from apps.core.tables import Row
from apps.speech.models import RecordingQuerySet

READ_AT_ONCE = 500


def headings() -> list[str]:
    return [
        _("Recording"),
        _("State"),
        _("Error"),
        _("Length (s)"),
        _("Size (bytes)"),
        _("Recorded by"),
        _("Recorded"),
        "ID",
    ]


def rows(recordings: RecordingQuerySet) -> Iterator[Row]:
    names = headings()
    for recording in recordings.iterator(chunk_size=READ_AT_ONCE):
        recorder = recording.recorded_by.user if recording.recorded_by else recording.api_key
        cells = (
            recording.title,
            recording.get_state_display(),
            (recording.error or {}).get("message", ""),
            None if recording.seconds is None else round(recording.seconds, 1),
            recording.offset,
            str(recorder or ""),
            recording.created_at,
            str(recording.pk),
        )
        yield dict(zip(names, cells, strict=True))
