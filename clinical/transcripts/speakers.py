"""Who speaks, doctor or patient, where nobody has labelled it: what the words tell, and that people take turns."""

import math
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from clinical.grounding.negation_cues import Language, with_one_apostrophe
from clinical.transcripts.transcript import ClinicalTranscript, Speaker, Utterance
from llm_backend import patterns
from llm_backend.sentences import is_chinese

_ROLES: tuple[Speaker, Speaker] = ("doctor", "patient")
_MARKS = Path(__file__).with_suffix(".toml")
_PAUSE_SECONDS = 0.6
_MAX_WORD_ODDS = 4.0
_MODEL_EVIDENCE = 1.5
# How much likelier another person goes on than the same one, as log-odds.
_NEXT_LINE = 1.8
_NEXT_SEGMENT = -0.4
_AFTER_QUESTION = 1.6
_AFTER_PAUSE = 0.6
_OVERLAP = 1.8


@dataclass(frozen=True, slots=True)
class SpeakerGuess:
    """`confidence`: between 0.5 and 1. `is_fixed`: a person said so."""

    speaker: Speaker
    confidence: float
    is_fixed: bool = False


def guess_speakers(
    transcript: ClinicalTranscript,
    fixed: Mapping[int, Speaker] | None = None,
    witnessed: Mapping[int, Speaker] | None = None,
) -> list[SpeakerGuess]:
    """One guess for each utterance. `fixed`: what a person has said of utterances; the others are guessed around it.

    `witnessed`: what a model said of open ones; evidence beside words and turns, no verdict.
    """
    utterances = transcript.utterances
    if not utterances:
        return []
    known = dict(fixed or {})
    language: Language = "zh" if transcript.is_chinese else "en"
    heard = witnessed or {}
    evidence = [
        _word_evidence(each, language, known.get(number)) + _model_evidence(heard.get(number))
        for number, each in enumerate(utterances)
    ]
    turns = [_turn_odds(before, after) for before, after in pairwise(utterances)]
    return [
        SpeakerGuess(known[number], 1.0, is_fixed=True) if number in known else _speaker_guess(odds)
        for number, odds in enumerate(_posterior(evidence, turns))
    ]


def with_speakers(transcript: ClinicalTranscript, guesses: Sequence[SpeakerGuess]) -> ClinicalTranscript:
    told = zip(transcript.utterances, guesses, strict=True)
    return ClinicalTranscript(tuple(replace(each, speaker=guess.speaker) for each, guess in told))


def doctor_odds(text: str, language: Language | None = None) -> float:
    """Log-odds that a doctor said it, by the words alone."""
    language = language or ("zh" if is_chinese(text) else "en")
    said = with_one_apostrophe(text).strip()
    total = sum(weight for pattern, weight in _mark_patterns(language) if pattern.search(said))
    return max(-_MAX_WORD_ODDS, min(_MAX_WORD_ODDS, total))


@cache
def _mark_patterns(language: Language) -> tuple[tuple[patterns.Pattern[str], float], ...]:
    listed = tomllib.loads(_MARKS.read_text(encoding="utf-8"))[language]["marks"]
    return tuple((patterns.compile(pattern, patterns.IGNORECASE), weight) for pattern, weight in listed)


def _word_evidence(utterance: Utterance, language: Language, known: Speaker | None) -> float:
    if known == "doctor":
        return math.inf
    if known in ("patient", "relative"):
        return -math.inf
    return doctor_odds(utterance.text, language)


def _model_evidence(speaker: Speaker | None) -> float:
    if speaker is None:
        return 0.0
    return _MODEL_EVIDENCE if speaker == "doctor" else -_MODEL_EVIDENCE


def _turn_odds(before: Utterance, after: Utterance) -> float:
    if before.end is None or after.start is None:
        return _NEXT_LINE
    if after.start < before.end:
        return _OVERLAP
    asked = _AFTER_QUESTION if before.text.rstrip().endswith(("?", "？", "吗")) else 0.0
    paused = _AFTER_PAUSE if after.start - before.end > _PAUSE_SECONDS else 0.0
    return _NEXT_SEGMENT + asked + paused


def _posterior(evidence: Sequence[float], turns: Sequence[float]) -> list[float]:
    """Log-odds of the doctor at each place, given all of the words: forward and backward over the chain."""
    forward = [evidence[0]]
    for odds, turn in zip(evidence[1:], turns, strict=True):
        forward.append(odds + _neighbour_odds(forward[-1], turn))
    backward = [0.0]
    for odds, turn in zip(reversed(evidence[1:]), reversed(turns), strict=True):
        backward.append(_neighbour_odds(odds + backward[-1], turn))
    return [ahead + behind for ahead, behind in zip(forward, reversed(backward), strict=True)]


def _neighbour_odds(odds: float, turn: float) -> float:
    """What the odds of one utterance say about its neighbour, where `turn` are the odds of a change."""
    if math.isinf(odds):
        return -turn if odds > 0 else turn
    same, other = 1 / (1 + math.exp(turn)), 1 / (1 + math.exp(-turn))
    doctor = 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))
    return math.log((doctor * same + (1 - doctor) * other) / (doctor * other + (1 - doctor) * same))


def _speaker_guess(odds: float) -> SpeakerGuess:
    confidence = 1 / (1 + math.exp(-min(50.0, abs(odds))))
    return SpeakerGuess(_ROLES[0] if odds > 0 else _ROLES[1], round(confidence, 4))
