from django.utils.translation import gettext_lazy as _

from apps.core.row_table import ListColumn
from apps.resources.declaration import RowList
from apps.speech import selectors
from apps.speech.models import Recording

RECORDINGS = RowList(
    model=Recording,
    plural="recordings",
    rows=selectors.recording_list,
    columns={
        "title": ListColumn(_("Recording"), note="recorder"),
        "state": ListColumn(_("State"), kind="state"),
        "progress": ListColumn(_("Progress"), part="speech/progress.html"),
        "duration": ListColumn(_("Length"), kind="duration"),
        "offset": ListColumn(_("Size"), kind="size"),
        "created_at": _("Recorded"),
    },
    read="recordings.view",
    page="speech:recording",
    refresh_on="recording:stored from:body, moved",
    title=_("Recordings"),
    lead=_("Record or upload to get a transcript. Recordings are saved before anything else happens."),
    icon="microphone",
    empty_title=_("No recordings yet"),
    empty_text=_("Press Record and speak, or upload a file to get a transcript."),
    list_template="speech/recordings.html",
)
