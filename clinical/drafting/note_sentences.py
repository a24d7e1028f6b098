"""One sentence of a record, as it is written before it is put into a template's field."""

from collections.abc import Sequence
from dataclasses import dataclass

from clinical.dialogue.clauses import Piece
from clinical.records.note_sections import OF_KEY
from clinical.records.record import Span, Status
from clinical.records.template import Division
from clinical.transcripts.transcript import ClinicalTranscript, Speaker


@dataclass(frozen=True)
class NoteSentence:
    """`section`: of a plain note, or one of the parts that templates keep apart (`placing.PARTS`).
    `part`: of a plan, where it is known. `plain`: the words as they were said, for where the wording is not borne out.
    `spans`: all the words it was made of. `speaker`: who said what it states.
    """

    text: str
    division: Division
    section: str
    spans: list[Span]
    speaker: Speaker
    status: Status = Status.PRESENT
    part: str = ""
    plain: str = ""


def sentence_of(
    transcript: ClinicalTranscript,
    text: str,
    section: str,
    pieces: Sequence[Piece],
    *,
    status: Status = Status.PRESENT,
    plain: str = "",
) -> NoteSentence:
    """`section`: as of a plain note, with the part of a plan behind a blank."""
    name, _, part = section.partition(" ")
    division = OF_KEY[name].division if name in OF_KEY else "subjective"
    spans = [piece.span(transcript) for piece in pieces]
    said = plain or " ".join(piece.text for piece in pieces)
    return NoteSentence(text, division, name, spans, pieces[-1].speaker, status, part, said)
