"""What was said: words inside segments inside a transcript. Times are seconds from the recording's start."""

from dataclasses import asdict, dataclass
from typing import Any, Self

# Of the speech model's own probability of a word: below it people should listen again. docs/decisions/speech.md counts.
LOW_CONFIDENCE_BELOW = 0.65


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    start: float
    end: float
    probability: float

    @property
    def has_low_confidence(self) -> bool:
        return self.probability < LOW_CONFIDENCE_BELOW


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of speech. `text` is for people: `words` are as they were heard, before numbers were written out."""

    start: float
    end: float
    text: str
    words: tuple[Word, ...] = ()

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        words = tuple(Word(**word) for word in value["words"])
        return cls(start=value["start"], end=value["end"], text=value["text"], words=words)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self) | {"words": [asdict(word) for word in self.words]}


@dataclass(frozen=True, slots=True)
class Transcript:
    """`seconds` is the length of the recording that could be read; `language` an ISO 639-1 code, or empty
    when there was no speech. `is_incomplete` says that the file broke off before its end."""

    language: str
    seconds: float
    segments: tuple[Segment, ...]
    has_speech: bool
    is_incomplete: bool = False

    @property
    def text(self) -> str:
        return "\n".join(segment.text for segment in self.segments)

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Self:
        segments = tuple(Segment.from_dict(segment) for segment in value["segments"])
        return cls(
            language=value["language"],
            seconds=value["seconds"],
            segments=segments,
            has_speech=value["has_speech"],
            is_incomplete=value["is_incomplete"],
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and dicts, ready for JSON; `from_dict` turns them back."""
        return {
            "language": self.language,
            "seconds": self.seconds,
            "segments": [segment.to_dict() for segment in self.segments],
            "has_speech": self.has_speech,
            "is_incomplete": self.is_incomplete,
        }
