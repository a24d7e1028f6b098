"""When a question can mean several things in the documents, ask which, instead of answering one at random."""

from collections.abc import Iterator, Sequence

from apps.answering import messages
from apps.answering.own_sentences import say
from apps.answering.passages import NumberedPassage
from apps.customer_service.answering import responses
from apps.customer_service.answering.responses import Answer
from apps.customer_service.conversations.models import Message
from apps.customer_service.conversations.selectors import Exchange
from apps.knowledge import lexical

# A longer question says enough to be searched for.
MAX_TERMS = 2
# The visitor reads all of them before choosing one.
MAX_OPTIONS = 3
# Of the best passage's score.
NEARLY_AS_GOOD = 0.92


def may_ask(exchange: Exchange) -> bool:
    """Only what is short can be that open, and nobody is asked back twice in a row."""
    last = exchange.previous_answer
    has_asked = last is not None and last.action == Message.Action.CLARIFY
    return not has_asked and 0 < len(_topic_terms(exchange.question)) <= MAX_TERMS


def question_back(exchange: Exchange, passages: Sequence[NumberedPassage]) -> Answer | None:
    """Judges by the retrieval alone: several topics fit equally well, and the question names none of them. Else None."""
    leans_on_earlier = bool(exchange.previous_question) and messages.leans_back(exchange.question)
    if leans_on_earlier or not may_ask(exchange):
        return None
    topics = _topics(exchange.question, passages)
    if len(topics) < 2:
        return None
    language = exchange.conversation.language
    alternatives = say(language, responses.OR).join(f"“{topic}”" for topic in topics)
    question = say(language, responses.WHICH, options=alternatives)
    return responses.question_back(question, options=topics)


def _topics(question: str, passages: Sequence[NumberedPassage]) -> list[str]:
    """The topics of the passages in the question's language that are about as good as the best of them. None of them
    where the question means one.
    """
    language, question_terms = _language_of(question), _topic_terms(question)
    same = [passage for passage in passages if _language_of(passage.text) == language]
    best = max((passage.score for passage in same), default=0.0)
    near = [passage for passage in same if best > 0 and passage.score >= best * NEARLY_AS_GOOD]
    topics = list(dict.fromkeys(passage.topic for passage in near))
    if any(question_terms & _topic_terms(topic) for topic in topics) or "" in topics:
        return []
    return list(_different(topics))[:MAX_OPTIONS]


def _different(topics: Sequence[str]) -> Iterator[str]:
    """“Delivery” and “Delivery abroad” are one thing to somebody who asks so little."""
    seen: set[str] = set()
    for topic in topics:
        words = _topic_terms(topic)
        if not words & seen:
            yield topic
        seen |= words


def _topic_terms(text: str) -> set[str]:
    # Pairs of neighbours would count again what the single terms count.
    return {term for term in lexical.terms_of(text) if not term.startswith(lexical.PAIR_MARK)}


def _language_of(text: str) -> str:
    return messages.language_of(text, otherwise=messages.ENGLISH)
