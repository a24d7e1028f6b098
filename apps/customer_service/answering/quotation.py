"""Answers in the documents' own words, for models that are not known to read reliably: nothing false can be shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from apps.customer_service.answering import responses
from apps.customer_service.answering.citation_check import CheckedAnswer, CheckedSentence
from apps.customer_service.answering.passages import NumberedPassage
from apps.customer_service.answering.quotes import Finding, Quote
from apps.customer_service.answering.responses import Answer
from apps.customer_service.conversations import messages
from apps.customer_service.conversations.models import Conversation, Turn
from apps.customer_service.conversations.selectors import Exchange
from domain.text.answer_sentences.decision import Verdict


@dataclass
class _Text:
    """Of our own sentences and of quotations, each with its place in the passage: true by construction."""

    language: str
    written: str = ""
    sentences: list[CheckedSentence] = field(default_factory=list)
    cited: dict[int, NumberedPassage] = field(default_factory=dict)

    def say(self, sentence: str, **values: str) -> None:
        self._begin_line()
        self.written += responses.say(self.language, sentence, **values)

    def quote(self, quote: Quote, *, under: str) -> None:
        """`under`: what stands before it."""
        self._begin_line()
        self.written += under
        self.cited[quote.passage.number] = quote.passage
        for place, sentence in zip(quote.places, quote.sentences, strict=True):
            start = len(self.written)
            self.written += f"“{sentence}” [{quote.passage.number}]"
            self.sentences.append(
                CheckedSentence(
                    start,
                    len(self.written),
                    is_supported=True,
                    citation=quote.passage.number,
                    quote=(place.start, place.end),
                )
            )
            self.written += " "
        self.written = self.written.rstrip()

    def quote_about(self, quote: Quote) -> None:
        opening = responses.say(self.language, responses.ABOUT, topic=quote.passage.topic)
        self.quote(quote, under=f"{opening}\n")

    @property
    def checked(self) -> CheckedAnswer:
        return CheckedAnswer(self.written, self.sentences)

    def _begin_line(self) -> None:
        if self.written:
            self.written += "\n"


def answer(exchange: Exchange, findings: Sequence[Finding]) -> Answer:
    """What answers, under what it is about; of several questions asked together each, or that it was not found."""
    language = exchange.conversation.language
    text = _Text(language)
    for finding in findings:
        if not finding.quote or finding.verdict is Verdict.NOT_FOUND:
            text.say(responses.NOT_FOUND_ALSO, question=finding.question)
        elif finding.verdict is Verdict.ABOUT:
            text.quote_about(finding.quote)
        else:
            text.quote(finding.quote, under=f"{finding.quote.passage.topic}{_colon(language)}")
    return Answer(text.checked, list(text.cited.values()), source=Turn.Source.QUOTE)


def about(exchange: Exchange, quotes: Sequence[Quote], not_found: Answer) -> Answer:
    """What the documents say about the matter, where that may not be what was asked: it counts as unanswered.

    `not_found`: what would be said without it; whom it calls is called all the same.
    """
    text = _Text(exchange.conversation.language)
    for quote in quotes:
        text.quote_about(quote)
    is_called = not_found.handoff or exchange.conversation.answered_by == Conversation.AnsweredBy.QUEUE
    text.say(responses.NOT_FOUND_HANDED_OVER if is_called else responses.NOT_FOUND_HELP)
    return replace(not_found, checked=text.checked, cited=list(text.cited.values()))


def whole(exchange: Exchange, passage: NumberedPassage) -> Answer:
    """All that another system said about what was looked up."""
    opening = f"{passage.document_title}{_colon(exchange.conversation.language)}\n"
    text = f"{opening}{passage.text} [{passage.number}]"
    sentence = CheckedSentence(
        len(opening), len(text), is_supported=True, citation=passage.number, quote=(0, len(passage.text))
    )
    return Answer(
        CheckedAnswer(text, [sentence]), [passage], action=Turn.Action.LOOKUP, source=Turn.Source.QUOTE
    )


def _colon(language: str) -> str:
    return "：" if language == messages.CHINESE else ": "
