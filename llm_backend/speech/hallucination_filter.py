"""What a speech model makes of one chunk, and whether it was really said."""

from dataclasses import dataclass
from typing import Protocol

from llm_backend import patterns
from llm_backend.sentences import repeats_itself
from llm_backend.speech.audio import Samples
from llm_backend.speech.transcripts import Word

# That of Whisper's own decoder (OpenAI's `transcribe`): there a decoding below it counts as failed.
GUESS_LOG_PROBABILITY = -1.0
# Below this mean probability of its words, a text on noise or music is a guess.
GUESS_PROBABILITY = 0.35
# Models share a number's probability between its ways to be written: 7, seven, Seven.
NUMBER_GUESS_PROBABILITY = 0.15
NUMBER = patterns.compile(r"\A\W*+\d[\W\d]*+")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Times are seconds of the chunk. `log_probability` is the model's own, the mean of its tokens."""

    text: str
    start: float
    end: float
    words: tuple[Word, ...] = ()
    log_probability: float = 0.0


@dataclass(frozen=True, slots=True)
class Recognition:
    language: str
    phrases: tuple[Phrase, ...]


class SpeechModel(Protocol):
    def hear(self, samples: Samples, *, languages: tuple[str, ...], prompt: str) -> Recognition:
        """One chunk of speech, in the likeliest of `languages`."""


def is_said(phrase: Phrase, prompt: str) -> bool:
    """False for what models invent where nobody speaks: guesses, endless loops, echoes of the prompt."""
    least = NUMBER_GUESS_PROBABILITY if NUMBER.fullmatch(phrase.text) else GUESS_PROBABILITY
    is_guess = phrase.log_probability < GUESS_LOG_PROBABILITY or confidence(phrase) < least
    # The whole prompt read back; single terms of it are what it is there for.
    is_echo = len(prompt) > 10 and prompt.strip() in phrase.text
    return bool(phrase.text.strip()) and not (is_guess or is_echo or repeats_itself(phrase.text))


def confidence(phrase: Phrase) -> float:
    """Mean probability of the words; 1 when the model does not tell."""
    if not phrase.words:
        return 1.0
    return sum(word.probability for word in phrase.words) / len(phrase.words)
