"""The bot's answer to a message: find passages, write from them, check every sentence, store it once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from apps.core.errors import ServiceUnavailable
from apps.core.models import new_id
from apps.customer_service.answering import passages, support
from apps.customer_service.answering.passages import NumberedPassage
from apps.customer_service.answering.support import CheckedAnswer
from apps.customer_service.conversations import messages, selectors, turns
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.models import Channel, Citation, Conversation, Turn
from apps.inference import services as inference
from apps.jobs.runs import JobCancelled, JobRun
from llm_backend import prompts
from llm_backend.errors import ModelError
from llm_backend.grounding import Similarity
from llm_backend.prompts import RenderedPrompt
from llm_backend.tokens import fit

PROMPT = Path(__file__).parent / "prompts" / "answer_message.md"
EARLIER_TOKENS = 60
GREETING = _("Hello! What would you like to know?")
NOT_FOUND = _("I could not find that in our documents.")
NOT_FOUND_HELP = _("Please ask in other words, or leave your question for our staff.")
LANGUAGE_NAMES = {messages.CHINESE: "Simplified Chinese (简体中文)", messages.ENGLISH: "English"}
TONES = {
    Channel.Tone.WARM: "warm and friendly",
    Channel.Tone.FORMAL: "formal and polite",
    Channel.Tone.BRIEF: "short and matter-of-fact",
}


@dataclass(frozen=True)
class Answer:
    """What will be stored: the checked text and the passages it cites."""

    checked: CheckedAnswer
    cited: list[NumberedPassage]
    is_unanswered: bool = False


def answer_message(run: JobRun, *, conversation_id: UUID, turn_id: UUID) -> dict[str, Any]:
    """Answers the latest message. An answer that nobody waits for any more is not stored: JobCancelled."""
    run.stage("searching")
    exchange = selectors.exchange(conversation_id)
    if exchange is None or exchange.asked.pk != turn_id:
        raise JobCancelled
    return _stored(run, exchange, compose(run, exchange))


def compose(run: JobRun, exchange: Exchange) -> Answer:
    """Without a passage there is nothing to ask a model about: it could only make things up."""
    language = exchange.conversation.language
    if messages.is_greeting(exchange.question):
        return _spoken(run, Answer(CheckedAnswer(_in(language, GREETING)), []))
    found = passages.relevant_passages(run, exchange)
    return _written(run, exchange, found) if found else _spoken(run, _without_answer(language))


def _written(run: JobRun, exchange: Exchange, found: list[NumberedPassage]) -> Answer:
    run.stage("writing")
    completion = inference.stream(run, answer_prompt(run.job.organisation.name, exchange, found))
    run.check()
    language = exchange.conversation.language
    text = support.without_sentence(completion.text, _in(language, NOT_FOUND))
    checked = support.checked_answer(text, found, similarity=_similarity(run))
    was_refused = text != completion.text.strip()
    if not checked.text or (was_refused and not checked.has_support):
        return _without_answer(language)
    cited = [passage for passage in found if passage.number in checked.cited_numbers]
    for passage in cited:
        run.event("citation", **citation_body(passage, checked))
    return Answer(checked, cited)


def _similarity(run: JobRun) -> Similarity:
    """Compares a sentence with passages in another language; asked only where words cannot be compared."""

    def cosines(sentence: str, texts: Sequence[str]) -> list[float]:
        try:
            first, *others = inference.embed(run, [sentence, *texts], input_type="passage")
        except (ModelError, ServiceUnavailable):
            return []
        return [_cosine(first, other) for other in others]

    return cosines


def _cosine(one: Sequence[float], other: Sequence[float]) -> float:
    lengths = math.sqrt(_dot(one, one) * _dot(other, other))
    return _dot(one, other) / lengths if lengths else 0.0


def _dot(one: Sequence[float], other: Sequence[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True))


def _spoken(run: JobRun, answer: Answer) -> Answer:
    run.text(answer.checked.text)
    return answer


def _without_answer(language: str) -> Answer:
    gap = "" if language == messages.CHINESE else " "
    text = f"{_in(language, NOT_FOUND)}{gap}{_in(language, NOT_FOUND_HELP)}"
    return Answer(CheckedAnswer(text), [], is_unanswered=True)


def answer_prompt(shop: str, exchange: Exchange, found: list[NumberedPassage]) -> RenderedPrompt:
    conversation = exchange.conversation
    return prompts.load(PROMPT).render(
        shop=shop,
        tone=TONES[Channel.Tone(conversation.channel.tone)],
        language=LANGUAGE_NAMES[conversation.language],
        not_found=_in(conversation.language, NOT_FOUND),
        passages=found,
        earlier=_earlier(exchange),
        question=exchange.question,
    )


def _earlier(exchange: Exchange) -> str:
    """The last exchange, only where the message leans on it: every token costs the visitor time."""
    if not exchange.before or not messages.leans_back(exchange.question):
        return ""
    return "\n".join(f"{turn.author}: {fit(turn.text, EARLIER_TOKENS)}" for turn in exchange.before[-2:])


def _stored(run: JobRun, exchange: Exchange, answer: Answer) -> dict[str, Any]:
    """The turn, its citations and the job's success become true together, or not at all."""
    turn = Turn(
        id=new_id(),
        organisation_id=exchange.conversation.organisation_id,
        conversation=exchange.conversation,
        ordinal=exchange.asked.ordinal + 1,
        author=Turn.Author.BOT,
        text=answer.checked.text,
        answers=exchange.asked,
        job=run.job,
        sentences=[sentence.body() for sentence in answer.checked.sentences],
        is_unanswered=answer.is_unanswered,
        action=Turn.Action.ANSWER,
        source=Turn.Source.MODEL if answer.checked.sentences else Turn.Source.FIXED,
    )
    result = result_body(turn, answer)
    with run.finishing(result):
        if not _may_answer(run, turn):
            raise JobCancelled
        turns.store(turn)
        Citation.objects.bulk_create(_citation(turn, passage, answer.checked) for passage in answer.cited)
    return result


