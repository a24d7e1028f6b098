"""Is every sentence of an answer supported by the passages it cites? Repairs citations, flags the rest.

A child process judges, so that others go on being answered however long that takes; it loads this file, which knows no
Django.
"""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from apps.core import bounded_calls
from apps.core.bounded_calls import TookTooLong
from llm_backend import grounding, patterns
from llm_backend.grounding import SentenceSupport, Similarity
from llm_backend.sentences import sentences

if TYPE_CHECKING:  # it would bring Django along
    from apps.answering.passages import NumberedPassage

logger = logging.getLogger(__name__)

# What becomes supported by its meaning may ask for the meaning of something else.
MAX_ROUNDS = 3
_MARKER = patterns.compile(
    r"[\[【]\s*+(?:(?:passage|source|段落|来源|文档)\s*+)?#?(\d{1,3}(?:\s*[,，、;]\s*\d{1,3})*)\s*[\]】]",
    patterns.IGNORECASE,
)
_MARKERS = patterns.compile(r"(?<!\s)(?:\s*+\[\d+\])+")
_TRAILING = patterns.compile(r"(?<![\s。！？!?.；;])[\s。！？!?.；;]*+$")
_CHINESE = patterns.compile(r"[㐀-鿿]")
_CODE = patterns.compile(r"```(?:(?!```)[\s\S])*+(?:```)?|`[^`\n]++`")
# In code `row[0]` is no citation, and `git add .` no sentence: meanwhile these are characters that no text has.
_HIDDEN = str.maketrans("[【 ", "\ufdd0\ufdd1\ufdd2")
_SHOWN = str.maketrans("\ufdd0\ufdd1\ufdd2", "[【 ")

# Of the reasons that grounding gives. What is merely worded differently has none of these and stays, flagged.
FALSE = frozenset({"wrong_figure", "negation", "made_up"})

