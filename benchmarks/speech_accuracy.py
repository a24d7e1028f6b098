"""How many words (English) and characters (Chinese) of real clips the embedded speech model gets wrong."""

import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from rapidfuzz.distance import Levenshtein

from benchmarks import intervals, speech_models, spoken_digits
from benchmarks.labelled_files import table
from benchmarks.number_words import SMALL_WORDS
from benchmarks.speech_models import chosen_transcriber, models_directory
from llm_backend import patterns
from llm_backend.speech import chinese_text
from llm_backend.speech.transcription import Transcriber

COMMAND = "eval speech"
LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class Clip:
    path: Path
    language: str
    text: str


@dataclass(frozen=True)
class Score:
    """`wrong` counts what was left out, added or replaced among `expected` words or characters."""

    clip: Clip
    language: str
    text: str
    expected: int
    wrong: int


def run(
    data: Annotated[Path, "clips and their transcripts.csv, or spoken digits, digit_speaker_index.wav"],
    model: Annotated[str, "a folder, or its name among the models"] = "whisper-base",
) -> dict[str, Any]:
    transcriber = chosen_transcriber("faster-whisper", models_directory() / model)
    if not (data / "transcripts.csv").is_file():
        if not spoken_digits.recordings(data):
            raise SystemExit(f"{data} has no transcripts.csv and no digit_speaker_index.wav.")
        digit_figures = spoken_digits.measure(transcriber, data, LANGUAGES)
        return {"trained_on": [], "tested_on": [f"{data.name}/*.wav"], **digit_figures}
    scores = [score(transcriber, clip) for clip in clips(data)]
    if not scores:
        raise SystemExit(f"{data / 'transcripts.csv'} lists no clips in Chinese or English.")
    for each in scores:
        if not each.wrong and each.language == each.clip.language:
            continue
        name, transcript = each.clip.path.name, each.text or "(no speech found)"
        sys.stderr.write(f"{name}: {each.wrong} of {each.expected} wrong, language {each.language}\n")
        sys.stderr.write(f"  said   {each.clip.text}\n  heard  {transcript}\n")
    return {
        "trained_on": [],
        "tested_on": ["transcripts.csv"],
        **rate("wer_en", scores, "en"),
        **rate("cer_zh", scores, "zh"),
        **intervals.share("language_accuracy", [each.language == each.clip.language for each in scores]),
        "clips": len(scores),
    }


def clips(directory: Path) -> list[Clip]:
    rows = [row for row in table(directory / "transcripts.csv") if row["lang"] in LANGUAGES]
    return [Clip(directory / row["file"], row["lang"], row["text"]) for row in rows]


def score(transcriber: Transcriber, clip: Clip) -> Score:
    transcript = speech_models.transcript_of(transcriber, clip.path, LANGUAGES)
    right_units = units(clip.text, clip.language)
    wrong = Levenshtein.distance(right_units, units(transcript.text, clip.language))
    return Score(clip, transcript.language, transcript.text, len(right_units), wrong)


def rate(name: str, scores: Sequence[Score], language: str) -> dict[str, Any]:
    """Of all the words together, not the mean of clips; None when there are no clips."""
    some = [each for each in scores if each.clip.language == language]
    return intervals.share(name, [each.wrong for each in some], [each.expected for each in some])


def units(text: str, language: str) -> list[str]:
    """Characters of Chinese, words of other languages, without case and punctuation. 10 and ten are one word."""
    text = unicodedata.normalize("NFKC", text).lower()
    if language == "zh":
        return patterns.findall(r"\w", chinese_text.as_written(text))
    words = patterns.findall(r"[\w']+", text)
    return [SMALL_WORDS[int(word)] if word.isdigit() and int(word) <= 12 else word for word in words]
