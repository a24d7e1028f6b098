"""Who speaks where words and turns leave it open: what a model that reads the lines around is asked."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.clinical.transcripts.speakers import SpeakerGuess
from domain.clinical.transcripts.transcript import MAX_LINE_TOKENS, ClinicalTranscript, Speaker
from llm_backend.tokens import count_tokens, fit

# Of the lines guessed with this confidence or more 97.7 % are right (`sure_accuracy` of `eval speakers`): nobody is asked.
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
    """`numbers`: of the utterances in question, counted from 0; `lines` and the model count from 1."""

    numbers: tuple[int, ...]
    lines: str

    @property
    def line_numbers(self) -> str:
        return ", ".join(str(number + 1) for number in self.numbers)

    def speakers(self, answer: SpeakersOfLines) -> dict[int, Speaker]:
        """By utterance. Lines that nobody asked about do not count."""
        answers: dict[int, Speaker] = {each.line - 1: each.speaker for each in answer.lines}
        return {number: answers[number] for number in self.numbers if number in answers}


def uncertain_windows(
    transcript: ClinicalTranscript, guesses: Sequence[SpeakerGuess]
) -> Iterator[LineWindow]:
    """Stretches with the lines that are open and a few around them, none longer than a question may be."""
    waiting: list[int] = []
    for number, guess in enumerate(guesses):
        if guess.is_fixed or guess.confidence >= SURE_FROM:
            continue
        if waiting:
            lines = transcript.utterances[max(0, waiting[0] - LINES_AROUND) : number + LINES_AROUND + 1]
            tokens = sum(count_tokens(fit(line.text, MAX_LINE_TOKENS)) for line in lines)
            if len(waiting) >= MAX_LINES or tokens > MAX_TOKENS:
                yield _window(transcript, guesses, waiting)
                waiting = []
        waiting.append(number)
    if waiting:
        yield _window(transcript, guesses, waiting)


def _window(
    transcript: ClinicalTranscript, guesses: Sequence[SpeakerGuess], numbers: Sequence[int]
) -> LineWindow:
    first, last = max(0, numbers[0] - LINES_AROUND), min(len(guesses), numbers[-1] + LINES_AROUND + 1)
    lines = [
        f"{number + 1} {'?' if number in numbers else guesses[number].speaker}: "
        f"{fit(transcript.utterances[number].text, MAX_LINE_TOKENS)}"
        for number in range(first, last)
    ]
    return LineWindow(tuple(numbers), "\n".join(lines))
