"""A reply to the latest messages: by a model that may write, every sentence checked, else in the documents' own words."""

import logging
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from django.utils.translation import gettext_lazy as _

from apps.answering import passages, quotation, quotes, writing
from apps.answering.citation_check import CheckedAnswer
from apps.answering.passages import Inquiry, NumberedPassage
from apps.core.errors import NotFound
from apps.core.languages import NAMES_FOR_MODELS
from apps.customer_service.answering import services as answering
from apps.customer_service.answering.generation import TONES
from apps.customer_service.channels.models import Channel
from apps.customer_service.conversations.selectors import Exchange
from apps.customer_service.copilot.transcripts import Excerpt
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun
from apps.knowledge.selectors import Hit
from llm_backend.errors import ModelError

logger = logging.getLogger(__name__)

PROMPT = Path(__file__).parent / "prompts" / "draft.md"
SAID_TOKENS = 300


def draft(run: JobRun, excerpt: Excerpt, *, wish: str, language: str) -> dict[str, Any]:
    """Only a model that may answer visitors writes; without one the sentences that answer are the draft, as visitors see
    them. Raises NotFound where there are none.
    """
    run.stage("searching")
    exchange = excerpt.exchange()
    inquiry = answering.inquiry_of(exchange)
    hits = passages.hits_for(run, inquiry)
    try:
        if inference.may_write(run):
            relevant = passages.worth_reading(inquiry, hits)
            return _written(run, excerpt, exchange, relevant, wish=wish, language=language)
    except ModelError as error:
        logger.warning("drafted without a model: %s", error)
        # Followers throw away what it wrote before.
        run.event("restart", attempt=run.job.attempt)
    return _quoted(run, inquiry, hits, exchange.conversation.language)


def _written(
    run: JobRun,
    excerpt: Excerpt,
    exchange: Exchange,
    relevant: Sequence[NumberedPassage],
    *,
    wish: str,
    language: str,
) -> dict[str, Any]:
    """Sentences that neither a passage nor what staff wrote supports are marked; staff decide."""
    run.stage("writing")
    prompt = prompts.load(run.job.organisation, PROMPT).render(
        shop=run.job.organisation.name,
        tone=TONES[Channel.Tone(excerpt.conversation.channel.tone)],
        language=NAMES_FOR_MODELS[language],
        passages=relevant,
        said=Excerpt(excerpt.conversation, exchange.before).text(SAID_TOKENS),
        question=exchange.question,
        wish=wish,
    )
    sources = [*relevant, *_said_as_passages(excerpt, len(relevant))]
    answer = writing.written(run, prompt, sources, question=exchange.question)
    return _result(answer, (source for source in sources if source.number in answer.cited_numbers))


def _quoted(run: JobRun, inquiry: Inquiry, hits: Sequence[Hit], language: str) -> dict[str, Any]:
    findings = [each for each in quotes.find(run, inquiry, hits) if each.is_worth_showing]
    if not findings:
        raise NotFound(
            _("No answer was found in your documents. Write the reply in your own words."),
            code="not_in_documents",
        )
    answer = quotation.answer(language, findings)
    run.text(answer.checked.text)
    return _result(answer.checked, answer.cited)


def _said_as_passages(excerpt: Excerpt, before: int) -> list[NumberedPassage]:
    """What people of the organisation said already may be said again."""
    return [
        NumberedPassage(before + place, message.pk, str(message.get_author_display()), "", message.text)
        for place, message in enumerate(excerpt.of_people(), start=1)
    ]


def _result(answer: CheckedAnswer, cited: Iterable[NumberedPassage]) -> dict[str, Any]:
    return {
        "text": answer.text,
        "sentences": [sentence.body() for sentence in answer.sentences],
        "citations": [answer.citation_of(source) for source in cited],
    }
