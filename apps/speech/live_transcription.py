"""Writing a recording down while somebody still speaks.

The job reads the sealed file as far as it was acknowledged, again and again. What is settled is stored, so that a
crash, a bad network or a paused recorder cost nothing that was heard. When nothing comes, the job makes way for others
and is woken by the next part.
"""

import time
from collections.abc import Mapping
from typing import BinaryIO
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.core.errors import NotFound
from apps.inference import speech
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of_rows
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.jobs.subjects import JobRequest, Subject
from apps.speech import selectors, sound
from apps.speech.models import HeardStretch, Recording
from llm_backend.speech.errors import AudioUnreadable
from llm_backend.speech.streaming_source import SourceState
from llm_backend.speech.transcription import LiveRequest, SettledPart
from llm_backend.speech.transcripts import Segment, Transcript

# A recorder sends every second. A paused one, or a dead network, holds a worker no longer than this.
QUIET_SECONDS = 75.0
# A job that made way is woken by the next part; this is for a wake-up that was lost.
ASIDE_SECONDS = 1800.0
# As many as may be are followed already: it looks again whether one of them has ended.
FULL_SECONDS = 15.0
# Between two looks at the recording's row for what has been acknowledged since.
LOOK_SECONDS = 0.2


def _shared_recordings(actor: Actor) -> QuerySet[Recording]:
    """Those that belong to no desk."""
    return selectors.recording_list(actor.organisation)


