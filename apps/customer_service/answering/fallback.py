"""What a visitor gets while no model answers: the passages themselves, and a person who looks at the question."""

from collections.abc import Sequence
from dataclasses import replace

from apps.answering import citation_check
from apps.answering.own_sentences import say
from apps.answering.passages import NumberedPassage
from apps.customer_service.answering import responses
from apps.customer_service.answering.responses import Answer, Trigger
from apps.customer_service.conversations.models import Message
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.handoff.models import Handoff
from llm_backend.tokens import fit

# No model has judged them, so it is the likeliest alone.
MAX_QUOTED = 2
QUOTED_TOKENS = 120


def answer(exchange: Exchange, passages: Sequence[NumberedPassage], *, why: str) -> Answer:
    """Without passages a person has to answer; also where passages did not help the time before."""
    language, ticket = exchange.conversation.language, Trigger(Handoff.Reason.MODELS_AWAY, why)
    if not passages:
        return responses.handed_over(language, ticket, responses.TICKET)
    cited_passages = list(passages[:MAX_QUOTED])
    texts = [(passage.number, fit(passage.text, QUOTED_TOKENS)) for passage in cited_passages]
    quoted_answer = citation_check.quote_passages(texts, opening=say(language, responses.PASSAGES_ONLY))
    last = exchange.previous_answer
    if last is None or last.source != Message.Source.PASSAGES:
        return Answer(quoted_answer, cited_passages, source=Message.Source.PASSAGES)
    text = f"{quoted_answer.text}\n{say(language, responses.PASSAGES_HANDED_OVER)}"
    return Answer(
        replace(quoted_answer, text=text), cited_passages, source=Message.Source.PASSAGES, handoff=ticket
    )
