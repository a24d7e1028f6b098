"""Holds an answer against its passages in a child process: however long that takes, others go on being answered."""

import logging
from collections.abc import Sequence

from apps.core import bounded_calls
from apps.core.bounded_calls import TookTooLong
from apps.customer_service.answering import citation_check
from apps.customer_service.answering.citation_check import CheckedAnswer, CheckedSentence, SameMeaning
from apps.customer_service.answering.passages import NumberedPassage
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
