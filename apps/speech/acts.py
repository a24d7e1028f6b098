"""What is done with a recording at the press of a button."""

from functools import partial
from operator import attrgetter

from django.utils.translation import gettext_lazy as _

from apps.accounts.act_declaration import Act, delete_act, page_of
from apps.speech import services
from apps.speech.selectors import recording_list

recording_act = partial(Act, rows=recording_list)
RETRY_RECORDING = recording_act(
    services.retry_recording,
    at="<uuid:recording_id>/retry/",
    label=_("Transcribe again"),
    icon="retry",
    look="primary",
    back=page_of("speech:recording"),
)
CANCEL_RECORDING = recording_act(
    services.cancel_recording,
    at="<uuid:recording_id>/cancel/",
    label=_("Stop transcription"),
    icon="stop",
    success=_("Transcription stopped. The recording is kept."),
    back=page_of("speech:recording"),
)
DELETE_RECORDING = delete_act(
    services.delete_by_hand,
    recording_list,
    at="<uuid:recording_id>/delete/",
    name_of=attrgetter("title"),
    confirm=_("Delete this recording and its transcript? This cannot be undone."),
    success=_("The recording was deleted."),
    back="speech:recordings",
)
