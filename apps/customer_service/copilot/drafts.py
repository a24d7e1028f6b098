"""A reply to the latest messages, written from passages and from what was said, every sentence checked."""

from pathlib import Path
from typing import Any

from apps.core.languages import NAMES_FOR_MODELS
from apps.customer_service.answering import answer_check, passages
from apps.customer_service.answering.citation_check import CheckedAnswer
from apps.customer_service.answering.passages import NumberedPassage
from apps.customer_service.channels.models import Channel
from apps.customer_service.copilot.rewording import TONES, strip_wrapping
from apps.customer_service.copilot.transcripts import Excerpt
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun

PROMPT = Path(__file__).parent / "prompts" / "draft.md"
SAID_TOKENS = 300


def draft(run: JobRun, excerpt: Excerpt, *, wish: str, language: str) -> dict[str, Any]:
    """Sentences that neither a passage nor what staff wrote supports are marked; staff decide."""
    run.stage("searching")
    exchange = excerpt.exchange()
    relevant = passages.relevant_passages(run, exchange)
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
    completion = inference.stream(run, prompt)
    run.check()
    sources = [*relevant, *_said_as_passages(excerpt, len(relevant))]
    answer = answer_check.checked_answer(
        strip_wrapping(completion.text),
        sources,
        question=exchange.question,
        similarity=answer_check.similarity(run),
    )
    cited_sources = [_source(source, answer) for source in sources if source.number in answer.cited_numbers]
    return {
        "text": answer.text,
        "sentences": [sentence.body() for sentence in answer.sentences],
        "citations": cited_sources,
    }


def _said_as_passages(excerpt: Excerpt, before: int) -> list[NumberedPassage]:
    """What people of the organisation said already may be said again."""
    return [
        NumberedPassage(before + place, turn.pk, str(turn.get_author_display()), "", turn.text)
        for place, turn in enumerate(excerpt.of_people(), start=1)
    ]


def _source(source: NumberedPassage, answer: CheckedAnswer) -> dict[str, Any]:
    start, end = answer.quote_of(source.number)
    return {
        "number": source.number,
        "passage": str(source.id),
        "document_title": source.document_title,
        "heading": source.heading,
        "text": source.text,
        "start": start,
        "end": end,
    }
