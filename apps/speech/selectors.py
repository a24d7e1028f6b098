from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import Conflict, NotFound
from apps.speech.models import Recording, RecordingQuerySet, SpeechPreferences, Transcript


def recording_list(organisation: Organisation) -> RecordingQuerySet:
    """Those that belong to no desk; newest first, without what was said: that may be long."""
    return _listed(organisation).shared()


def sent_recordings(actor: Actor) -> RecordingQuerySet:
    """Also those of desks that the actor sends, to learn how far they came."""
    own = Q(recorded_by=actor.member) if actor.member else Q(api_key=actor.api_key)
    return _listed(actor.organisation).filter(Q(is_restricted=False) | own)


def _listed(organisation: Organisation) -> RecordingQuerySet:
    return (
        Recording.objects.within(organisation)
        .select_related("job", "transcript", "recorded_by__user", "api_key")
        .defer("transcript__segments", "job__inputs", "job__result")
        .order_by("-id")
    )


def recording_to_transcribe(recording_id: str) -> Recording:
    """Raises NotFound when it was deleted meanwhile."""
    recording = Recording.objects.select_related("organisation").filter(pk=recording_id).first()
    if recording is None:
        raise NotFound(_("The recording was deleted before it was written down."))
    return recording


def transcript_of(recording: Recording) -> Transcript:
    """Raises Conflict while there is none."""
    if recording.finished_transcript is None:
        raise Conflict(
            _("There is no transcript yet. Follow the recording's job and ask again."), code="not_transcribed"
        )
    return Transcript.objects.within(recording.organisation_id).get(recording=recording)


def speech_preferences(organisation: Organisation) -> SpeechPreferences:
    """The organisation's own, or an unsaved one with the defaults."""
    own = SpeechPreferences.objects.within(organisation).first()
    return own or SpeechPreferences(organisation=organisation)
