"""What a clinician should know about a transcript before relying on it."""

from enum import StrEnum

from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns

_NEXT_PATIENT = patterns.compile(
    r"下一位|下一个(?:病人|患者|号)|请(?:[\u4e00-\u9fff]{2,4}|\d{1,3}号)(?:到|来)(?:诊室|就诊)"
    r"|\bnext (?:patient|one) (?:please|in)\b|\b(?:send|bring|call) in the next\b|\bnext patient\b",
    patterns.IGNORECASE,
)
# After fewer characters nobody has been examined: it is how the first one was called in.
_MIN_VISIT_CHARACTERS = 60
_MIN_CHARACTERS = 10
LONG_FROM_SECONDS = 3600.0


class TranscriptWarning(StrEnum):
    SEVERAL_PATIENTS = "several_patients"
    OTHER_LANGUAGE = "other_language"
    VERY_SHORT = "very_short"
    VERY_LONG = "very_long"


def find_warnings(
    transcript: ClinicalTranscript, *, spoken_language: str, record_language: str, seconds: float = 0
) -> list[TranscriptWarning]:
    warnings = []
    if find_next_patient(transcript) is not None:
        warnings.append(TranscriptWarning.SEVERAL_PATIENTS)
    if spoken_language and spoken_language != record_language:
        warnings.append(TranscriptWarning.OTHER_LANGUAGE)
    if transcript.has_speech and len(transcript.text) < _MIN_CHARACTERS:
        warnings.append(TranscriptWarning.VERY_SHORT)
    if seconds >= LONG_FROM_SECONDS:
        warnings.append(TranscriptWarning.VERY_LONG)
    return warnings


def find_next_patient(transcript: ClinicalTranscript) -> int | None:
    """Number of the utterance in which another patient seems to be called in."""
    characters = 0
    for number, utterance in enumerate(transcript.utterances):
        if characters >= _MIN_VISIT_CHARACTERS and _NEXT_PATIENT.search(utterance.text):
            return number
        characters += len(utterance.text)
    return None
