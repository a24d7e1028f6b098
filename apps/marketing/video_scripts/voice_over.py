"""The voice-over of a script as sound: a job reads each shot aloud, and only those again whose words or voice changed."""

import hashlib
import io
from dataclasses import dataclass
from typing import Any, BinaryIO
from uuid import UUID

import numpy as np
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, NotFound
from apps.inference import selectors as endpoints
from apps.inference import services as inference
from apps.inference import storage
from apps.inference.models import Purpose
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.marketing.video_scripts import selectors
from apps.marketing.video_scripts.models import ShotSound, VideoScript
from apps.marketing.video_scripts.platforms import MAX_SCRIPT_SECONDS
from apps.marketing.video_scripts.shots import Shot, start_times
from llm_backend.speech import voices
from llm_backend.speech.synthesis import SAMPLE_RATE, samples_of_wav, wav

# Twice what any script may take: who speaks longer than that needs other words, not another voice.
MAX_SOUND_SECONDS = 2 * MAX_SCRIPT_SECONDS
# The silence at the end of a sentence may lie under the next picture.
TOLERANCE_SECONDS = 0.2
# Names that OpenAI's server knows; others take them for voices of theirs, or have names of their own.
USUAL_VOICES = ("alloy", "echo", "nova", "onyx", "shimmer")
MAX_NAMED_VOICES = 20

READ_SCRIPT_ALOUD = JobType(
    "marketing.read_script_aloud",
    queue="interactive",
    label=_("Read a video script aloud"),
    stages={"reading_aloud": _("Reading aloud")},
    may_see=holders_of("marketing.use"),
    subject=selectors.of_scripts,
)


@dataclass(frozen=True)
class ShotVoice:
    """What a shot says. `seconds`: how long that sounds, None where it was not read aloud yet."""

    number: int
    shot: Shot
    seconds: float | None

    @property
    def excess_seconds(self) -> float:
        """By how much the voice takes longer than the shot; 0 where it fits."""
        excess = (self.seconds or 0.0) - self.shot.seconds
        return round(excess, 1) if excess > TOLERANCE_SECONDS else 0.0


@dataclass(frozen=True)
class VoiceOver:
    """`rows`: the shots that say something. `seconds`: of the whole sound, silence between the shots with it."""

    voice: str
    rows: list[ShotVoice]
    seconds: float
    job_id: UUID | None

    @property
    def is_complete(self) -> bool:
        return bool(self.rows) and all(row.seconds is not None for row in self.rows)

    @property
    def has_sound(self) -> bool:
        return any(row.seconds is not None for row in self.rows)

    @property
    def waiting_count(self) -> int:
        return sum(row.seconds is None for row in self.rows)

    @property
    def too_long(self) -> list[ShotVoice]:
        return [row for row in self.rows if row.excess_seconds]


def voice_over(script: VideoScript) -> VoiceOver:
    """How the script is read as it is now; a shot that was changed since it was read has no sound."""
    shots = selectors.shots(script)
    lengths = dict(_sounds(script).values_list("spoken", "seconds"))
    rows = [
        ShotVoice(number, shot, lengths.get(_spoken(script.voice, shot)))
        for number, shot in enumerate(shots, start=1)
        if shot.voice_over.strip()
    ]
    longer = sum(max(0.0, (row.seconds or 0.0) - row.shot.seconds) for row in rows)
    seconds = round(sum(shot.seconds for shot in shots) + longer, 1)
    return VoiceOver(script.voice, rows, seconds, script.voice_job_id)


def proposed_voice(script: VideoScript) -> str:
    """The script's own, else the last one that read a script in its language, where the server still knows it."""
    rows = selectors.script_list(script.organisation).exclude(voice="")
    last = rows.filter(brief__language=script.brief.language).values_list("voice", flat=True).first()
    own = embedded_voices(script)
    known = [
        each for each in (script.voice, last) if each and (not own or voices.voice(each, is_chinese=True))
    ]
    return (*known, *own, *USUAL_VOICES)[0]


def known_voices(script: VideoScript) -> list[str]:
    rows = selectors.script_list(script.organisation).exclude(voice="").values_list("voice", flat=True)
    return list(dict.fromkeys([*(embedded_voices(script) or rows[:MAX_NAMED_VOICES]), *USUAL_VOICES]))


def embedded_voices(script: VideoScript) -> tuple[str, ...]:
    """The voices of the embedded engine, where it is the one that reads; those of the script's language come first."""
    first = next(iter(endpoints.candidates(script.organisation, Purpose.SYNTHESIS)), None)
    if first is None or first.model != voices.MODEL_NAME:
        return ()
    is_english = script.brief.language == "en"
    return (*voices.ENGLISH, *voices.CHINESE) if is_english else (*voices.CHINESE, *voices.ENGLISH)