Check = Callable[[str], list[SentenceSupport]]
# A sentence and the texts that it may mean the same as.
SameMeaning = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence by its place in the answer, and the passage that supports it.

    `is_false`: not merely without support, but contradicted by the passages or made up.
    """

    start: int
    end: int
    is_supported: bool
    citation: int | None = None
    quote: tuple[int, int] | None = None
    is_false: bool = False

    def body(self) -> dict[str, int | bool | None]:
        return {
            "start": self.start,
            "end": self.end,
            "is_supported": self.is_supported,
            "citation": self.citation,
        }


@dataclass(frozen=True)
class CheckedAnswer:
    text: str
    sentences: list[CheckedSentence] = field(default_factory=list)

    @property
    def has_support(self) -> bool:
        return any(sentence.citation for sentence in self.sentences)

    @property
    def is_supported(self) -> bool:
        """As a whole: each sentence that claims something."""
        return all(sentence.is_supported for sentence in self.sentences)

    @property
    def is_false(self) -> bool:
        """All that it claims is: nobody is served by seeing it, flagged or not."""
        claims = [each for each in self.sentences if each.citation or not each.is_supported]
        return bool(claims) and all(each.is_false for each in claims)

    @property
    def cited_numbers(self) -> set[int]:
        return {int(number) for number in patterns.findall(r"\[(\d{1,9})\]", hide_code(self.text))}

    def quote_of(self, number: int) -> tuple[int | None, int | None]:
        """The words of the passage that the answer rests on; nothing where only the meaning is the same."""
        quotes = (each.quote for each in self.sentences if each.citation == number and each.quote)
        return next(quotes, (None, None))

    def bodies(self) -> list[dict[str, Any]]:
        """Its sentences with what each rests on: a document, the model itself, or a passage that it names and that says
        something else.
        """
        text, told = hide_code(self.text), []
        for each in self.sentences:
            origin = "document" if each.citation else "own"
            if each.is_false and patterns.search(r"\[\d{1,2}\]", text[each.start : each.end]):
                origin = "differs"
            told.append({**each.body(), "origin": origin})
        return told

    def followed_by(self, other: "CheckedAnswer", numbers: Mapping[int, int]) -> "CheckedAnswer":
        """This one and below it another, whose passages are numbered anew: `numbers` by its own."""
        written, sentences, at = f"{self.text.rstrip()}\n\n", list(self.sentences), 0
        text = hide_code(other.text)
        for each in other.sentences:
            written += _renumbered(text[at : each.start], numbers)
            start = len(written)
            written += _renumbered(text[each.start : each.end], numbers)
            citation = numbers.get(each.citation) if each.citation else None
            sentences.append(replace(each, start=start, end=len(written), citation=citation))
            at = each.end
        return CheckedAnswer((written + _renumbered(text[at:], numbers)).translate(_SHOWN), sentences)

    def citation_of(self, passage: "NumberedPassage") -> dict[str, Any]:
        """A cited passage as pages and the API show it, with the words that the answer rests on."""
        start, end = self.quote_of(passage.number)
        return {
            "number": passage.number,
            "passage": passage.id and str(passage.id),
            "document_title": passage.document_title,
            "heading": passage.heading,
            "text": passage.text,
            "start": start,
            "end": end,
            "is_edited": passage.is_edited,
        }


def check_in_child(
    text: str, passages: Sequence["NumberedPassage"], *, question: str = "", similarity: Similarity
) -> CheckedAnswer:
    """As `checked_answer` does; what needs a model is asked here. One that cannot be checked in time has no support: it
    counts as one sentence that no passage holds.
    """
    texts = [passage.text for passage in passages]
    # The lines of what was looked up are about one thing, so each stands under all of them.
    headings = [passage.heading if passage.id else passage.text for passage in passages]
    cosines: dict[SameMeaning, Sequence[float]] = {}
    try:
        for _round in range(MAX_ROUNDS):
            answer, questions = bounded_calls.call(check_with, text, texts, headings, question, cosines)
            if not questions:
                break
            cosines |= {each: similarity(each[0], each[1]) for each in questions}
    except TookTooLong:
        logger.warning("an answer took too long to check and counts as unsupported")
        return CheckedAnswer(text, [CheckedSentence(0, len(text), is_supported=False)])
    return answer


def checked_answer(
    text: str,
    texts: Sequence[str],
    *,
    headings: Sequence[str] = (),
    question: str = "",
    similarity: Similarity | None = None,
) -> CheckedAnswer:
    """The answer with one verdict per sentence. Numbers of passages (`texts`) that do not exist are gone.

    A sentence that names no passage, or the wrong one, gets the number of the passage that holds it. Code stays as it is.
    """
    # The check reads words, so blanks come back before it.
    text = _with_plain_markers(hide_code(text), len(texts)).replace("\ufdd2", " ")
    # Markers move and vanish, so the text is written anew and each sentence's place is taken from the new one.
    written, sentences, at = "", [], 0
    check = partial(
        grounding.check, passages=texts, headings=headings, question=question, similarity=similarity
    )
    for verdict in check(text):
        sentence, verdict_kept = _repair_citations(verdict, check)
        written += text[at : verdict.start]
        is_false = _is_false(verdict_kept, len(texts), check)
        sentences.append(
            _checked_sentence(verdict_kept, len(written), len(written) + len(sentence), is_false=is_false)
        )
        written += sentence
        at = verdict.end
    return CheckedAnswer((written + text[at:]).translate(_SHOWN), sentences)


def hide_code(text: str) -> str:
    """The text, as long as before, without the brackets and blanks that stand in code: they cite nothing."""
    return _CODE.sub(lambda code: code[0].translate(_HIDDEN), text)


def check_with(
    text: str,
    texts: Sequence[str],
    headings: Sequence[str],
    question: str,
    cosines: Mapping[SameMeaning, Sequence[float]],
) -> tuple[CheckedAnswer, list[SameMeaning]]:
    """In the child, which has no model to ask: what it would ask about meaning comes back, to be asked again with it."""
    requests: list[SameMeaning] = []

    def known(sentence: str, others: Sequence[str]) -> Sequence[float]:
        key = (sentence, tuple(others))
        if key not in cosines:
            requests.append(key)
        return cosines.get(key, ())

    answer = checked_answer(text, texts, headings=headings, question=question, similarity=known)
    return answer, requests


def without_unsupported(answer: CheckedAnswer) -> CheckedAnswer:
    """Only the sentences that passages support, and the courtesies between them."""
    written, sentences, at = "", [], 0
    for sentence in answer.sentences:
        if sentence.is_supported:
            before = answer.text[at : sentence.start] if written else ""
            start = len(written) + len(before)
            written += before + answer.text[sentence.start : sentence.end]
            sentences.append(replace(sentence, start=start, end=len(written)))
        at = sentence.end
    return CheckedAnswer(written, sentences)


def quote_passages(texts: Sequence[tuple[int, str]], *, opening: str) -> CheckedAnswer:
    """Passages word for word behind a sentence of our own: true by construction."""
    written, sentences = opening, []
    for number, text in texts:
        start = len(written) + 1
        written += f"\n“{text}” [{number}]"
        sentences.append(CheckedSentence(start, len(written), True, number, (0, len(text.removesuffix("…")))))
    return CheckedAnswer(written, sentences)


def without_sentence(text: str, sentence: str) -> str:
    """The text without a sentence that the model was told to write, give or take punctuation.

    Small models like to add “I could not find that” behind a good answer.
    """
    kept, at = "", 0
    for each in sentences(text):
        if _bare(sentence) == _bare(each.claim):
            kept, at = kept + text[at : each.start], each.end
    return (kept + text[at:]).strip()


def _repair_citations(verdict: SentenceSupport, check: Check) -> tuple[str, SentenceSupport]:
    bare = _MARKERS.sub("", verdict.text).strip()
    if not verdict.is_claim or (verdict.supported and verdict.citations):
        return _with_markers(bare, verdict.citations), verdict
    # Held against all passages, not only the one it names: small models often cite the neighbour.
    again = check(bare) if verdict.citations else [verdict]
    repaired_verdict = again[0] if again else verdict
    if not repaired_verdict.supported or not repaired_verdict.spans:
        return _with_markers(bare, verdict.citations), verdict
    return _with_markers(bare, (repaired_verdict.spans[0].passage,)), repaired_verdict


def _is_false(verdict: SentenceSupport, count: int, check: Check) -> bool:
    """Whichever passage it names: all of them together contradict it, or hold nothing of it."""
    if verdict.reason not in FALSE:
        return False
    bare = _MARKERS.sub("", verdict.text).strip()
    return all(again.reason in FALSE for again in check(_with_markers(bare, range(1, count + 1))))


def _checked_sentence(verdict: SentenceSupport, start: int, end: int, *, is_false: bool) -> CheckedSentence:
    is_supported = verdict.supported or not verdict.is_claim
    span = verdict.spans[0] if verdict.supported and verdict.spans else None
    if span:
        return CheckedSentence(start, end, is_supported, span.passage, (span.start, span.end))
    citation = verdict.citations[0] if verdict.supported and verdict.citations else None
    return CheckedSentence(start, end, is_supported, citation, is_false=is_false)


def _with_plain_markers(text: str, count: int) -> str:
    def plain(marker: patterns.Match[str]) -> str:
        numbers = dict.fromkeys(int(number) for number in patterns.findall(r"\d+", marker[1]))
        return "".join(f"[{number}]" for number in numbers if 1 <= number <= count)

    return patterns.sub(r"(?<![ \t])[ \t]++(?=[。！？!?.]|$)", "", _MARKER.sub(plain, text.strip()))


def _with_markers(sentence: str, numbers: Sequence[int]) -> str:
    """The markers go before the full stop, wherever the model put them."""
    if not numbers:
        return sentence
    stop = len(sentence) - len(match[0]) if (match := _TRAILING.search(sentence)) else len(sentence)
    gap = "" if _CHINESE.match(sentence[stop - 1 : stop]) else " "
    marks = "".join(f"[{number}]" for number in numbers)
    return f"{sentence[:stop]}{gap}{marks}{sentence[stop:]}"


def _renumbered(text: str, numbers: Mapping[int, int]) -> str:
    return patterns.sub(r"\[(\d{1,9})\]", lambda mark: f"[{numbers.get(int(mark[1]), mark[1])}]", text)


def _bare(text: str) -> str:
    return patterns.sub(r"[\W_]+", "", text).lower()
