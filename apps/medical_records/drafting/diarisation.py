"""Before the draft: who said the lines that words and turns leave open, by a model that somebody chose for such work."""

from pathlib import Path

from apps.inference import prompts
from apps.inference import selectors as models_of
from apps.inference import services as inference
from apps.inference.models import Purpose
from apps.jobs.runs import JobRun
from apps.medical_records.drafting.sections import AWAY
from apps.medical_records.encounters.models import Encounter, EncounterTranscript
from apps.medical_records.transcripts.speakers import take_speaker_evidence
from domain.clinical.transcripts.speakers import guess_speakers
from domain.clinical.transcripts.transcript import Speaker
from domain.clinical.transcripts.uncertain_speakers import SpeakersOfLines, uncertain_windows

PROMPT = Path(__file__).parent / "prompts" / "tell_speakers_apart.md"
# Each is one question to a model.
MAX_WINDOWS = 20


def tell_speakers_apart(run: JobRun, transcript: EncounterTranscript) -> None:
    """Without a good answer what was guessed stays. Lines a person has set are never asked about."""
    if transcript.encounter.kind != Encounter.Kind.CONSULTATION:
        return
    # The embedded model was right on every second open line, the rules on five of six: it is not asked.
    if not models_of.is_chosen_for(run.job.organisation, Purpose.EXTRACTION):
        return
    dialogue = transcript.said
    known = {number: dialogue.utterances[number].speaker for number in transcript.fixed_speakers}
    open_windows = list(uncertain_windows(dialogue, guess_speakers(dialogue, known)))[:MAX_WINDOWS]
    speakers: dict[int, Speaker] = {}
    for window in open_windows:
        run.check()
        prompt = prompts.load(run.job.organisation, PROMPT).render(
            lines=window.lines, asked=window.line_numbers
        )
        try:
            speakers |= window.speakers(inference.extract(run, prompt, SpeakersOfLines))
        except AWAY:
            # The model is away: what it has not said yet is judged by rules.
            break
    if speakers:
        take_speaker_evidence(transcript, speakers)
