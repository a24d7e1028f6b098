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
class Score:
    """`wrong` counts what was left out, added or replaced among `expected` words or characters of a row."""

    row: dict[str, str]
    language: str
    text: str
    expected: int
    wrong: int

    @property
    def is_language_right(self) -> bool:
        return self.language == self.row["lang"]


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
    rows = [row for row in table(data / "transcripts.csv") if row["lang"] in LANGUAGES]
    scores = [score(transcriber, data / row["file"], row) for row in rows]
    if not scores:
        raise SystemExit(f"{data / 'transcripts.csv'} lists no clips in Chinese or English.")
    for each in (each for each in scores if each.wrong or not each.is_language_right):
        counts = f"{each.wrong} of {each.expected} wrong, language {each.language}"
        sys.stderr.write(f"{each.row['file']}: {counts}\n  said   {each.row['text']}\n")
        sys.stderr.write(f"  heard  {each.text or '(no speech found)'}\n")
    return {
        "trained_on": [],
        "tested_on": ["transcripts.csv"],
        **rate("wer_en", scores, "en"),
        **rate("cer_zh", scores, "zh"),
        **intervals.share("language_accuracy", [each.is_language_right for each in scores]),
        "clips": len(scores),
    }


def score(transcriber: Transcriber, path: Path, row: dict[str, str]) -> Score:
    transcript = speech_models.transcript_of(transcriber, path, LANGUAGES)
    right_units, heard = (units(text, row["lang"]) for text in (row["text"], transcript.text))
    wrong = Levenshtein.distance(right_units, heard)
    return Score(row, transcript.language, transcript.text, len(right_units), wrong)


def rate(name: str, scores: Sequence[Score], language: str) -> dict[str, Any]:
    """Of all the words together, not the mean of clips; None when there are no clips."""
    some = [each for each in scores if each.row["lang"] == language]
    return intervals.share(name, [each.wrong for each in some], [each.expected for each in some])


def units(text: str, language: str) -> list[str]:
    """Characters of Chinese, words of other languages, without case and punctuation. 10 and ten are one word."""
    text = unicodedata.normalize("NFKC", text).lower()
    if language == "zh":
        return patterns.findall(r"\w", chinese_text.as_written(text))
    words = patterns.findall(r"[\w']+", text)
    return [SMALL_WORDS[int(word)] if word.isdigit() and int(word) <= 12 else word for word in words]
