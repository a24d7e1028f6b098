"""Sending the sound of a recording."""

from django.http import HttpResponseBase
from django.utils.translation import gettext_lazy as _

from apps.core.errors import Conflict
from apps.core.range_response import ranged_response
from apps.speech.models import Recording


def sound_response(recording: Recording, *, range_header: str | None) -> HttpResponseBase:
    """`range_header` is the Range header. Raises Conflict while the recording is still being uploaded."""
    if recording.received_at is None or not recording.sound_path.exists():
        raise Conflict(
            _("The recording is incomplete. Finish the upload first."), code="recording_incomplete"
        )
    response = ranged_response(
        recording.open_sound(), range_header=range_header, name=recording.file_name or recording.title
    )
    # What is neither sound nor film is never shown by a browser.
    response["Content-Type"] = recording.media_type or "application/octet-stream"
    response["Cache-Control"] = "private, no-cache"
    return response
