"""Sentences by how likely each is the one that answers: a linear model over what the search and the reader say of each.

Trained as a conditional logit (which of the candidates is it?) by `./kongming train answers`.
"""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from domain.text.answer_sentences.question_kinds import Kind, has_answer, kind_of
from llm_backend.wording import Wording, normalise

WEIGHTS = Path(__file__).with_name("weights.json")
FEATURES = (
    "similarity_behind_best",
    "similarity",
    "passage_similarity",
    "passage_behind_best",
    "passage_rank",
    "words",
    "words_of_neighbours",
    "words_unweighted",
    "is_first",
    "has_figure_asked_for",
    "has_other_asked_for",
    "is_question",
    "relevance",
    "relevance_behind_best",
)
# Cosines of e5 lie between 0.75 and 0.95; the features should be of about one size.
COSINE_SCALE, COSINE_ZERO = 20.0, 0.85
FIGURES = frozenset({Kind.MONEY, Kind.TIME, Kind.NUMBER})

Matrix = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence of a passage. Similarities are cosines to the question, None where there is no vector yet.

    `passage_rank` counts from 0; `around`: the sentences before and after it; `relevance`: the reader's log-odds.
    """

    heading: str
    text: str
    around: str
    is_first: bool
    similarity: float | None
    passage_similarity: float | None
    passage_score: float
    passage_rank: int
    relevance: float


def scores(questions: Sequence[str], candidates: Sequence[Candidate]) -> list[float]:
    """One a candidate, higher is likelier; comparable within one call. A question that leans on the one before comes
    twice, alone and together with it."""
    if not candidates:
        return []
    matrix = sum(features(question, candidates) for question in questions) / len(questions)
    return [float(score) for score in matrix @ weights()]


def features(question: str, candidates: Sequence[Candidate]) -> Matrix:
    """A row a candidate, a column a feature."""
    kind, words_of_each = kind_of(question), [words_of(candidate) for candidate in candidates]
    question_words, rarity = rarities(question, candidates)
    best = max((candidate.similarity or 0.0 for candidate in candidates), default=0.0)
    best_passage = max(candidate.passage_score for candidate in candidates)
    best_relevance = max(candidate.relevance for candidate in candidates)
    rows = []
    for candidate, words in zip(candidates, words_of_each, strict=True):
        answers = has_answer(kind, candidate.text)
        rows.append(
            (
                0.0 if candidate.similarity is None else COSINE_SCALE * (candidate.similarity - best),
                scaled(candidate.similarity),
                scaled(candidate.passage_similarity),
                candidate.passage_score - best_passage,
                -0.3 * candidate.passage_rank,
                share(question_words & words, rarity),
                share(question_words & (words_in(candidate.around) - words), rarity),
                len(question_words & words) / max(1, len(question_words)),
                float(candidate.is_first),
                float(answers and kind in FIGURES),
                float(answers and kind not in FIGURES),
                float(candidate.text.rstrip().endswith(("?", "？"))),
                candidate.relevance,
                candidate.relevance - best_relevance,
            )
        )
    return np.array(rows)


def rarities(question: str, candidates: Sequence[Candidate]) -> tuple[frozenset[str], dict[str, float]]:
    """The words of the question that carry meaning, and how rare each is among the candidates (BM25's IDF): the fewer have
    it, the more it says which of them is meant.
    """
    words = words_in(question)
    having = Counter(word for candidate in candidates for word in words_of(candidate) & words)
    return words, {
        word: math.log(1 + (len(candidates) - having[word] + 0.5) / (having[word] + 0.5)) for word in words
    }


@cache
def weights() -> Matrix:
    by_feature = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return np.array([by_feature[name] for name in FEATURES])


def words_of(candidate: Candidate) -> frozenset[str]:
    return words_in(f"{candidate.heading}\n{candidate.text}")


def share(words: frozenset[str], rarity: Mapping[str, float]) -> float:
    """Which part of the question these of its words are, by their rarity."""
    return sum(rarity[word] for word in words) / (sum(rarity.values()) or 1.0)


def scaled(cosine: float | None) -> float:
    """Cosines lie close together; the weights were learnt from numbers of about one size. 0 where there is none yet."""
    return 0.0 if cosine is None else COSINE_SCALE * (cosine - COSINE_ZERO)


@lru_cache(maxsize=2_048)
def words_in(text: str) -> frozenset[str]:
    """Those that carry meaning."""
    return Wording.of(normalise(text)).weighty
