"""Who of those in the room said what: the one place that asks for a guess."""

from collections.abc import Iterable
from dataclasses import replace

from apps.medical_records.models import Encounter
from llm_backend.clinical.transcript import ClinicalTranscript, Speaker, Utterance


def told_apart(said: ClinicalTranscript, *, kind: str, fixed: Iterable[int] = ()) -> ClinicalTranscript:
    """`fixed`: numbers of utterances whose speaker a person has set. Who dictates is a doctor."""
    kept = set(fixed)
    if kind == Encounter.Kind.DICTATION:
        return ClinicalTranscript(
            tuple(_said_by(each, "doctor", number in kept) for number, each in enumerate(said.utterances))
        )
    return said


def _said_by(utterance: Utterance, speaker: Speaker, is_fixed: bool) -> Utterance:
    return utterance if is_fixed or utterance.speaker != "unknown" else replace(utterance, speaker=speaker)
