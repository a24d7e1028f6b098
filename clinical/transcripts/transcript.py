"""What was said between doctor and patient: utterances whose places in the whole text are known."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any, Literal, Self, get_args

from llm_backend import patterns
from llm_backend.sentences import is_chinese
from llm_backend.speech.transcripts import Segment, Word

Speaker = Literal["doctor", "patient", "relative", "unknown"]
SPEAKERS: tuple[Speaker, ...] = get_args(Speaker)
_SPEAKERS_BY_LABEL: dict[str, Speaker] = {
    "doctor": "doctor",
    "dr": "doctor",
    "physician": "doctor",
    "clinician": "doctor",
    "医生": "doctor",
    "大夫": "doctor",
    "医师": "doctor",
    "patient": "patient",
    "pt": "patient",
    "患者": "patient",
    "病人": "patient",
    "guest_family": "relative",
    "guest_clinician": "doctor",
    "relative": "relative",
    "family": "relative",
    "家属": "relative",
}
_SPEAKER_LABELS: dict[str, dict[Speaker, str]] = {
    "zh": {"doctor": "医生：", "patient": "患者：", "relative": "家属：", "unknown": ""},
    "en": {"doctor": "Doctor: ", "patient": "Patient: ", "relative": "Relative: ", "unknown": ""},
}
_ANY_LABEL = "|".join(_SPEAKERS_BY_LABEL)
_LABEL = patterns.compile(
    rf"^\s*(?:\[({_ANY_LABEL})\]|({_ANY_LABEL})(?:_\d+)?\s*[:：])\s*", patterns.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Utterance:
    """One turn of one person. Times are seconds from the recording's start, None where the text was typed."""

    speaker: Speaker
    text: str
    start: float | None = None
    end: float | None = None
    words: tuple[Word, ...] = ()


@dataclass(frozen=True)
class ClinicalTranscript:
    """Spans of a record are character offsets into `text`: the utterances' texts, one a line."""

    utterances: tuple[Utterance, ...]

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Typed or pasted: lines that may begin with who speaks, as `Doctor:`, `[patient]` or `医生：`."""
        return cls(tuple(_parse_line(line) for line in text.splitlines() if line.strip()))

    @classmethod
    def from_segments(cls, segments: Iterable[Segment]) -> Self:
        """Of a recording. Who speaks is not known yet."""
        said = (segment for segment in segments if segment.text.strip())
        return cls(tuple(Utterance("unknown", _one_line(s.text), s.start, s.end, s.words) for s in said))

    @classmethod
    def from_dict(cls, stored: dict[str, Any]) -> Self:
        return cls(
            tuple(
                Utterance(
                    each["speaker"],
                    each["text"],
                    each["start"],
                    each["end"],
                    tuple(Word(*word) for word in each["words"]),
                )
                for each in stored["utterances"]
            )
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain lists and dicts, ready for JSON."""
        return {
            "utterances": [
                {
                    "speaker": each.speaker,
                    "text": each.text,
                    "start": each.start,
                    "end": each.end,
                    "words": [[word.text, word.start, word.end, word.probability] for word in each.words],
                }
                for each in self.utterances
            ]
        }

    @cached_property
    def text(self) -> str:
        return "\n".join(each.text for each in self.utterances)

    @cached_property
    def starts(self) -> list[int]:
        """Where in `text` each utterance begins."""
        lengths = (len(each.text) + 1 for each in self.utterances)
        return list(accumulate(lengths, initial=0))[:-1]

    @property
    def has_speech(self) -> bool:
        return any(each.text.strip() for each in self.utterances)

    @cached_property
    def is_chinese(self) -> bool:
        return is_chinese(self.text)

    def utterance_at(self, offset: int) -> int:
        """Number of the utterance that `text[offset]` belongs to, counted from 0."""
        return max(0, bisect_right(self.starts, offset) - 1)

    def places(self, number: int) -> tuple[int, int]:
        """Start and end of an utterance in `text`."""
        start = self.starts[number]
        return start, start + len(self.utterances[number].text)

    def seconds(self, start: int, end: int) -> tuple[float, float] | None:
        """When `text[start:end]` was said. Words tell it exactly; a share of the utterance where there are none."""
        first, last = self.utterance_at(start), self.utterance_at(max(start, end - 1))
        begin = self._moment(first, start - self.starts[first], is_end=False)
        finish = self._moment(last, end - self.starts[last], is_end=True)
        return None if begin is None or finish is None else (round(begin, 2), round(max(begin, finish), 2))

    def _moment(self, number: int, offset: int, *, is_end: bool) -> float | None:
        utterance = self.utterances[number]
        if utterance.start is None or utterance.end is None:
            return None
        share = min(1.0, max(0.0, offset / max(1, len(utterance.text))))
        guessed = utterance.start + share * (utterance.end - utterance.start)
        # Written text and heard words differ (numbers, punctuation): the share of the characters leads to the word.
        for word, reached in _word_shares(utterance.words):
            if reached > share or (is_end and reached >= share):
                return word.end if is_end else word.start
        return guessed


def _word_shares(words: tuple[Word, ...]) -> Iterator[tuple[Word, float]]:
    """Each word with the share of all characters that is said when it ends."""
    total = sum(len(word.text.strip()) for word in words) or 1
    said = 0
    for word in words:
        said += len(word.text.strip())
        yield word, said / total


def with_speaker_label(text: str, speaker: Speaker, language: str) -> str:
    """With who said it in front, as `from_text` reads it; without a label where nobody is known."""
    return f"{_SPEAKER_LABELS[language][speaker]}{text}"


def _parse_line(line: str) -> Utterance:
    match = _LABEL.match(line)
    if not match:
        return Utterance("unknown", _one_line(line))
    label = (match[1] or match[2]).lower()
    return Utterance(_SPEAKERS_BY_LABEL[label], _one_line(line[match.end() :]))


def _one_line(text: str) -> str:
    return " ".join(text.split())
