"""Single digits at telephone rate: how many are understood, and what is written down that nobody said."""

import sys
from pathlib import Path
from typing import Any

from benchmarks import intervals
from benchmarks.number_words import DIGITS, SMALL_WORDS
from benchmarks.speech_models import transcript_of
from llm_backend import patterns
from llm_backend.speech.transcription import Transcriber

FILE_NAME = patterns.compile(r"(\d)_[^_]+_\d+")


def recordings(directory: Path) -> list[Path]:
    """Those named digit_speaker_index.wav."""
    return sorted(path for path in directory.glob("*.wav") if FILE_NAME.fullmatch(path.stem))


def measure(transcriber: Transcriber, directory: Path, languages: tuple[str, ...]) -> dict[str, Any]:
    """`no_digits` counts clips whose text is no digit, `invented_sentences` those of more than one word;
    `other_digit` counts a wrong digit, `unheard` no text at all."""
    clips = [_listen(transcriber, path, languages) for path in recordings(directory)]
    no_digits = [text for _said, text in clips if text and digit_of(text) is None]
    return {
        **intervals.share("digit_accuracy", [digit_of(text) == said for said, text in clips]),
        "invented": len(no_digits),
        "invented_sentences": sum(len(text.split()) > 1 for text in no_digits),
        "other_digit": sum(digit_of(text) not in (None, said) for said, text in clips),
        "unheard": sum(not text for _said, text in clips),
        "clips": len(clips),
    }


def digit_of(text: str) -> int | None:
    """None of anything but one digit."""
    words = patterns.findall(r"\w+", text.lower())
    if len(words) != 1:
        return None
    for names in (SMALL_WORDS[:10], [*DIGITS], [*"0123456789"]):
        if words[0] in names:
            return names.index(words[0])
    return None


def _listen(transcriber: Transcriber, path: Path, languages: tuple[str, ...]) -> tuple[int, str]:
    """The digit that is said, and what is heard."""
    said, text = int(path.stem[0]), transcript_of(transcriber, path, languages).text
    if digit_of(text) != said:
        sys.stderr.write(f"{path.name}: {text or '(no speech found)'}\n")
    return said, text
