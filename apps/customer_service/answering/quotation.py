"""Answers in the documents' own words, for models that are not known to read reliably.

The model is only asked whether a quotation answers the question; it writes nothing that anybody sees, so nothing
false can be shown.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from apps.customer_service.answering import passages, responses
from apps.customer_service.answering.citation_check import CheckedAnswer, CheckedSentence
from apps.customer_service.answering.passages import NumberedPassage
from apps.customer_service.answering.quotes import Quote
from apps.customer_service.answering.responses import Answer
from apps.customer_service.conversations import messages
from apps.customer_service.conversations.models import Turn
from apps.customer_service.conversations.selectors import Exchange
from apps.inference import prompts
from apps.inference import services as inference
from apps.jobs.runs import JobRun

PROMPT = Path(__file__).parent / "prompts" / "judge_quote.md"
# Chances of “no”. Up to the first a quotation is the answer without a look at the others; above the second none is:
# `docs/decisions/answering.md`.
LITTLE_DOUBT, MAX_DOUBT = 0.5, 0.65


def answer(run: JobRun, exchange: Exchange, quotes: Sequence[Quote]) -> Answer | None:
    """The quotation of which the model doubts least that it answers; None where it doubts all of them too much.

    Raises ModelError where no model can be asked.
    """
    run.stage("reading")
    least, best = MAX_DOUBT, None
    for quote in quotes:
        run.check()
        doubt = _doubt(run, exchange, quote)
        if doubt < least:
            least, best = doubt, quote
        if doubt <= LITTLE_DOUBT:
            break
    if best is None:
        return None
    quoted_answer = _in_quotation_marks(best, f"{best.passage.topic}{_colon(exchange)}")
    return Answer(quoted_answer, [best.passage], source=Turn.Source.QUOTE)


def closest(exchange: Exchange, quote: Quote, not_found: Answer) -> Answer:
    """Not found, and the passage that comes closest: the visitor may see more in it than a model does."""
    opening = (
        f"{not_found.checked.text}\n{responses.say(exchange.conversation.language, responses.CLOSEST)}\n"
    )
    return replace(not_found, checked=_in_quotation_marks(quote, opening), cited=[quote.passage])


def whole(exchange: Exchange, passage: NumberedPassage) -> Answer:
    """All that another system said about what was looked up."""
    opening = f"{passage.document_title}{_colon(exchange)}\n"
    text = f"{opening}{passage.text} [{passage.number}]"
    sentence = CheckedSentence(
        len(opening), len(text), is_supported=True, citation=passage.number, quote=(0, len(passage.text))
    )
    return Answer(
        CheckedAnswer(text, [sentence]), [passage], action=Turn.Action.LOOKUP, source=Turn.Source.QUOTE
    )


def _doubt(run: JobRun, exchange: Exchange, quote: Quote) -> float:
    """Without tags around what comes from outside: with them a small model tells right from wrong worse, and all that
    a text could reach by giving orders is to be quoted."""
    prompt = prompts.load(run.job.organisation, PROMPT).render(
        text=_one_line(" ".join(quote.sentences)),
        topic=_one_line(quote.headings),
        question=_one_line(passages.search_text(exchange), " / "),
    )
    return inference.chance_of_no(run, prompt)


def _one_line(text: str, between: str = " ") -> str:
    return between.join(text.split("\n"))


def _in_quotation_marks(quote: Quote, opening: str) -> CheckedAnswer:
    """True by construction; each sentence with the place in the passage that it was taken from."""
    written, sentences = opening, []
    for place, sentence in zip(quote.places, quote.sentences, strict=True):
        start = len(written)
        written += f"“{sentence}” [{quote.passage.number}]"
        sentences.append(
            CheckedSentence(
                start,
                len(written),
                is_supported=True,
                citation=quote.passage.number,
                quote=(place.start, place.end),
            )
        )
        written += " "
    return CheckedAnswer(written.rstrip(), sentences)


def _colon(exchange: Exchange) -> str:
    return "：" if exchange.conversation.language == messages.CHINESE else ": "
