"""Who of those in the room said what: the one place that asks for a guess."""

from collections.abc import Iterable
from dataclasses import replace

from apps.medical_records.models import Encounter
from llm_backend.clinical.speakers import guessed_speakers, with_speakers
from llm_backend.clinical.transcript import ClinicalTranscript, Utterance


def told_apart(said: ClinicalTranscript, *, kind: str, fixed: Iterable[int] = ()) -> ClinicalTranscript:
    """`fixed`: numbers of utterances whose speaker a person has set; the others are guessed around them.

    Who dictates is a doctor. Typed text in which nobody is named is a note, not a talk.
    """
    kept = set(fixed)
    if kind == Encounter.Kind.DICTATION:
        return ClinicalTranscript(
            tuple(
                _said_by_doctor(each, is_fixed=number in kept) for number, each in enumerate(said.utterances)
            )
        )
    if kind == Encounter.Kind.TYPED and not kept:
        return said
    known = {number: said.utterances[number].speaker for number in kept}
    return with_speakers(said, guessed_speakers(said, known))


def labelled(said: ClinicalTranscript) -> list[int]:
    """Numbers of utterances of which whoever typed them wrote who speaks."""
    return [number for number, each in enumerate(said.utterances) if each.speaker != "unknown"]


def _said_by_doctor(utterance: Utterance, *, is_fixed: bool) -> Utterance:
    return utterance if is_fixed else replace(utterance, speaker="doctor")
