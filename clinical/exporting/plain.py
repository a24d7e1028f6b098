"""A record as JSON, in the shape of `ExportedRecord`, and a transcript as lines of text."""

from clinical.exporting.document import ExportedRecord, printable
from clinical.transcripts.transcript import ClinicalTranscript, with_speaker_label

MEDIA_TYPE, TRANSCRIPT_TYPE = "application/json", "text/plain; charset=utf-8"


def write(record: ExportedRecord) -> bytes:
    return record.model_dump_json(indent=1).encode()


def write_transcript(transcript: ClinicalTranscript, language: str) -> bytes:
    """A line for each utterance: when, who, what."""
    lines = (
        f"{_clock(each.start)}{with_speaker_label(printable(each.text), each.speaker, language)}"
        for each in transcript.utterances
    )
    return ("\n".join(lines) + "\n").encode()


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(int(seconds), 60)
    return f"[{minutes:02}:{rest:02}] "
