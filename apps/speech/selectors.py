from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import Q, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.errors import Conflict
from apps.jobs.models import Job
from apps.speech.models import HeardStretch, Recording, RecordingQuerySet, SpeechPreferences, Transcript
from llm_backend.speech.transcription import SettledPart
from llm_backend.speech.transcripts import Segment


def recording_list(organisation: Organisation) -> RecordingQuerySet:
    """Recordings that belong to no desk; newest first, without what was said: that may be long."""
    return _recordings(organisation).shared()


def sent_recordings(actor: Actor) -> RecordingQuerySet:
    """Recordings that the actor may see, and those of desks that the actor sends, to learn how far they came."""
    own = Q(recorded_by=actor.member) if actor.member else Q(api_key=actor.api_key)
    return _recordings(actor.organisation).filter(Q(is_restricted=False) | own)


def _recordings(organisation: Organisation) -> RecordingQuerySet:
    return (
        Recording.objects.within(organisation)
        .select_related("job", "transcript", "recorded_by__user", "api_key")
        .defer("transcript__segments", "job__inputs", "job__result")
        .order_by("-id")
    )


def recording_to_transcribe(recording_id: str) -> Recording:
    """Raises NotFound when it was deleted meanwhile."""
    return Recording.objects.select_related("organisation").one(
        pk=recording_id, reason=_("The recording was deleted before it was transcribed.")
    )


def heard_so_far(recording: Recording) -> tuple[SettledPart, ...]:
    """What earlier attempts settled of a recording that still arrives."""
    rows = HeardStretch.objects.within(recording.organisation_id).filter(recording=recording)
    return tuple(
        SettledPart(row.until, row.language, tuple(map(Segment.from_dict, row.segments)))
        for row in rows.order_by("number")
    )


def is_turn_to_follow(job: Job, recording: Recording) -> bool:
    """Only so many may be followed at once, first come, first served: files wait for the same workers."""
    if recording.received_at is not None:
        return True
    earlier = Recording.objects.followed().filter(job__started_at__lt=job.started_at)
    return earlier.count() < settings.SPEECH_LIVE_RECORDINGS


def waits_longer(job: Job, seconds: float) -> bool:
    """Whether a job was set aside, as nothing came, for longer than `seconds` from now."""
    until = timezone.now() + timedelta(seconds=seconds)
    return job.state == Job.State.QUEUED and job.available_at > until


def transcript_of(recording: Recording) -> Transcript:
    """Raises Conflict while there is none."""
    if recording.finished_transcript is None:
        raise Conflict(
            _("No transcript yet. Check the recording's job and try again later."), code="not_transcribed"
        )
    return Transcript.objects.within(recording.organisation_id).get(recording=recording)


def speech_preferences(organisation: Organisation) -> SpeechPreferences:
    """The organisation's own, or an unsaved one with the defaults."""
    own = SpeechPreferences.objects.within(organisation).first()
    return own or SpeechPreferences(organisation=organisation)


def stored_bytes(organisation_id: UUID) -> int:
    """An upload whose length is known has its room from the beginning."""
    size = Coalesce("length", "offset")
    return Recording.objects.within(organisation_id).aggregate(sum=Sum(size))["sum"] or 0


def sealed_files(organisation_id: UUID) -> Iterator[Path]:
    """What lies on the disk of an organisation's recordings."""
    for recording in Recording.objects.within(organisation_id).only("organisation").iterator(chunk_size=500):
        yield from (path for path in (recording.stored_path, recording.rewritten_path) if path.exists())
