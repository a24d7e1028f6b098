"""The list of recordings as a table, without what was said."""

from collections.abc import Callable

from django.utils.translation import gettext as _

from apps.speech.models import Recording


def columns() -> dict[str, Callable[[Recording], object]]:
    return {
        _("Recording"): lambda recording: recording.title,
        _("State"): lambda recording: recording.get_state_display(),
        _("Error"): lambda recording: (recording.error or {}).get("message", ""),
        _("Length (s)"): lambda recording: None if recording.seconds is None else round(recording.seconds, 1),
        _("Size (bytes)"): lambda recording: recording.offset,
        _("Recorded by"): _recorder,
        _("Recorded"): lambda recording: recording.created_at,
        "ID": lambda recording: str(recording.pk),
    }


def _recorder(recording: Recording) -> str:
    return str((recording.recorded_by.user if recording.recorded_by else recording.api_key) or "")
