"""What people and other systems do with recordings."""

from collections.abc import Collection, Iterable, Sequence
from functools import partial
from pathlib import PurePath
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Organisation
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.files import services as files
from apps.files.parts import Checksum, Readable
from apps.inference import speech
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.speech import live_transcription, selectors, sound
from apps.speech.models import Recording, SpeechPreferences, Transcript
from apps.speech.signals import transcript_stored
from apps.vault.files import close_sealed, writing_sealed
from llm_backend import patterns
from llm_backend.errors import ModelError
from llm_backend.speech.transcripts import Segment
from llm_backend.speech.transcripts import Transcript as SpokenTranscript

PROGRESS_STEPS = 1000
LONGEST_TERMS = 600
_BETWEEN_TERMS = patterns.compile(r"[,，、;；\n]")


def begin_upload(
    actor: Actor,
    *,
    file_name: str,
    title: str = "",
    length: int | None = None,
    is_restricted: bool = False,
) -> Recording:
    """Makes a place for the bytes that follow. `length` is None while somebody still speaks.

    `is_restricted`: a desk says who hears it, so it is in no list of recordings.
    Raises what `files.begin_upload` raises, before anything is sent.
    """
    name = PurePath(file_name).name[:200]
    recording = Recording(
        organisation=actor.organisation,
        title=title[:200] or PurePath(name).stem or str(_("Recording")),
        file_name=name,
        length=length,
        is_restricted=is_restricted,
        recorded_by=actor.member,
        api_key=actor.api_key,
    )
    files.begin_upload(actor, recording, action="recording.begun")
    return recording


@transaction.atomic
def append_part(
    actor: Actor,
    recording: Recording,
    *,
    offset: int,
    content: Readable,
    length: int | None = None,
    checksum: Checksum | None = None,
) -> Recording:
    """Stores a part for good, and queues the transcription: of what somebody speaks at once, else after the last one.

    `length` ends an upload that was begun without one. Raises Conflict with the right offset in its details.
    """
    recording = _lock(recording)
    is_complete = files.append_part(
        recording, offset=offset, content=content, length=length, checksum=checksum
    )
    if is_complete:
        _complete(actor, recording)
    else:
        live_transcription.begin_or_wake(actor, recording)
    recording.save()
    return recording


@transaction.atomic
def delete_recording(recording: Recording, *, deleted_by: Actor) -> None:
    """Deletes a recording with its sound and its transcript. A transcription under way stops."""
    details = {"bytes": recording.offset}
    audit.record(deleted_by, action="recording.deleted", target=recording, details=details)
    _remove(recording)


@requires_permission("recordings.edit")
def delete_by_hand(actor: Actor, recording: Recording) -> None:
    delete_recording(recording, deleted_by=actor)


@transaction.atomic
def erase_recordings(recordings: Iterable[Recording]) -> None:
    """Erases recordings with sound, transcripts and what followers were told. The caller says why in the audit trail."""
    for recording in recordings:
        _remove(recording)


@transaction.atomic
def erase_outdated(organisation: Organisation, recordings: Sequence[Recording]) -> None:
    """Those that are older than their organisation keeps them."""
    erase_recordings(recordings)
    details = {"rows": {"recordings": len(recordings)}}
    audit.record(Actor(organisation), action="recordings.erased", details=details)


@requires_permission("recordings.edit")
def retry_recording(actor: Actor, recording: Recording) -> None:
    """Raises Conflict unless the transcription failed or was cancelled."""
    if recording.job is None:
        raise Conflict(_("Only failed and cancelled jobs can be run again."), code="job_not_retryable")
    jobs.retry_job(recording.job, requested_by=actor)


@requires_permission("recordings.edit")
def cancel_recording(actor: Actor, recording: Recording) -> None:
    """Stops the transcription; the recording stays. Raises Conflict when there is nothing to stop."""
    jobs.cancel_job(recording.job, requested_by=actor)


@live_transcription.TRANSCRIBE_RECORDING.service
def transcribe_recording(run: JobRun, *, recording_id: str) -> dict[str, Any]:
    """Writes down what is said; followers of the job read along. Of a file, another attempt begins anew."""
    recording = selectors.recording_to_transcribe(recording_id)
    transcript = None
    if recording.is_followed or recording.received_at is None:
        transcript = _transcribe_live(run, recording)
        if run.is_over:
            return {}
        # It has ended meanwhile.
        recording = selectors.recording_to_transcribe(recording_id)
    run.stage("preparing")
    _prepare(run, recording)
    transcript = transcript or _read_whole(run, recording)
    result = {
        "recording": recording_id,
        "language": transcript.language,
        "seconds": transcript.seconds,
        "has_speech": transcript.has_speech,
    }
    with run.finishing(result):
        _store(recording, transcript)
    return result


@requires_permission("organisation.manage")
@transaction.atomic
def change_preferences(actor: Actor, *, languages: Sequence[str], terms: str) -> SpeechPreferences:
    """What the organisation's people speak, from the next transcription on. Raises InvalidInput without any language."""
    if not languages:
        raise InvalidInput(fields={"languages": [_("Choose at least one language.")]})
    preferences, _is_new = SpeechPreferences.objects.update_or_create(
        organisation=actor.organisation, defaults={"languages": sorted(set(languages)), "terms": terms}
    )
    # How many, and not which: the trail is never erased.
    count = sum(bool(term.strip()) for term in _BETWEEN_TERMS.split(terms))
    details = {"languages": preferences.languages, "terms": count}
    audit.record(actor, action="speech_preferences.changed", target=preferences, details=details)
    return preferences


