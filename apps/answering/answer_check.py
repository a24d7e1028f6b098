"""Holds an answer against its passages in a child process: however long that takes, others go on being answered.

How that is judged stands in `citation_check`, which the child loads; what needs a model is asked here.
"""

import logging
from collections.abc import Sequence

import numpy as np

from apps.answering import citation_check
from apps.answering.citation_check import CheckedAnswer, CheckedSentence, SameMeaning
from apps.answering.passages import NumberedPassage
from apps.core import bounded_calls
from apps.core.bounded_calls import TookTooLong
from apps.core.errors import ServiceUnavailable
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from llm_backend.errors import ModelError
from llm_backend.grounding import Similarity

logger = logging.getLogger(__name__)

# What becomes supported by its meaning may ask for the meaning of something else.
MAX_ROUNDS = 3


def checked_answer(
    text: str, passages: Sequence[NumberedPassage], *, question: str = "", similarity: Similarity
) -> CheckedAnswer:
    """As `citation_check.checked_answer` does. One that cannot be checked in time has no support: it counts as one sentence
    that no passage holds."""
    texts = [passage.text for passage in passages]
    # The lines of what was looked up are about one thing, so each stands under all of them.
    headings = [passage.heading if passage.id else passage.text for passage in passages]
    cosines: dict[SameMeaning, Sequence[float]] = {}
    try:
        for _round in range(MAX_ROUNDS):
            answer, questions = bounded_calls.call(
                citation_check.check_with, text, texts, headings, question, cosines
            )
            if not questions:
                break
            cosines |= {each: similarity(each[0], each[1]) for each in questions}
    except TookTooLong:
        logger.warning("an answer took too long to check and counts as unsupported")
        return CheckedAnswer(text, [CheckedSentence(0, len(text), is_supported=False)])
    return answer


def similarity(run: JobRun) -> Similarity:
    """How near in meaning a sentence is to passages: for two languages, whose words cannot be compared. Asks the
    embedding model only when it is called; without one such a sentence stays marked.
    """

    def cosines(sentence: str, texts: Sequence[str]) -> list[float]:
        try:
            rows = np.array(inference.embed(run, [sentence, *texts], input_type="passage"))
        except (ModelError, ServiceUnavailable):
            return []  # the words alone decide then
        unit = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
        return [float(cosine) for cosine in unit[1:] @ unit[0]]

    return cosines
