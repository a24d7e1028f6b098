"""What a text sounds like, in the phonemes that Kokoro was trained on: Chinese by misaki, English by espeak-ng.

phonemes("一盒 250 克, good tea.", language="zh")

espeak-ng is asked as a process: it is under the GPL and stays a program of its own.
"""

import functools
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import jieba
from misaki.zh import ZHG2P
from pypinyin import Style, lazy_pinyin

from llm_backend import patterns
from llm_backend.speech.chinese_reading import in_words
from llm_backend.unicode_forms import nfkc

Language = Literal["zh", "en"]
ESPEAK = ("espeak-ng", "-q", "--ipa", "--tie=^", "-v", "en-us")
# Thousands of characters take it a tenth of a second.
ESPEAK_SECONDS = 20
HAN = patterns.compile(r"[\u3400-\u9fff〇]")
LATIN = patterns.compile(r"[A-Za-zÀ-ÖØ-öø-ɏ]")
LATIN_WORDS = patterns.compile(r"([A-Za-zÀ-ÖØ-öø-ɏ]+(?:[ '’.@/-][A-Za-zÀ-ÖØ-öø-ɏ]+)*)")
WORD = patterns.compile(r"\w")
# Full-width punctuation is punctuation also before a digit, where a half-width mark belongs to the number.
FULL_WIDTH = str.maketrans(
    {mark: f"{plain} " for mark, plain in zip("，、。！？；：…\n", ",,.!?;:..", strict=True)}
    | dict.fromkeys('（）()《》【】「」『』“”"[]{}<>|^`\\_*#', " ")
)
MARK = patterns.compile(r"([!?;—]|[.,:](?![0-9A-Za-z]))")
UNKNOWN = patterns.compile(r"[^\s0-9A-Za-zÀ-ÖØ-öø-ɏ\u3400-\u9fff〇'’&%$€£¥@+=/×°~–.,!?;:—-]")
# From espeak-ng's phonemes to those of the model, in this order, as misaki has it for American English.
FROM_ESPEAK: list[tuple[str, str]] = json.loads(
    Path(__file__).with_name("espeak_phonemes.json").read_text("utf-8")
)


class CannotRead(Exception):
    """Why a text cannot be read aloud, in a sentence."""


@dataclass(frozen=True, slots=True)
class Phonemes:
    """`skipped`: the characters of which nobody knows how they sound."""

    text: str
    skipped: str


@dataclass(frozen=True, slots=True)
class Run:
    kind: Literal["mark", "zh", "en"]
    text: str


def is_chinese(text: str, *, otherwise: Language = "en") -> bool:
    """Whether numbers in it are read in Chinese. `otherwise`: the language of a text that has only numbers."""
    return bool(HAN.search(text)) or (otherwise == "zh" and not LATIN.search(text))


def phonemes(text: str, *, language: Language) -> Phonemes:
    """Both languages, each by its own rules. Raises CannotRead."""
    text = patterns.sub(r"(?<=\d)：(?=\d)", ":", text)
    text = nfkc(text.translate(FULL_WIDTH))
    skipped = dict.fromkeys(UNKNOWN.findall(text))
    runs = list(_runs(" ".join(UNKNOWN.sub(" ", text).split()), language))
    english = iter(_english([run.text for run in runs if run.kind == "en"]))
    parts: list[str] = []
    for run in runs:
        if run.kind == "mark":
            # Of several marks in a row the first one counts.
            if parts and parts[-1] not in ".,!?;:—":
                parts.append(run.text)
            continue
        sound, unknown = (next(english), "") if run.kind == "en" else _chinese(run.text)
        skipped |= dict.fromkeys(unknown)
        parts += [f" {sound}"] if sound else []
    return Phonemes("".join(parts).strip(), "".join(skipped))


def _runs(text: str, language: Language) -> Iterator[Run]:
    all_chinese = is_chinese(text, otherwise=language)
    for clause in MARK.split(text):
        if MARK.fullmatch(clause):
            yield Run("mark", clause)
            continue
        is_english = not all_chinese or (LATIN.search(clause) and not HAN.search(clause))
        words = [clause] if is_english else LATIN_WORDS.split(in_words(clause))
        for run in filter(WORD.search, words):
            yield Run("en" if is_english or LATIN.search(run) else "zh", run.strip())


def _chinese(text: str) -> tuple[str, str]:
    """The phonemes of words, and the characters without a known sound."""
    unknown: list[str] = []

    def leave_out(rest: str) -> str:
        unknown.extend(HAN.findall(rest))
        return ""

    words = []
    for word in jieba.cut(text):
        syllables = lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors=leave_out)
        words.append("".join(map(_syllable, syllables)))
    return " ".join(filter(None, words)), "".join(unknown)


@functools.lru_cache(maxsize=2000)
def _syllable(pinyin: str) -> str:
    # A sign for “non-syllabic” that the model does not know.
    return str(ZHG2P.py2ipa(pinyin)).replace("\u032f", "")


def _english(texts: Sequence[str]) -> list[str]:
    if not texts:
        return []
    lines = _espeak("\n".join(texts))
    if len(lines) != len(texts):
        # What is long comes back in several lines: each alone then.
        lines = [" ".join(_espeak(text)) for text in texts]
    return [_from_espeak(line) for line in lines]


def _espeak(text: str) -> list[str]:
    try:
        process = subprocess.run(
            ESPEAK, input=text.encode(), capture_output=True, timeout=ESPEAK_SECONDS, check=True
        )
    except FileNotFoundError as error:
        raise CannotRead(
            "English is read with espeak-ng, which is not installed on this machine: apt install espeak-ng"
        ) from error
    except subprocess.SubprocessError as error:
        raise CannotRead(f"espeak-ng could not read the English in it: {error}") from error
    return process.stdout.decode("utf-8", "replace").splitlines()


def _from_espeak(sound: str) -> str:
    # “(fr)” where it takes a word for one of another language.
    sound = patterns.sub(r"\([a-z-]{2,12}\)", "", sound)
    sound = patterns.sub(r"(\S)\u0329", r"ᵊ\1", sound)
    for theirs, ours in FROM_ESPEAK:
        sound = sound.replace(theirs, ours)
    return sound.strip()