@transaction.atomic
def remember_terms(organisation: Organisation, terms: Sequence[str]) -> None:
    """Words that were heard wrongly more than once are expected from now on; the oldest make room."""
    preferences, _is_new = SpeechPreferences.objects.select_for_update().get_or_create(
        organisation=organisation
    )
    present_terms = terms_of(preferences)
    new_terms = [term for term in dict.fromkeys(terms) if term not in present_terms]
    if not new_terms:
        return
    all_terms = [*new_terms, *present_terms]
    while len(", ".join(all_terms)) > LONGEST_TERMS:
        all_terms.pop()
    preferences.terms = ", ".join(all_terms)
    preferences.save(update_fields=["terms"])


def terms_of(preferences: SpeechPreferences) -> list[str]:
    return [term.strip() for term in _BETWEEN_TERMS.split(preferences.terms) if term.strip()]


def remove_terms(preferences: SpeechPreferences, words: Collection[str]) -> None:
    """Nobody expects these words any more."""
    preferences.terms = ", ".join(term for term in terms_of(preferences) if term not in words)
    preferences.save(update_fields=["terms"])


@transaction.atomic
def end_given_up(recording: Recording) -> None:
    """Half a file is of no use and goes. What somebody spoke is kept as far as it came, and written down."""
    actor = Actor(recording.organisation, member=recording.recorded_by, api_key=recording.api_key)
    # Asked again under the lock: a part may have arrived since, and then nobody has given it up.
    row = Recording.objects.given_up().select_for_update().filter(pk=recording.pk).first()
    if row is None:
        return
    if row.length is None and row.offset:
        row.length, row.received_at = row.offset, timezone.now()
        close_sealed(row.stored_path, row.organisation_id, length=row.length)
        _complete(actor, row)
        row.save()
    else:
        audit.record(actor, action="recording.given_up", target=row)
        _remove(row)


def _lock(recording: Recording) -> Recording:
    return Recording.objects.select_for_update().one(pk=recording.pk)


def _complete(actor: Actor, recording: Recording) -> None:
    with recording.open_stored() as file:
        recording.media_type = sound.media_type_of(file)
    live_transcription.end(actor, recording)
    details = {"bytes": recording.offset}
    audit.record(actor, action="recording.received", target=recording, details=details)


def _transcribe_live(run: JobRun, recording: Recording) -> SpokenTranscript | None:
    """Raises what the model raises, but a recording that has ended can be played to its end all the same."""
    try:
        return live_transcription.transcribe_live(run, recording)
    except ModelError:
        recording = selectors.recording_to_transcribe(str(recording.pk))
        if recording.received_at is not None:
            _prepare(run, recording)
        raise


def _prepare(run: JobRun, recording: Recording) -> None:
    """Browsers write recordings without an index and, after a reload, as several files in one."""
    if recording.is_rewritten or not sound.needs_rewriting(recording.open_stored, recording.media_type):
        return
    run.check()
    with writing_sealed(recording.rewritten_path, recording.organisation_id) as target:
        recording.seconds = sound.rewrite(recording.open_stored, target, check=run.check)
    recording.is_rewritten = True
    recording.save(update_fields=["seconds", "is_rewritten"])


def _read_whole(run: JobRun, recording: Recording) -> SpokenTranscript:
    def show(segment: Segment, progress: float) -> None:
        run.event("segment", **segment.to_dict())
        run.progress(round(progress * PROGRESS_STEPS), PROGRESS_STEPS)

    run.stage("transcribing")
    preferences = selectors.speech_preferences(run.job.organisation)
    return speech.transcribe(
        run,
        recording.open_sound,
        languages=preferences.languages,
        terms=preferences.terms,
        on_segment=show,
    )


def _store(recording: Recording, transcript: SpokenTranscript) -> None:
    _lock(recording)
    Transcript.objects.create(
        organisation_id=recording.organisation_id,
        recording=recording,
        language=transcript.language,
        has_speech=transcript.has_speech,
        is_incomplete=transcript.is_incomplete,
        seconds=transcript.seconds,
        segments=[segment.to_dict() for segment in transcript.segments],
    )
    # They were what could be shown until now; the transcript says all of it.
    recording.heard_stretches.all().delete()
    Recording.objects.filter(pk=recording.pk).update(seconds=transcript.seconds)
    transcript_stored.send(sender=Recording, recording=recording)


def _remove(recording: Recording) -> None:
    """A transcription under way stops. Its row is locked, behind its job as everywhere: what is still written of it is
    deleted with it, or finds it gone."""
    paths = (recording.stored_path, recording.rewritten_path)
    if recording.job:
        lifecycle.erase(Job.objects.filter(pk=recording.job.pk))
    Recording.objects.select_for_update().filter(pk=recording.pk).first()
    recording.delete()
    for path in paths:
        # A rollback must not leave a recording without its sound.
        transaction.on_commit(partial(path.unlink, missing_ok=True))
