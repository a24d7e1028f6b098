"""Words of a recording that were heard with little certainty: where they stand in it, and in a wording that rests on it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clinical.records.record import Span
from clinical.transcripts.transcript import ClinicalTranscript
from llm_backend.speech.word_places import place_words

Place = tuple[int, int]


@dataclass(frozen=True)
class TextPiece:
    text: str
    has_low_confidence: bool = False


def find_low_confidence(transcript: ClinicalTranscript) -> list[Place]:
    """Neighbours are one place."""
    places: list[Place] = []
    for number, utterance in enumerate(transcript.utterances):
        offset = transcript.starts[number]
        for word in place_words(utterance.text, utterance.words):
            if not (word.has_low_confidence and word.text.strip()):
                continue
            begin, end = offset + word.begin, offset + word.begin + len(word.text)
            if places and places[-1][1] == begin:
                begin = places.pop()[0]
            places.append((begin, end))
    return places


def heard_words(transcript: ClinicalTranscript, places: Sequence[Place], spans: Sequence[Span]) -> list[str]:
    """What was heard with little certainty of the words that a statement rests on."""
    return [
        transcript.text[begin:end]
        for begin, end in places
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
