"""Who speaks, doctor or patient, where nobody has labelled it: what the words tell, and that people take turns.

A hidden Markov chain over the utterances: words give the odds of each, turns the odds of a change from one to the next.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from pathlib import Path

from domain.clinical.transcripts.language import Language, detect_language, with_one_apostrophe
from domain.clinical.transcripts.transcript import ClinicalTranscript, Speaker, Utterance
from domain.clinical.word_lists import read
from llm_backend import patterns

_PAUSE_SECONDS = 0.6
# All as log-odds. However telling its words are, one utterance does not outweigh all others.
_MAX_WORD_ODDS = 4.0
_MODEL_EVIDENCE = 1.5
# How much likelier another person goes on than the same one. Typed lines are turns, segments of a recording are cut
# anywhere.
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
    by_model: Mapping[int, Speaker] | None = None,
) -> list[SpeakerGuess]:
    """One guess for each utterance. `fixed`: what a person has said of utterances; the others are guessed around it.

    `by_model`: what a model said of open ones; evidence beside words and turns, no verdict.
    """
    utterances = transcript.utterances
    if not utterances:
        return []
    fixed, by_model = fixed or {}, by_model or {}
    language: Language = "zh" if transcript.is_chinese else "en"
    evidence = [
        _evidence(each, language, fixed.get(number), by_model.get(number))
        for number, each in enumerate(utterances)
    ]
    turns = [_turn_odds(before, after) for before, after in pairwise(utterances)]
    guesses = []
    for number, odds in enumerate(_posterior(evidence, turns)):
        if number in fixed:
            guesses.append(SpeakerGuess(fixed[number], 1.0, is_fixed=True))
        else:
            confidence = 1 / (1 + math.exp(-min(50.0, abs(odds))))
            guesses.append(SpeakerGuess("doctor" if odds > 0 else "patient", round(confidence, 4)))
    return guesses


def with_speakers(transcript: ClinicalTranscript, guesses: Sequence[SpeakerGuess]) -> ClinicalTranscript:
    pairs = zip(transcript.utterances, guesses, strict=True)
    return ClinicalTranscript(tuple(replace(each, speaker=guess.speaker) for each, guess in pairs))


def doctor_odds(text: str, language: Language | None = None) -> float:
    """Log-odds that a doctor said it, by the words alone."""
    words = with_one_apostrophe(text).strip()
    marks = _mark_patterns(language or detect_language(text))
    total = sum(weight for pattern, weight in marks if pattern.search(words))
    return max(-_MAX_WORD_ODDS, min(_MAX_WORD_ODDS, total))


@cache
def _mark_patterns(language: Language) -> tuple[tuple[patterns.Pattern[str], float], ...]:
    marks = read(Path(__file__).with_suffix(".toml"))[language]["marks"]
    return tuple((patterns.compile(pattern, patterns.IGNORECASE), weight) for pattern, weight in marks)


def _evidence(
    utterance: Utterance, language: Language, fixed: Speaker | None, by_model: Speaker | None
) -> float:
    if fixed == "doctor":
        return math.inf
    if fixed in ("patient", "relative"):
        return -math.inf
    model_odds = 0.0 if by_model is None else _MODEL_EVIDENCE if by_model == "doctor" else -_MODEL_EVIDENCE
    return doctor_odds(utterance.text, language) + model_odds


def _turn_odds(before: Utterance, after: Utterance) -> float:
    if before.end is None or after.start is None:
        return _NEXT_LINE
    # Two at once are two people.
    if after.start < before.end:
        return _OVERLAP
    after_question = _AFTER_QUESTION if before.text.rstrip().endswith(("?", "？", "吗")) else 0.0
    after_pause = _AFTER_PAUSE if after.start - before.end > _PAUSE_SECONDS else 0.0
    return _NEXT_SEGMENT + after_question + after_pause


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
    # Beyond e^50 a float holds no difference.
    doctor = 1 / (1 + math.exp(-max(-50.0, min(50.0, odds))))
    return math.log((doctor * same + (1 - doctor) * other) / (doctor * other + (1 - doctor) * same))
