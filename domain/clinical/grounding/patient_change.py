"""Where a recording goes on with somebody else: one record is about one patient."""

from domain.clinical.records.record import Span
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns

_NEXT = patterns.compile(
    r"下一(?:位|个)(?:患者|病人|号)?(?=$|[，。,.!！\s]|请|进|来)|请.{0,8}号.{0,4}(?:进来|就诊)|叫下一(?:位|个)"
    r"|\bnext patient\b|\b(?:send|bring|call) in the next\b|\bnext(?:,| one)? please\b",
    patterns.IGNORECASE,
)


def find_patient_change(transcript: ClinicalTranscript) -> Span | None:
    """The words that call in the next patient, where more is said after them than a goodbye."""
    last = len(transcript.utterances) - 1
    for number, utterance in enumerate(transcript.utterances):
        match = _NEXT.search(utterance.text)
        # At the beginning it is how this patient was called in, at the end a goodbye.
        if match and utterance.speaker in ("doctor", "unknown") and 0 < number < last:
            start = transcript.starts[number] + match.start()
            end = transcript.starts[number] + match.end()
            return Span(start=start, end=end, utterance=number, seconds=transcript.seconds(start, end))
    return None
