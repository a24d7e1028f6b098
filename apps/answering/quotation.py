"""Answers in the documents' own words, for models that are not known to read reliably: nothing false can be shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from apps.answering import own_sentences
from apps.answering.citation_check import CheckedAnswer, CheckedSentence
from apps.answering.passages import NumberedPassage
from apps.answering.quotes import Finding, Quote
from domain.text.answer_sentences.decision import Verdict


@dataclass(frozen=True)
class Quotation:
    """An answer that nobody wrote, or the beginning of one."""

    checked: CheckedAnswer
    cited: list[NumberedPassage]

    def followed_by(self, written: CheckedAnswer, cited: Sequence[NumberedPassage]) -> "Quotation":
        """What a model wrote stands below it; the passages that it cites get numbers of their own."""
        numbers = {passage.id: passage.number for passage in self.cited}
        renumbered, all_cited = dict[int, int](), list(self.cited)
        for passage in cited:
            if passage.id not in numbers:
                # Of several questions the first may have no quotation: numbers need not begin with one.
                numbers[passage.id] = max(numbers.values(), default=0) + 1
                all_cited.append(replace(passage, number=numbers[passage.id]))
            renumbered[passage.number] = numbers[passage.id]
        return Quotation(self.checked.followed_by(written, renumbered), all_cited)


@dataclass
class _Text:
    """Of our own sentences and of quotations, each with its place in the passage: true by construction."""

    language: str
    written: str = ""
    sentences: list[CheckedSentence] = field(default_factory=list)
    cited: dict[int, NumberedPassage] = field(default_factory=dict)

    def say(self, sentence: str, **values: str) -> None:
        self._begin_line()
        self.written += own_sentences.say(self.language, sentence, **values)

    def quote(self, quote: Quote, *, under: str) -> None:
        """`under`: what stands before it."""
        self._begin_line()
        self.written += under
        self.cited[quote.passage.number] = quote.passage
        for place, sentence in quote.sentences:
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
        opening = own_sentences.say(self.language, own_sentences.ABOUT, topic=quote.passage.topic)
        self.quote(quote, under=f"{opening}\n")

    @property
    def quotation(self) -> Quotation:
        return Quotation(CheckedAnswer(self.written, self.sentences), list(self.cited.values()))

    def close(self, sentence: str) -> None:
        """Ends with a sentence of whoever asks for the quotation, as it stands."""
        self._begin_line()
        self.written += sentence

    def _begin_line(self) -> None:
        if self.written:
            self.written += "\n"


def answer(language: str, findings: Sequence[Finding]) -> Quotation:
    """What answers, under what it is about; of several questions asked together each, or that it was not found."""
    text = _Text(language)
    for finding in findings:
        if not finding.quote or finding.verdict is Verdict.NOT_FOUND:
            text.say(own_sentences.NOT_FOUND_ALSO, question=finding.question)
        elif finding.verdict is Verdict.ABOUT:
            text.quote_about(finding.quote)
        else:
            topic = finding.quote.passage.topic
            text.quote(finding.quote, under=f"{topic}{own_sentences.colon(language)}")
    return text.quotation


def about(language: str, quotes: Sequence[Quote], *, closing: str) -> Quotation:
    """What the documents say about the matter, where that may not be what was asked."""
    text = _Text(language)
    for quote in quotes:
        text.quote_about(quote)
    if closing:
        text.close(closing)
    return text.quotation


def whole(language: str, passages: Sequence[NumberedPassage]) -> Quotation:
    """All that another system said about what was looked up."""
    text = ""
    sentences = []
    for passage in passages:
        title = f"{passage.document_title} {passage.heading}".strip()
        text += f"{title}{own_sentences.colon(language)}\n"
        start = len(text)
        text += f"{passage.text} [{passage.number}]"
        sentences.append(
            CheckedSentence(
                start, len(text), is_supported=True, citation=passage.number, quote=(0, len(passage.text))
            )
        )
        text += "\n"
    return Quotation(CheckedAnswer(text.rstrip(), sentences), list(passages))
