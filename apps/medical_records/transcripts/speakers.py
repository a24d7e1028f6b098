"""Who of those in the room said what: the one place that asks for a guess."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db import transaction

from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from clinical.transcripts.speakers import guess_speakers, with_speakers
from clinical.transcripts.transcript import ClinicalTranscript, Speaker, Utterance


def diarised(
    said: ClinicalTranscript,
    *,
    kind: str,
    fixed: Iterable[int] = (),
    witnessed: Mapping[int, Speaker] | None = None,
) -> ClinicalTranscript:
    """`fixed`: numbers of utterances whose speaker a person has set; the others are guessed around them.

    `witnessed`: what a model said of the others.
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
    return with_speakers(said, guess_speakers(said, known, witnessed))


def labelled(said: ClinicalTranscript) -> list[int]:
    """Numbers of utterances of which whoever typed them wrote who speaks."""
    return [number for number, each in enumerate(said.utterances) if each.speaker != "unknown"]


def _said_by_doctor(utterance: Utterance, *, is_fixed: bool) -> Utterance:
    return utterance if is_fixed else replace(utterance, speaker="doctor")


@transaction.atomic
def take_speaker_evidence(transcript: EncounterTranscript, witnessed: Mapping[int, Speaker]) -> bool:
    """What a model said of who spoke, unless somebody changed the transcript meanwhile. Whether it was taken."""
    held = EncounterTranscript.objects.select_for_update().select_related("encounter").get(pk=transcript.pk)
    if held.revision != transcript.revision:
        return False
    said = diarised(held.said, kind=held.encounter.kind, fixed=held.fixed_speakers, witnessed=witnessed)
    held.witnessed_speakers = {str(number): speaker for number, speaker in witnessed.items()}
    held.content = said.to_dict()
    held.revision += 1
    held.save(update_fields=["witnessed_speakers", "content", "revision", "updated_at"])
    return True
