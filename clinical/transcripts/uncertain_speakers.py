"""Who speaks where words and turns leave it open: what a model that reads the lines around is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from clinical.drafting.extraction_schema import MAX_LINE_TOKENS
from clinical.transcripts.speakers import SpeakerGuess
from clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend.tokens import count_tokens, fit

SURE_FROM = 0.9
MAX_LINES, LINES_AROUND, MAX_TOKENS = 12, 2, 1500


class SpeakerOfLine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    line: int
    speaker: Literal["doctor", "patient"]


class SpeakersOfLines(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lines: list[SpeakerOfLine] = Field(max_length=MAX_LINES)


@dataclass(frozen=True, slots=True)
class LineWindow:
    """`asked`: numbers of the utterances in question, counted from 0; `lines` counts from 1."""

    asked: tuple[int, ...]
    lines: str

    @property
    def wanted(self) -> str:
        return ", ".join(str(number + 1) for number in self.asked)

    def answered(self, answer: SpeakersOfLines) -> dict[int, Speaker]:
        """Lines that nobody asked about do not count."""
        told: dict[int, Speaker] = {said.line - 1: said.speaker for said in answer.lines}
        return {number: told[number] for number in self.asked if number in told}


def uncertain_windows(
    transcript: ClinicalTranscript, guesses: Sequence[SpeakerGuess]
) -> Iterator[LineWindow]:
    """Stretches with the lines that are open and a few around them, none longer than a question may be."""
    waiting: list[int] = []
    for number, guess in enumerate(guesses):
        if guess.is_fixed or guess.confidence >= SURE_FROM:
            continue
        if waiting and not _fits_window(transcript, waiting[0], number, len(waiting) + 1):
            yield _window(transcript, guesses, waiting)
            waiting = []
        waiting.append(number)
    if waiting:
        yield _window(transcript, guesses, waiting)


def _fits_window(transcript: ClinicalTranscript, first: int, last: int, asked: int) -> bool:
    shown = transcript.utterances[max(0, first - LINES_AROUND) : last + LINES_AROUND + 1]
    return asked <= MAX_LINES and sum(count_tokens(_short(said.text)) for said in shown) <= MAX_TOKENS


def _window(
    transcript: ClinicalTranscript, guesses: Sequence[SpeakerGuess], asked: Sequence[int]
) -> LineWindow:
    first, last = max(0, asked[0] - LINES_AROUND), min(len(guesses), asked[-1] + LINES_AROUND + 1)
    shown = [
        f"{number + 1} {'?' if number in asked else guesses[number].speaker}: "
        f"{_short(transcript.utterances[number].text)}"
        for number in range(first, last)
    ]
    return LineWindow(tuple(asked), "\n".join(shown))


def _short(text: str) -> str:
    return fit(text, MAX_LINE_TOKENS)
