"""A record as JSON, in the shape of `ExportedRecord`, and a transcript as lines of text."""

from domain.clinical.exporting.document import ExportedRecord, printable
from domain.clinical.transcripts.transcript import ClinicalTranscript, with_speaker_label

MEDIA_TYPE, TRANSCRIPT_TYPE = "application/json", "text/plain; charset=utf-8"


def write(record: ExportedRecord) -> bytes:
    return record.model_dump_json(indent=1).encode()


def write_transcript(transcript: ClinicalTranscript, language: str) -> bytes:
    """A line for each utterance: when, who, what."""
    lines = []
    for each in transcript.utterances:
        minutes, seconds = divmod(int(each.start or 0), 60)
        when = "" if each.start is None else f"[{minutes:02}:{seconds:02}] "
        lines.append(when + with_speaker_label(printable(each.text), each.speaker, language))
    return ("\n".join(lines) + "\n").encode()
