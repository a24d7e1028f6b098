"""Words of a recording that were heard with little certainty: which a statement rests on, and where its wording has them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from domain.clinical.records.record import Span
from domain.clinical.transcripts.transcript import ClinicalTranscript


@dataclass(frozen=True)
class TextPiece:
    text: str
    has_low_confidence: bool = False


def heard_words(transcript: ClinicalTranscript, spans: Sequence[Span]) -> list[str]:
    """What was heard with little certainty of the words that a statement rests on."""
    return [
        transcript.text[begin:end]
        for begin, end in transcript.low_confidence_places
        if any(begin < span.end and span.start < end for span in spans)
    ]


def mark_words(text: str, words: Sequence[str]) -> list[TextPiece]:
    """The text in pieces, each of the words marked where it stands first behind the one before it."""
    return [piece for piece in _pieces(text, words) if piece.text]


def _pieces(text: str, words: Sequence[str]) -> Iterator[TextPiece]:
    end, low = 0, text.lower()
    for word in words:
        begin = low.find(word.lower(), end)
        if begin < 0:
            continue
        yield TextPiece(text[end:begin])
        end = begin + len(word)
        yield TextPiece(text[begin:end], has_low_confidence=True)
    yield TextPiece(text[end:])
