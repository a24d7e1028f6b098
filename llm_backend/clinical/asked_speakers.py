"""Who speaks where words and turns leave it open: a model that reads the lines around is asked, and counts as a witness.

Its answer is evidence beside the rest, not a verdict: what a person has set stays, and a line between two sure ones
is not turned by a small model that contradicts both.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from llm_backend.clinical.asking import LONGEST_LINE_TOKENS
from llm_backend.clinical.speakers import Guess
from llm_backend.clinical.transcript import ClinicalTranscript
from llm_backend.tokens import count_tokens, fit

SURE = 0.9
# What a witness is worth, as log-odds.
WITNESS = 1.5
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

    def evidence(self, answer: SpeakersOfLines) -> dict[int, float]:
        """Log-odds that a doctor said it; lines nobody asked about do not count."""
        told = {said.line - 1: said.speaker for said in answer.lines}
        return {
            number: WITNESS if told[number] == "doctor" else -WITNESS
            for number in self.asked
            if number in told
        }


def windows(transcript: ClinicalTranscript, guesses: Sequence[Guess]) -> Iterator[Window]:
    """Stretches with the lines that are open and a few around them, none longer than a question may be."""
    open_lines = [n for n, guess in enumerate(guesses) if not guess.is_fixed and guess.confidence < SURE]
    waiting: list[int] = []
    for number in open_lines:
        if waiting and not _fits(transcript, [*waiting, number]):
            yield _window(transcript, guesses, waiting)
            waiting = []
        waiting.append(number)
    if waiting:
        yield _window(transcript, guesses, waiting)


def _fits(transcript: ClinicalTranscript, asked: Sequence[int]) -> bool:
    first, last = asked[0] - AROUND, asked[-1] + AROUND
    shown = transcript.utterances[max(0, first) : last + 1]
    return len(asked) <= MOST_ASKED and sum(count_tokens(_short(said.text)) for said in shown) <= TOKENS


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


def merged(some: Sequence[Mapping[int, float]]) -> dict[int, float]:
    return {number: odds for each in some for number, odds in each.items()}
