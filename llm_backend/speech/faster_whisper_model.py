"""Whisper on CTranslate2: the embedded default. Loaded once in a process."""

import functools
import logging
import math
from collections.abc import Iterable
from pathlib import Path

from faster_whisper import WhisperModel
from faster_whisper.transcribe import Segment as WhisperSegment

from llm_backend.sentences import repeats_itself
from llm_backend.speech import errors
from llm_backend.speech.audio import SAMPLE_RATE, Samples
from llm_backend.speech.chunks import MARGIN_SECONDS, SILENCE_AFTER_SECONDS
from llm_backend.speech.hallucination_filter import Phrase, Recognition
from llm_backend.speech.transcripts import Word

# It reports every chunk.
logging.getLogger("faster_whisper").setLevel(logging.WARNING)

# As OpenAI's own command line has it.
BEAMS = 5
# A loop is decoded once more in a way that cannot say the same five tokens twice.
LOOP_TOKENS = 5
# Whisper asks itself what follows the last word. When only the padding does, it makes something up.
SPEECHLESS_SECONDS = SILENCE_AFTER_SECONDS + MARGIN_SECONDS + 0.3


@functools.lru_cache(maxsize=2)
def load(folder: Path, threads: int) -> "FasterWhisper":
    """Loaded once a process; raises SpeechModelMissing."""
    if not (folder / "model.bin").is_file():
        raise errors.SpeechModelMissing(f"there is no model.bin in {folder}")
    try:
        model = WhisperModel(
            str(folder), device="cpu", compute_type="int8", cpu_threads=threads, local_files_only=True
        )
    except (RuntimeError, ValueError) as error:
        raise errors.SpeechModelMissing(f"{folder} cannot be loaded: {error}") from error
    return FasterWhisper(model)


class FasterWhisper:
    def __init__(self, model: WhisperModel) -> None:
        self.model = model

    def hear(self, samples: Samples, *, languages: tuple[str, ...], prompt: str) -> Recognition:
        language = self._language(samples, languages)
        phrases = self._phrases(samples, language, prompt, loop_tokens=0)
        if any(repeats_itself(phrase.text) for phrase in phrases):
            phrases = self._phrases(samples, language, prompt, loop_tokens=LOOP_TOKENS)
        return Recognition(language, phrases)

    def _language(self, samples: Samples, languages: tuple[str, ...]) -> str:
        if len(languages) == 1:
            return languages[0]
        _, _, probabilities = self.model.detect_language(samples)
        likeliest: str = max(
            (
                (probability, code)
                for code, probability in probabilities
                if not languages or code in languages
            ),
            default=(0.0, languages[0] if languages else "en"),
        )[1]
        return likeliest

    def _phrases(
        self, samples: Samples, language: str, prompt: str, *, loop_tokens: int
    ) -> tuple[Phrase, ...]:
        """Without chance (temperature 0) and without the text so far: the same sound always reads the same."""
        segments, _ = self.model.transcribe(
            samples,
            language=language,
            beam_size=BEAMS,
            temperature=0.0,
            no_repeat_ngram_size=loop_tokens,
            condition_on_previous_text=False,
            initial_prompt=prompt or None,
            word_timestamps=True,
        )
        return tuple(_phrase(segment) for segment in _until_end(segments, len(samples) / SAMPLE_RATE))


def _until_end(segments: Iterable[WhisperSegment], seconds: float) -> Iterable[WhisperSegment]:
    """The generator decodes window by window; leaving it early keeps it from decoding the padding."""
    for segment in segments:
        yield segment
        if segment.end >= seconds - SPEECHLESS_SECONDS:
            return


def _phrase(segment: WhisperSegment) -> Phrase:
    words = tuple(
        Word(word.word.strip(), float(word.start), float(word.end), round(float(word.probability), 3))
        for word in segment.words or ()
    )
    return Phrase(
        text=segment.text,
        start=segment.start,
        end=segment.end,
        words=words,
        # Of a segment without tokens the mean is no number. −10 lies far below GUESS_LOG_PROBABILITY, so it counts as a
        # guess.
        log_probability=segment.avg_logprob if math.isfinite(segment.avg_logprob) else -10.0,
    )
