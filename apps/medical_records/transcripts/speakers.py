"""Who of those in the room said what: the one place that asks for a guess."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from django.db import transaction

from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.records.models import MedicalRecord
from domain.clinical.transcripts.speakers import guess_speakers, with_speakers
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker


def diarise(
    dialogue: ClinicalTranscript,
    *,
    kind: str,
    fixed: Iterable[int] = (),
    speaker_evidence: Mapping[int, Speaker] | None = None,
) -> ClinicalTranscript:
    """`fixed`: numbers of utterances whose speaker a person has set; the others are guessed around them.

    `speaker_evidence`: what a model said of the others.
    Who dictates is a doctor. Typed text in which nobody is named is a note, not a talk.
    """
    known = {number: dialogue.utterances[number].speaker for number in fixed}
    if kind == Encounter.Kind.DICTATION:
        return ClinicalTranscript(
            tuple(
                replace(each, speaker=known.get(number, "doctor"))
                for number, each in enumerate(dialogue.utterances)
            )
        )
    if kind == Encounter.Kind.TYPED and not known:
        return dialogue
    return with_speakers(dialogue, guess_speakers(dialogue, known, speaker_evidence))


def labelled_utterances(dialogue: ClinicalTranscript) -> list[int]:
    """Numbers of utterances of which whoever typed them wrote who speaks."""
    return [number for number, each in enumerate(dialogue.utterances) if each.speaker != "unknown"]


@transaction.atomic
def take_speaker_evidence(transcript: EncounterTranscript, speaker_evidence: Mapping[int, Speaker]) -> bool:
    """What a model said of who spoke, unless somebody changed the transcript or signed the record meanwhile.

    Whether it was taken.
    """
    record = MedicalRecord.objects.select_for_update().get(encounter=transcript.encounter_id)
    held = EncounterTranscript.objects.select_for_update().select_related("encounter").get(pk=transcript.pk)
    # The numbers of the evidence are those of the lines that the model was shown.
    if held.revision != transcript.revision or record.is_signed:
        return False
    dialogue = diarise(
        held.said, kind=held.encounter.kind, fixed=held.fixed_speakers, speaker_evidence=speaker_evidence
    )
    held.witnessed_speakers = {str(number): speaker for number, speaker in speaker_evidence.items()}
    held.content = dialogue.to_dict()
    held.revision += 1
    held.save(update_fields=["witnessed_speakers", "content", "revision", "updated_at"])
    return True
