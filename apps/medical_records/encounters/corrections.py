"""People correct what was heard and who said it; what is corrected often is told to the speech model."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput
from apps.medical_records.encounters import selectors
from apps.medical_records.encounters.models import Encounter, EncounterTranscript, WordCorrection
from apps.medical_records.encounters.selectors import locked_encounter
from apps.medical_records.records import versions
from apps.medical_records.transcripts.speakers import diarise
from apps.speech import services as speech
from domain.clinical.transcripts.corrections import TermCorrection, correct_utterance, find_corrections
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker, Utterance
from llm_backend.wording import normalise

MAX_UTTERANCE_CHARACTERS = 5000
TIMES_UNTIL_TERM = 2
MAX_CORRECTIONS = 2000


@dataclass(frozen=True)
class Correction:
    """What is to change of one utterance, which its number names. None leaves the text or the speaker as it is."""

    utterance: int
    text: str | None = None
    speaker: Speaker | None = None


@dataclass(frozen=True)
class CorrectedTranscript:
    """`before` is what the record's spans still point into."""

    transcript: EncounterTranscript
    before: ClinicalTranscript
    changed: list[int]

    @property
    def is_reworded(self) -> bool:
        return self.before.text != self.transcript.said.text


@transaction.atomic
def apply_correction(
    actor: Actor, encounter: Encounter, corrections: Sequence[Correction], *, revision: int
) -> CorrectedTranscript:
    """Raises InvalidInput, and Conflict when somebody else corrected it meanwhile or the record is signed."""
    transcript = _lock_transcript(encounter, revision)
    before = transcript.said
    _check(corrections, len(before.utterances))
    utterances = list(before.utterances)
    heard_wrongly: list[TermCorrection] = []
    for each in corrections:
        utterance = utterances[each.utterance]
        if each.text is not None and each.text.strip() != utterance.text:
            heard_wrongly += find_corrections(utterance.text, each.text)
            utterance = correct_utterance(utterance, each.text)
        utterances[each.utterance] = replace(utterance, speaker=each.speaker or utterance.speaker)
    fixed = {each.utterance for each in corrections if each.speaker}
    transcript.fixed_speakers = sorted({*transcript.fixed_speakers, *fixed})
    _store(actor, encounter, transcript, utterances)
    _remember(actor, encounter, heard_wrongly)
    pairs = zip(before.utterances, transcript.said.utterances, strict=True)
    changed_numbers = [number for number, (old, new) in enumerate(pairs) if old != new]
    return CorrectedTranscript(transcript, before, changed_numbers)


@transaction.atomic
def apply_removal(
    actor: Actor, encounter: Encounter, *, first: int, last: int, revision: int
) -> CorrectedTranscript:
    """What belongs to somebody else, or to nobody, leaves the transcript. The sound stays as it is. Raises InvalidInput
    for all of it, and Conflict when somebody else corrected it meanwhile or the words are signed.
    """
    transcript = _lock_transcript(encounter, revision)
    before = transcript.said
    count = len(before.utterances)
    if not 0 <= first <= last < count or last - first + 1 == count:
        raise InvalidInput(fields={"first": [_("Select part of the transcript, not all of it.")]})
    # What people and models said of the other lines goes on to be said of them, under their new numbers.
    new_numbers = {number: number for number in range(first)}
    new_numbers |= {number: number - (last - first + 1) for number in range(last + 1, count)}
    transcript.fixed_speakers = [
        new_numbers[number] for number in transcript.fixed_speakers if number in new_numbers
    ]
    transcript.witnessed_speakers = {
        str(new_numbers[number]): speaker
        for number, speaker in transcript.speaker_evidence.items()
        if number in new_numbers
    }
    remaining = [*before.utterances[:first], *before.utterances[last + 1 :]]
    _store(actor, encounter, transcript, remaining)
    return CorrectedTranscript(transcript, before, list(range(len(remaining))))


def corrected_often(times: Mapping[str, int]) -> list[str]:
    """Words that are corrected so often that the speech model should expect them."""
    return [word for word, count in times.items() if count >= TIMES_UNTIL_TERM]


def _lock_transcript(encounter: Encounter, revision: int) -> EncounterTranscript:
    # The lock first: two corrections at once must not both find the revision that they were made from.
    locked_encounter(encounter)
    _require_unsigned(encounter)
    transcript = selectors.said_in(encounter)
    if transcript.revision != revision:
        raise Conflict(
            _("This transcript was corrected by someone else. Reload and repeat your change."),
            code="transcript_changed",
            details={"revision": transcript.revision},
        )
    return transcript


def _require_unsigned(encounter: Encounter) -> None:
    # Under the record's lock: a signature that is under way is waited for, and none comes before this is stored.
    if versions.lock_record(selectors.record_of(encounter)).is_signed:
        raise Conflict(
            _("The record is signed, so the transcript is locked. Amend the record instead."),
            code="record_signed",
        )


def _check(corrections: Sequence[Correction], count: int) -> None:
    for each in corrections:
        if not 0 <= each.utterance < count:
            raise InvalidInput(fields={"utterance": [_("Position not found in the transcript.")]})
        if each.text is not None and not each.text.strip():
            raise InvalidInput(fields={"text": [_("Enter the text, or remove this part.")]})
        if each.text is not None and len(each.text) > MAX_UTTERANCE_CHARACTERS:
            raise InvalidInput(fields={"text": [_("The text is too long for one sentence.")]})


def _store(
    actor: Actor, encounter: Encounter, transcript: EncounterTranscript, utterances: Iterable[Utterance]
) -> None:
    said = diarise(
        ClinicalTranscript(tuple(utterances)),
        kind=encounter.kind,
        fixed=transcript.fixed_speakers,
        speaker_evidence=transcript.speaker_evidence,
    )
    transcript.content = said.to_dict()
    transcript.revision += 1
    transcript.save()
    details = {"encounter": str(encounter.pk), "revision": transcript.revision}
    audit.record(actor, action="transcript.corrected", target=encounter.patient, details=details)


def _remember(actor: Actor, encounter: Encounter, heard_wrongly: Sequence[TermCorrection]) -> None:
    """A patient's own name is nobody else's term."""
    # Terms are given to the speech model for everybody: a name among them would turn up in other people's talk.
    name = normalise(encounter.patient.name)
    kept = [each for each in heard_wrongly if normalise(each.meant) not in name]
    for each in kept:
        WordCorrection.objects.create(
            organisation=encounter.organisation,
            encounter=encounter,
            heard=each.heard,
            meant=each.meant,
            corrected_by=actor.member,
        )
    if kept:
        known = WordCorrection.objects.within(encounter.organisation_id).order_by("-created_at")
        often = corrected_often(Counter(each.meant for each in known[:MAX_CORRECTIONS]))
        speech.remember_terms(
            encounter.organisation, sorted({each.meant for each in kept}.intersection(often))
        )