@requires_permission("marketing.use")
@transaction.atomic
def request_reading(actor: Actor, script: VideoScript, *, voice: str) -> VideoScript:
    """Queues it. Raises Conflict where the script is being written or read, or says nothing."""
    rows = VideoScript.objects.within(actor.organisation).select_for_update(of=("self",))
    script = rows.select_related("brief", "job", "voice_job", "organisation").get(pk=script.pk)
    if script.is_under_way or script.is_being_read:
        raise Conflict(_("Still being generated or read aloud. Wait until it is done."), code="under_way")
    if not any(shot.voice_over.strip() for shot in selectors.shots(script)):
        raise Conflict(_("Nothing to read aloud: no shot has a voice-over."), code="no_voice_over")
    # Nobody knows yet how large the sound will be: only whether there is room at all.
    storage.require_room(actor.organisation, 0)
    script.voice = voice
    script.voice_job = jobs.create_row_job(actor, READ_SCRIPT_ALOUD, script)
    script.save(update_fields=["voice", "voice_job"])
    audit.record(actor, action="video_script.read_aloud", target=script, details={"voice": voice})
    return script


@READ_SCRIPT_ALOUD.service
def read_script_aloud(run: JobRun, *, video_script_id: str) -> dict[str, Any]:
    """Reads what has no sound in this voice yet; each shot is kept when it is done, so that a later attempt goes on.
    Raises Conflict for what takes longer than MAX_SOUND_SECONDS.
    """
    script = selectors.script_list(run.job.organisation).get(pk=video_script_id)
    run.stage("reading_aloud")
    rows = voice_over(script).rows
    seconds = sum(row.seconds or 0.0 for row in rows)
    waiting = [row for row in rows if row.seconds is None]
    for done, row in enumerate(waiting):
        run.progress(done, len(waiting))
        run.check()
        samples = inference.read_aloud(run, row.shot.voice_over.strip(), voice=script.voice)
        seconds += len(samples) / SAMPLE_RATE
        if seconds > MAX_SOUND_SECONDS:
            raise Conflict(_("The voice-over is longer than any platform allows."), code="too_long")
        content = wav(samples)
        ShotSound.objects.update_or_create(
            organisation=script.organisation,
            script=script,
            spoken=_spoken(script.voice, row.shot),
            defaults={
                "seconds": round(len(samples) / SAMPLE_RATE, 2),
                "size": len(content),
                "sound": content,
            },
        )
    result = {"video_script": str(script.pk), "read": len(waiting), "seconds": round(seconds, 1)}
    with run.finishing(result):
        # What the script does not say any more, in this voice.
        now = selectors.script_list(run.job.organisation).get(pk=video_script_id)
        kept = {_spoken(now.voice, shot) for shot in selectors.shots(now)}
        _sounds(script).exclude(spoken__in=kept).delete()
    return result


def shot_sound(script: VideoScript, number: int) -> BinaryIO:
    """One shot as WAV. Raises NotFound where it has no sound."""
    row = next((each for each in voice_over(script).rows if each.number == number), None)
    if row is None or row.seconds is None:
        raise NotFound
    return io.BytesIO(_sounds(script).one(spoken=_spoken(script.voice, row.shot)).sound)


def whole_sound(script: VideoScript) -> BinaryIO:
    """All shots in their order as one WAV, each beginning when its picture does, or when the last one has ended.

    Raises NotFound where a shot is missing.
    """
    if not voice_over(script).is_complete:
        raise NotFound
    sounds = {row.spoken: row.sound for row in _sounds(script)}
    shots, pieces, end = selectors.shots(script), [], 0
    for shot, start in zip(shots, start_times(shots), strict=True):
        if shot.voice_over.strip():
            samples = samples_of_wav(sounds[_spoken(script.voice, shot)])
            silence = max(0, start * SAMPLE_RATE - end)
            pieces += [np.zeros(silence, dtype=np.int16), samples]
            end += silence + len(samples)
    rest = max(0, sum(shot.seconds for shot in shots) * SAMPLE_RATE - end)
    return io.BytesIO(wav(np.concatenate([*pieces, np.zeros(rest, dtype=np.int16)])))


def stored_bytes(organisation_id: UUID) -> int:
    return ShotSound.objects.within(organisation_id).aggregate(sum=Sum("size"))["sum"] or 0


def _sounds(script: VideoScript) -> Any:
    return ShotSound.objects.within(script.organisation_id).filter(script=script)


def _spoken(voice: str, shot: Shot) -> str:
    """What a sound is known by: the same words in the same voice are read once."""
    return hashlib.sha256(f"{voice}\0{shot.voice_over.strip()}".encode()).hexdigest()
