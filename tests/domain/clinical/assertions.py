"""A plain reading of denial for tests, so that they show what grounding makes of a status, not how it is found."""

from dataclasses import dataclass

from domain.clinical.records.record import Status
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend.sentences import clauses
from llm_backend.wording import is_negated, normalise


@dataclass(frozen=True)
class Assertion:
    status: Status
    is_finding: bool = True


def plain_status(transcript: ClinicalTranscript, start: int, end: int) -> Assertion:
    number = transcript.utterance_at(start)
    begin, _ = transcript.bounds(number)
    text = transcript.utterances[number].text
    before = clauses(normalise(text[: end - begin]))[-1]
    if before.lstrip().startswith(("if ", "如果")):
        return Assertion(Status.UNSURE, is_finding=False)
    if "mother" in before or "母亲" in before:
        return Assertion(Status.FAMILY)
    if "maybe" in before or "可能" in before:
        return Assertion(Status.UNSURE)
    is_denied = is_negated(before) or "denies" in before or "否认" in before
    return Assertion(Status.DENIED if is_denied else Status.PRESENT)