def _may_answer(run: JobRun, turn: Turn) -> bool:
    """Ends the bot's turn if it still is the bot's turn; the update locks the conversation.

    Nobody can have written in between: whoever writes takes `answer_job` away. So the ordinal is still free.
    """
    owed = Conversation.objects.filter(
        pk=turn.conversation_id,
        answer_job=run.job.pk,
        answered_by=Conversation.AnsweredBy.BOT,
        state=Conversation.State.OPEN,
    )
    changes = {"answer_job": None, "turn_count": turn.ordinal, "last_activity_at": timezone.now()}
    return bool(owed.update(**changes))


def result_body(turn: Turn, answer: Answer) -> dict[str, Any]:
    """The result of the job and so the `done` event: all that a page needs to show the finished answer."""
    return {
        "turn": str(turn.pk),
        "ordinal": turn.ordinal,
        "text": turn.text,
        "is_unanswered": turn.is_unanswered,
        "sentences": turn.sentences,
        "citations": [citation_body(passage, answer.checked) for passage in answer.cited],
    }


def citation_body(passage: NumberedPassage, checked: CheckedAnswer) -> dict[str, Any]:
    start, end = checked.quote_of(passage.number)
    return {
        "number": passage.number,
        "passage": str(passage.id),
        "document_title": passage.document_title,
        "heading": passage.heading,
        "text": passage.text,
        "start": start,
        "end": end,
    }


def _citation(turn: Turn, passage: NumberedPassage, checked: CheckedAnswer) -> Citation:
    start, end = checked.quote_of(passage.number)
    return Citation(
        turn=turn,
        number=passage.number,
        passage_id=passage.id,
        document_title=passage.document_title[:300],
        heading=passage.heading[:300],
        text=passage.text,
        start=start,
        end=end,
    )


def _in(language: str, sentence: str) -> str:
    with translation.override(language):
        return gettext(sentence)
