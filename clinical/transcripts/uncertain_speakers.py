"""Who speaks where words and turns leave it open: what a model that reads the lines around is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from clinical.drafting.extraction_schema import LONGEST_LINE_TOKENS
from clinical.transcripts.speakers import Guess
from clinical.transcripts.transcript import ClinicalTranscript, Speaker
from llm_backend.tokens import count_tokens, fit

SURE = 0.9
MOST_ASKED, AROUND, TOKENS = 12, 2, 1500


class SpeakerOfLine(BaseModel):
    model_config = ConfigDict(extra="forbid")

    line: int
    speaker: Literal["doctor", "patient"]


class SpeakersOfLines(BaseModel):
    model_config = ConfigDict(extra="forbid")

    lines: list[SpeakerOfLine] = Field(max_length=MOST_ASKED)


@dataclass(frozen=True, slots=True)
class Window:
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


def windows(transcript: ClinicalTranscript, guesses: Sequence[Guess]) -> Iterator[Window]:
    """Stretches with the lines that are open and a few around them, none longer than a question may be."""
    waiting: list[int] = []
    for number, guess in enumerate(guesses):
        if guess.is_fixed or guess.confidence >= SURE:
            continue
        if waiting and not _fits(transcript, waiting[0], number, len(waiting) + 1):
            yield _window(transcript, guesses, waiting)
            waiting = []
        waiting.append(number)
    if waiting:
        yield _window(transcript, guesses, waiting)


def _fits(transcript: ClinicalTranscript, first: int, last: int, asked: int) -> bool:
    shown = transcript.utterances[max(0, first - AROUND) : last + AROUND + 1]
    return asked <= MOST_ASKED and sum(count_tokens(_short(said.text)) for said in shown) <= TOKENS


def _window(transcript: ClinicalTranscript, guesses: Sequence[Guess], asked: Sequence[int]) -> Window:
    first, last = max(0, asked[0] - AROUND), min(len(guesses), asked[-1] + AROUND + 1)
    shown = [
        f"{number + 1} {'?' if number in asked else guesses[number].speaker}: "
        f"{_short(transcript.utterances[number].text)}"
        for number in range(first, last)
    ]
    return Window(tuple(asked), "\n".join(shown))


def _short(text: str) -> str:
    return fit(text, LONGEST_LINE_TOKENS)
