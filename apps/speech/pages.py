"""The portal's pages about recordings."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from apps.accounts.access import actor_of, requires
from apps.accounts.actors import Actor
from apps.accounts.row_access import RowAccess
from apps.audit.file_exports import FileExport
from apps.speech import exports, selectors, services
from apps.speech.forms import SpeechPreferencesForm
from apps.speech.models import Recording


def _recording_of(actor: Actor, recording_id: UUID) -> Recording:
    return selectors.recording_list(actor.organisation).one(pk=recording_id)


RECORDING_ACCESS = RowAccess(
    permission="recordings.view",
    find=_recording_of,
    title=lambda recording: recording.title,
    back="speech:recording",
)


@require_GET
@requires("recordings.view")
def export_recordings(request: HttpRequest) -> HttpResponseBase:
    actor = actor_of(request)
    rows, file_type = selectors.recording_list(actor.organisation), request.GET.get("format", "csv")
    export = FileExport(actor, "recordings.exported")
    return export.list_response(rows, exports.columns(), name="recordings", file_type=file_type)


@require_safe
@requires("recordings.view")
def recording(request: HttpRequest, recording_id: UUID) -> HttpResponse:
    """Sound and transcript; while it is written down, the script follows the job."""
    row = _recording_of(actor_of(request), recording_id)
    transcript = selectors.transcript_of(row) if row.finished_transcript else None
    return render(request, "speech/recording.html", {"recording": row, "transcript": transcript})


@require_http_methods(["GET", "HEAD", "POST"])
@requires("organisation.manage")
def preferences(request: HttpRequest) -> HttpResponse:
    """What is listened for, and how names are written."""
    actor = actor_of(request)
    present = selectors.speech_preferences(actor.organisation)
    initial = {"languages": present.languages, "terms": present.terms}
    form = SpeechPreferencesForm(request.POST or None, initial=initial)
    if form.is_valid():
        services.change_preferences(actor, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("speech:preferences")
    return render(request, "speech/preferences.html", {"form": form})
