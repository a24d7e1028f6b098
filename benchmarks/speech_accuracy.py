"""How many words (English) and characters (Chinese) of real clips the embedded speech model gets wrong; of single digits
at telephone rate, how many are understood, and what is written down that nobody said.
"""

import sys
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from rapidfuzz.distance import Levenshtein

from benchmarks import intervals
from benchmarks.labelled_files import table
from benchmarks.speech_models import chosen_transcriber, models_directory, transcript_of
from benchmarks.spoken_numbers import DIGITS, SMALL
from llm_backend import patterns
from llm_backend.speech import chinese_text
from llm_backend.speech.transcription import Transcriber
from llm_backend.speech.transcripts import Transcript

COMMAND = "eval speech"
LANGUAGES = ("zh", "en")
DIGIT_CLIP = patterns.compile(r"(\d)_[^_]+_\d+")


def run(
    data: Annotated[Path, "clips and their transcripts.csv, or spoken digits, digit_speaker_index.wav"],
    model: Annotated[str, "a folder, or its name among the models"] = "whisper-base",
) -> dict[str, Any]:
    transcriber = chosen_transcriber("faster-whisper", models_directory() / model)
    if not (data / "transcripts.csv").is_file():
        if not digit_clips(data):
            raise SystemExit(f"{data} has no transcripts.csv and no digit_speaker_index.wav.")
        return {"trained_on": [], "tested_on": [f"{data.name}/*.wav"], **digits_measured(transcriber, data)}
    rows = [row for row in table(data / "transcripts.csv") if row["lang"] in LANGUAGES]
    if not rows:
        raise SystemExit(f"{data / 'transcripts.csv'} lists no clips in Chinese or English.")
    heard = [(row, transcript_of(transcriber, data / row["file"], LANGUAGES)) for row in rows]
    return {
        "trained_on": [],
        "tested_on": ["transcripts.csv"],
        **error_rate("wer_en", heard, "en"),
        **error_rate("cer_zh", heard, "zh"),
        **intervals.share("language_accuracy", [told.language == row["lang"] for row, told in heard]),
        "clips": len(heard),
    }


def error_rate(
    name: str, heard: Sequence[tuple[dict[str, str], Transcript]], language: str
) -> dict[str, Any]:
    """Left out, added or replaced, of all the words together, not the mean of clips; None when there are no clips."""
    wrong, expected = list[int](), list[int]()
    for row, told in (each for each in heard if each[0]["lang"] == language):
        said = units(row["text"], language)
        wrong.append(Levenshtein.distance(said, units(told.text, language)))
        expected.append(len(said))
        if wrong[-1] or told.language != language:
            counts = f"{wrong[-1]} of {len(said)} wrong, language {told.language}"
            sys.stderr.write(f"{row['file']}: {counts}\n  said   {row['text']}\n")
            sys.stderr.write(f"  heard  {told.text or '(no speech found)'}\n")
    return intervals.share(name, wrong, expected)


def units(text: str, language: str) -> list[str]:
    """Characters of Chinese, words of other languages, without case and punctuation. 10 and ten are one word."""
    text = unicodedata.normalize("NFKC", text).lower()
    if language == "zh":
        return patterns.findall(r"\w", chinese_text.as_written(text))
    words = patterns.findall(r"[\w']+", text)
    return [SMALL[int(word)] if word.isdigit() and int(word) <= 12 else word for word in words]


def digit_clips(directory: Path) -> list[Path]:
    """Those named digit_speaker_index.wav."""
    return sorted(path for path in directory.glob("*.wav") if DIGIT_CLIP.fullmatch(path.stem))


def digits_measured(transcriber: Transcriber, directory: Path) -> dict[str, Any]:
    """`no_digits` counts clips whose text is no digit, `invented_sentences` those of more than one word;
    `other_digit` counts a wrong digit, `unheard` no text at all."""
    clips = [_listen(transcriber, path) for path in digit_clips(directory)]
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
    for names in (SMALL[:10], [*DIGITS], [*"0123456789"]):
        if words[0] in names:
            return names.index(words[0])
    return None


def _listen(transcriber: Transcriber, path: Path) -> tuple[int, str]:
    """The digit that is said, and what is heard."""
    said, text = int(path.stem[0]), transcript_of(transcriber, path, LANGUAGES).text
    if digit_of(text) != said:
        sys.stderr.write(f"{path.name}: {text or '(no speech found)'}\n")
    return said, text
