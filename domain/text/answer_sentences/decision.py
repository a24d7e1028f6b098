"""Whether the best sentence answers: a logistic regression over what the reader, the search and the words say of it.

Fitted by `./kongming train answers` on handbooks that the reader was not trained on and on articles with and without their
passage; `decision.json` names the two limits that were chosen there.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np

from domain.text.answer_sentences import ranking
from domain.text.answer_sentences.question_kinds import Kind, has_answer, kind_of
from domain.text.answer_sentences.ranking import FIGURES, Candidate
from llm_backend.sentences import is_chinese

WEIGHTS = Path(__file__).with_name("decision.json")
FEATURES = (
    "relevance",
    "relevance_of_best",
    "relevance_lead",
    "score_lead",
    "similarity",
    "passage_similarity",
    "passage_lead",
    "passage_lead_over_next",
    "words_in_sentence",
    "words_in_passage",
    "words_nowhere",
    "stands_out",
    "has_what_is_asked_for",
    "asks_for_figure",
    "asks_for_permission",
    "same_language",
)
# The lead of one that stands alone.
NO_RIVAL = 3.0


class Verdict(Enum):
    """`ABOUT`: the sentence is about the matter, and may not be what was asked."""

    ANSWER = auto()
    ABOUT = auto()
    NOT_FOUND = auto()


@dataclass(frozen=True)
class Decision:
    by_feature: Any
    offset: float
    answer_from: float
    about_from: float


def verdict(chance: float) -> Verdict:
    limits = decision()
    if chance >= limits.answer_from:
        return Verdict.ANSWER
    return Verdict.ABOUT if chance >= limits.about_from else Verdict.NOT_FOUND


def chance(question: str, candidates: Sequence[Candidate], scores: Sequence[float]) -> float:
    """That the candidate with the highest score answers; 0 without candidates."""
    if not candidates:
        return 0.0
    model = decision()
    return 1 / (
        1 + math.exp(-float(features(question, candidates, scores) @ model.by_feature + model.offset))
    )


def features(question: str, candidates: Sequence[Candidate], scores: Sequence[float]) -> Any:
    """A vector in the order of FEATURES. `scores`: those of the ranking."""
    order = sorted(range(len(candidates)), key=lambda place: -scores[place])
    best = candidates[order[0]]
    # What stands beside the best one often says the same again; it is no rival.
    rivals = [each for each in candidates if each.passage_rank != best.passage_rank]
    words, rarity = ranking.rarities(question, candidates)
    own = words & ranking.words_of(best)
    in_passage = words & frozenset().union(
        *(ranking.words_of(each) for each in candidates if each.passage_rank == best.passage_rank)
    )
    somewhere = words & frozenset().union(*map(ranking.words_of, candidates))
    cosines = [each.similarity for each in candidates if each.similarity is not None]
    by_passage = {each.passage_rank: ranking.scaled(each.passage_similarity) for each in candidates}
    others = sorted((each for rank, each in by_passage.items() if rank != best.passage_rank), reverse=True)
    kind = kind_of(question)
    return np.array(
        [
            best.relevance,
            max(each.relevance for each in candidates),
            best.relevance - max((each.relevance for each in rivals), default=best.relevance - NO_RIVAL),
            scores[order[0]] - scores[order[1]] if len(order) > 1 else NO_RIVAL,
            ranking.scaled(best.similarity),
            by_passage[best.passage_rank],
            by_passage[best.passage_rank] - others[0] if others else 0.0,
            by_passage[best.passage_rank] - fmean(others[:4]) if others else 0.0,
            ranking.share(own, rarity),
            ranking.share(in_passage, rarity),
            1 - ranking.share(somewhere, rarity),
            ranking.scaled(best.similarity) - ranking.scaled(fmean(cosines)) if cosines else 0.0,
            float(has_answer(kind, best.text)),
            float(kind in FIGURES),
            float(kind == Kind.PERMISSION),
            float(is_chinese(question) == is_chinese(best.text)),
        ]
    )


@cache
def decision() -> Decision:
    row = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    by_feature = np.array([row["by_feature"][name] for name in FEATURES])
    return Decision(by_feature, row["offset"], row["answer_from"], row["about_from"])
