"""A transcript as pages and the API show it, and how far an encounter is."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.speech.models import Recording
from domain.clinical.transcripts.transcript import ClinicalTranscript, Utterance
from domain.clinical.transcripts.warnings import find_next_patient, find_warnings
from llm_backend.speech.word_places import place_words


class Phase(TextChoices):
    AWAITED = "awaited", _("waiting for a recording or text")
    SENDING = "sending", _("being recorded")
    WAITING = "waiting", _("queued")
    TRANSCRIBING = "transcribing", _("transcribing")
    FAILED = "failed", _("transcription failed")
    STOPPED = "stopped", _("transcription stopped")
    SILENT = "silent", _("no speech")
    READY = "ready", _("transcribed")


_PHASE_OF_RECORDING = {
    Recording.State.UPLOADING: Phase.SENDING,
    Recording.State.WAITING: Phase.WAITING,
    Recording.State.TRANSCRIBING: Phase.TRANSCRIBING,
    Recording.State.FAILED: Phase.FAILED,
    Recording.State.CANCELLED: Phase.STOPPED,
    Recording.State.NO_SPEECH: Phase.SILENT,
    Recording.State.READY: Phase.READY,
}


@dataclass(frozen=True)
class UtteranceView:
    """`words`: [{"gap", "text", "start", "is_unsure"}]; none where nobody spoke them."""

    number: int
    speaker: str
    text: str
    start: float | None
    end: float | None
    words: list[dict[str, Any]]


def phase_of(encounter: Encounter, transcript: EncounterTranscript | None) -> Phase:
    """Told by what is there: the transcript, else the recording."""
    if transcript:
        return Phase.READY if transcript.has_speech else Phase.SILENT
    if encounter.recording is None:
        return Phase.AWAITED
    return _PHASE_OF_RECORDING[encounter.recording.state]


def utterance_views(
    dialogue: ClinicalTranscript, numbers: Iterable[int] | None = None
) -> list[UtteranceView]:
    """All of it, or the utterances with these numbers."""
    if numbers is None:
        numbers = range(len(dialogue.utterances))
    return [_utterance_view(number, dialogue.utterances[number]) for number in numbers]


def warnings(encounter: Encounter, transcript: EncounterTranscript) -> list[str]:
    """Codes of what should be known before relying on the transcript."""
    codes = [
        str(each)
        for each in find_warnings(
            transcript.said,
            spoken_language=transcript.language,
            record_language=encounter.template_version.template.language,
            seconds=transcript.seconds,
        )
    ]
    return ["incomplete", *codes] if transcript.is_incomplete else codes


def next_patient(transcript: EncounterTranscript) -> int | None:
    """Where another patient seems to be called in."""
    return find_next_patient(transcript.said)


def _utterance_view(number: int, utterance: Utterance) -> UtteranceView:
    words = [
        {"gap": word.gap, "text": word.text, "start": word.start, "is_unsure": word.has_low_confidence}
        for word in place_words(utterance.text, utterance.words)
    ]
    return UtteranceView(number, utterance.speaker, utterance.text, utterance.start, utterance.end, words)