def _of_recordings(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
    """Titles are sealed: they are read on the recording's own page."""
    return {
        each.job_id: Subject(gettext("Recording"), reverse("speech:recording", args=[each.subject_id]))
        for each in asked
        if each.subject_id
    }


TRANSCRIBE_RECORDING = JobType(
    "speech.transcribe_recording",
    queue="speech",
    label=_("Transcribe a recording"),
    is_announced_by_desk=True,
    stages={
        "preparing": _("Checking the recording"),
        "transcribing": _("Transcribing"),
    },
    may_see=holders_of_rows("recordings.view", _shared_recordings),
    may_cancel=holders_of_rows("recordings.edit", _shared_recordings),
    subject=_of_recordings,
    is_sealed=True,
    # Admitted when its upload began.
    is_free=True,
)


def queue_transcription(actor: Actor, recording: Recording) -> Job:
    return jobs.create_job(
        actor,
        kind=TRANSCRIBE_RECORDING,
        inputs={"recording_id": str(recording.pk)},
        subject=f"recording:{recording.pk}",
    )


def begin_or_wake(actor: Actor, recording: Recording) -> None:
    """A part was stored and more follow: once there is something to hear, it is written down as it comes."""
    if recording.job is None:
        if not settings.SPEECH_LIVE_RECORDINGS or recording.length is not None:
            return
        with recording.open_first(recording.offset) as file:
            can_be_followed = sound.is_heard_as_it_comes(file.read(sound.HEAD_BYTES))
        if can_be_followed:
            recording.is_followed = True
            recording.job = queue_transcription(actor, recording)
    elif recording.is_followed and selectors.waits_longer(recording.job, FULL_SECONDS):
        jobs.resume_job(recording.job)


def end(actor: Actor, recording: Recording) -> None:
    """The last part was stored: what is left is written down, whatever became of it while it came."""
    if recording.job is None:
        recording.job = queue_transcription(actor, recording)
    elif recording.job.state == Job.State.FAILED:
        recording.job = jobs.retry_job(recording.job)
    else:
        jobs.resume_job(recording.job)


def transcribe_live(run: JobRun, recording: Recording) -> Transcript | None:
    """The transcript of a recording that still arrives.

    None when the job made way, so that the run is over, or when the recording can only be read whole.
    """
    if recording.is_followed and selectors.is_turn_to_follow(run.job, recording):
        run.stage("transcribing")
        source = _StreamedUpload(run, recording)
        try:
            if transcript := _listen(run, recording, source):
                return transcript
        except AudioUnreadable:
            Recording.objects.filter(pk=recording.pk).update(is_followed=False)
        _make_way(run, recording, seconds=ASIDE_SECONDS, length=source.growth.length)
    else:
        _make_way(run, recording, seconds=FULL_SECONDS if recording.is_followed else ASIDE_SECONDS)
    return None


class _StreamedUpload:
    """The recording's file, as far as it was acknowledged."""

    def __init__(self, run: JobRun, recording: Recording) -> None:
        self.run = run
        self.recording = recording
        self.growth = SourceState(0)
        self._looked_at = float("-inf")
        self._grew_at = time.monotonic()

    def grown(self) -> SourceState:
        """Raises JobCancelled, and NotFound when it was deleted."""
        self.run.check()
        now = time.monotonic()
        if now - self._looked_at > LOOK_SECONDS:
            self._looked_at = now
            self._look(now)
        return self.growth

    def open(self, length: int) -> BinaryIO:
        return self.recording.open_first(length)

    def _look(self, now: float) -> None:
        rows = Recording.objects.filter(pk=self.recording.pk)
        row = rows.values_list("offset", "received_at").first()
        _give_connection_back()
        if row is None:
            raise NotFound(_("The recording was deleted before it was transcribed."))
        length, is_ended = row[0], row[1] is not None
        if length > self.growth.length:
            self._grew_at = now
        self.growth = SourceState(
            length, is_ended, is_paused=not is_ended and now - self._grew_at > QUIET_SECONDS
        )


class _Listener:
    def __init__(self, run: JobRun, recording: Recording, number: int) -> None:
        self.run = run
        self.recording = recording
        self.number = number

    def show(self, segments: tuple[Segment, ...]) -> None:
        for segment in segments:
            self.run.event("segment", **segment.to_dict(), is_provisional=True)

    def settle(self, stretch: SettledPart) -> None:
        """Raises NotFound where the recording was deleted meanwhile, and JobCancelled."""
        self.run.check()
        with transaction.atomic():
            # Held, so that it cannot be deleted between the look and the row that belongs to it.
            if not Recording.objects.select_for_update().filter(pk=self.recording.pk).exists():
                raise NotFound(_("The recording was deleted before it was transcribed."))
            HeardStretch.objects.create(
                organisation_id=self.recording.organisation_id,
                recording=self.recording,
                number=self.number,
                until=stretch.until,
                language=stretch.language,
                segments=[segment.to_dict() for segment in stretch.segments],
            )
        _give_connection_back()
        self.number += 1
        _show_settled(self.run, stretch)


def _listen(run: JobRun, recording: Recording, source: _StreamedUpload) -> Transcript | None:
    preferences = selectors.speech_preferences(run.job.organisation)
    settled = selectors.heard_so_far(recording)
    for stretch in settled:
        _show_settled(run, stretch)
    request = LiveRequest(source, tuple(preferences.languages), preferences.terms, settled)
    return speech.transcribe_live(run, request, _Listener(run, recording, len(settled)))


def _show_settled(run: JobRun, stretch: SettledPart) -> None:
    """Followers throw away what was provisional before `until`."""
    run.event("settled", until=round(stretch.until, 2))
    for segment in stretch.segments:
        run.event("segment", **segment.to_dict())


def _make_way(run: JobRun, recording: Recording, *, seconds: float, length: int | None = None) -> None:
    """Suspends the job, unless the recording has ended or grown meanwhile: whoever stores a part holds the same lock."""
    with transaction.atomic():
        row = Recording.objects.select_for_update().one(
            pk=recording.pk, reason=_("The recording was deleted before it was transcribed.")
        )
        if row.received_at is not None and not row.is_followed:
            return
        is_more = row.received_at is not None or length not in (None, row.offset)
        run.suspend(seconds=0 if is_more else seconds)


def _give_connection_back() -> None:
    """To the pool, while a model listens or nothing comes."""
    if not connection.in_atomic_block:
        connection.close()
