"""What a visitor gets while no model answers: the passages themselves, and a person who looks at the question."""

from collections.abc import Sequence
from dataclasses import replace

from apps.customer_service.answering import outcomes, support
from apps.customer_service.answering.outcomes import Answer
from apps.customer_service.answering.passages import NumberedPassage
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.handoff.triggers import Trigger
from apps.customer_service.models import Handoff, Turn
from llm_backend.tokens import fit

MOST_QUOTED = 2
QUOTED_TOKENS = 120


def answer(exchange: Exchange, found: Sequence[NumberedPassage], *, why: str) -> Answer:
    """Without passages a person has to answer; also where passages did not help the time before."""
    language, ticket = exchange.conversation.language, Trigger(Handoff.Reason.MODELS_AWAY, why)
    if not found:
        return outcomes.handed_over(language, ticket, sentence=outcomes.TICKET)
    cited = list(found[:MOST_QUOTED])
    texts = [(passage.number, fit(passage.text, QUOTED_TOKENS)) for passage in cited]
    quoted = support.quoted(texts, opening=outcomes.said(language, outcomes.PASSAGES_ONLY))
    if not _had_passages_only(exchange):
        return Answer(quoted, cited, source=Turn.Source.PASSAGES)
    text = f"{quoted.text}\n{outcomes.said(language, outcomes.PASSAGES_HANDED_OVER)}"
    return Answer(replace(quoted, text=text), cited, source=Turn.Source.PASSAGES, handoff=ticket)


def _had_passages_only(exchange: Exchange) -> bool:
    last = exchange.previous_answer
    return last is not None and last.source == Turn.Source.PASSAGES
