"""Answers in the documents' own words, for models that are not known to read reliably: nothing false can be shown."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

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
                numbers[passage.id] = len(numbers) + 1
                all_cited.append(replace(passage, number=numbers[passage.id]))
            renumbered[passage.number] = numbers[passage.id]
        return Quotation(self.checked.followed_by(written, renumbered), all_cited)


@dataclass
class _Text:
    """Of our own sentences and of quotations, each with its place in the passage: true by construction."""

    language: str
    written: str = ""
    sentences: list[CheckedSentence] = field(default_factory=list)
    cited: dict[UUID | None, NumberedPassage] = field(default_factory=dict)
    quoted: set[Quote] = field(default_factory=set)

    def say(self, sentence: str, **values: str) -> None:
        self._begin_line()
        self.written += own_sentences.say(self.language, sentence, **values)

    def quote(self, quote: Quote, *, is_answer: bool) -> None:
        """Under what it is about, once: two questions may come to the same sentence."""
        if quote in self.quoted:
            return
        self.quoted.add(quote)
        topic = quote.passage.topic
        if is_answer:
            self._begin_line()
            ends = " " if topic.endswith(("?", "？")) else own_sentences.colon(self.language)
            self.written += f"{topic}{ends}"
        else:
            self.say(own_sentences.ABOUT, topic=topic)
            self._begin_line()
        known = self.cited.setdefault(quote.passage.id, replace(quote.passage, number=len(self.cited) + 1))
        for place, sentence in quote.sentences:
            start = len(self.written)
            self.written += f"“{sentence}” [{known.number}]"
            self.sentences.append(
                CheckedSentence(
                    start,
                    len(self.written),
                    is_supported=True,
                    citation=known.number,
                    quote=(place.start, place.end),
                )
            )
            self.written += " "
        self.written = self.written.rstrip()

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
    answering = {finding.quote for finding in findings if finding.verdict is Verdict.ANSWER}
    return _told(language, findings, answering).quotation


def about(language: str, findings: Sequence[Finding], *, closing: str) -> Quotation:
    """What the documents say about the matter, where that may not be what was asked."""
    text = _told(language, findings, frozenset())
    if closing:
        text.close(closing)
    return text.quotation


def _told(language: str, findings: Sequence[Finding], answering: Collection[Quote | None]) -> _Text:
    """What answers one question is not called about another."""
    text = _Text(language)
    for finding in findings:
        is_answer = finding.verdict is Verdict.ANSWER
        quote = finding.quote if finding.is_worth_showing else None
        if quote and (is_answer or quote not in answering):
            text.quote(quote, is_answer=quote in answering)
        else:
            text.say(own_sentences.NOT_FOUND_ALSO, question=finding.question)
    return text


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
