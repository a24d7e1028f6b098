"""Would a saved answer be given where it should, and only there? Pairs of questions, or questions by intent.

With intents, every second one has a saved answer with `--questions` questions out of train.csv; the test file asks.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import numpy as np

from benchmarks import intervals
from benchmarks.embedded import Embedder, embedder
from benchmarks.faq import question_pairs
from benchmarks.labelled_files import LabelledTexts, first_of_each, labelled_texts, split
from domain.text.understanding.closeness import CLOSE, LEAD, closeness, objection, overlap
from domain.text.understanding.examples import Floats

COMMAND = "eval saved_answers"
MOST_LOOKED_AT = 20


def run(
    data: Annotated[Path, "directory with pairs, or with train and test"],
    questions: Annotated[int, "questions of each saved answer"] = 5,
    close: Annotated[float, "closeness from which an answer is given"] = CLOSE,
) -> dict[str, Any]:
    sets = split(data, question_pairs)
    with embedder() as embed:
        # Nothing is learnt from pairs, so those that others learn from are measured where there are no others.
        if pair_files := sets.test or sets.train:
            pairs = [pair for rows in pair_files.values() for pair in rows]
            return {"trained_on": [], "tested_on": list(pair_files), **_of_pairs(embed, pairs, close)}
        texts = labelled_texts(data)
        return {**texts.sources(), **_of_intents(embed, texts, questions, close)}


def _of_pairs(embed: Embedder, pairs: Sequence[tuple[str, str, str]], close: float) -> dict[str, Any]:
    vectors = _unit(embed.vectors([text for pair in pairs for text in pair[:2]]))
    cosines = (vectors[0::2] * vectors[1::2]).sum(axis=1)
    decisions = [
        not objection(one, other) and closeness(float(cosine), overlap(one, other)) >= close
        for (one, other, _), cosine in zip(pairs, cosines, strict=True)
    ]
    same = [label == "1" for _, _, label in pairs]
    right = [is_given and is_same for is_given, is_same in zip(decisions, same, strict=True)]
    return {
        **intervals.share("precision", right, decisions),
        **intervals.share("recall", right, same),
        "given": sum(decisions),
        "pairs": len(pairs),
    }


def _of_intents(embed: Embedder, texts: LabelledTexts, questions: int, close: float) -> dict[str, Any]:
    answered_intents = set(sorted({label for _, label in texts.train})[::2])
    stored = [row for row in first_of_each(texts.train, questions) if row[1] in answered_intents]
    vectors = _unit(embed.vectors([text for text, _ in stored]))
    asked_vectors = _unit(embed.vectors([text for text, _ in texts.test]))
    pairs = [
        (_answer_to(text, stored, vectors @ vector, close), label)
        for (text, label), vector in zip(texts.test, asked_vectors, strict=True)
    ]
    right = [answer == label for answer, label in pairs]
    strange = [bool(answer) for answer, label in pairs if label not in answered_intents]
    return {
        **intervals.share("precision", right, [bool(answer) for answer, _ in pairs]),
        **intervals.share("recall", right, [label in answered_intents for _, label in pairs]),
        **intervals.share("given_without_one", strange),
        "asked": len(pairs),
    }


def _answer_to(text: str, stored: Sequence[tuple[str, str]], cosines: Floats, close: float) -> str:
    best: dict[str, float] = {}
    for index in np.argsort(-cosines)[:MOST_LOOKED_AT]:
        question, label = stored[index]
        score = closeness(float(cosines[index]), overlap(text, question))
        if not objection(text, question):
            best[label] = max(best.get(label, 0.0), score)
    (label, first), (_, second) = [*sorted(best.items(), key=lambda each: -each[1]), ("", 0.0), ("", 0.0)][:2]
    return label if first >= close and first - second >= LEAD else ""


def _unit(vectors: Floats) -> Floats:
    unit: Floats = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
