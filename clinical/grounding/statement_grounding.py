"""From what a record is to say to the words it was said in. What no words bear out stays unsupported.

Exact words first, then the same terms in another spelling (`3 days` for 三天), then most of the terms in their
order within a short stretch. Figures, units, sides, drugs and statuses are compared one by one.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from clinical.grounding import drugs as drug_names
from clinical.grounding import laterality, quantities
from clinical.grounding.drugs import Drugs
from clinical.grounding.terms import alignment, coverage, find_run, finding_terms, missing_terms
from clinical.records.record import Problem, Span, Statement, Status, Support
from clinical.transcripts.transcript import ClinicalTranscript, Utterance
from llm_backend import grounding, patterns
from llm_backend.sentences import sentences
from llm_backend.wording import normalised

# Of the terms of a value, and of a sentence that words it in the record's way.
MIN_ALIGNED_SHARE, MIN_WORDED_SHARE = 0.6, 0.7
_DENIES = patterns.compile(r"\b(?:denies|denied|denying)\b|否认", patterns.IGNORECASE)
# “僵不僵” asks and denies nothing.
_A_NOT_A = patterns.compile(r"([㐀-鿿]{1,2})不\1")
_NEGATIVE = patterns.compile(
    r"\b(?:no|nope|nah|not|never|none|nothing|neither|nor|without|cannot|unable|denie[sd]|denying|negative|free|hardly"
    r"|barely|unremarkable|intact|normal)\b|n't\b|\b(?:do|does|did|is|was|ca|wo|have|has)nt\b|[没无不未非]|否认|别|正常"
)
_CLAIM_CUE = patterns.compile(
    r"\A\s*+(?:no|denies|denied|without|not|possible|否认|无|没有|未见?|不|可疑|可能)\s*", patterns.IGNORECASE
)
_SOUND = patterns.compile(r"[\[(（【<][^\])）】>]{0,40}[\])）】>]|[♪♫]")


class NoSpeech(ValueError):
    """Nothing was said, so there is nothing to write a record from."""


class AnyAssertion(Protocol):
    """`is_finding`: False for what only might come, and for what was asked and never answered."""

    @property
    def status(self) -> Status: ...

    @property
    def is_finding(self) -> bool: ...


AssertionFinder = Callable[[ClinicalTranscript, int, int], AnyAssertion]


def require_speech(transcript: ClinicalTranscript) -> None:
    """Raises NoSpeech. Music and noises that a transcriber writes into brackets are no speech."""
    if not patterns.search(r"\w", _SOUND.sub("", transcript.text)):
        raise NoSpeech("nothing was said in this recording, so there is no record to draft")


def ground_statement(
    statement: Statement,
    transcript: ClinicalTranscript,
    *,
    lines: Sequence[int] = (),
    drugs: Drugs | None = None,
    status_of: AssertionFinder | None = None,
) -> Statement:
    """The statement with its places in the transcript, its support and its problems.

    `lines`: the utterances it is said to come from, counted from 0. Spans it has already are kept where they
    lie inside the transcript. What a person entered is left as it is.
    """
    require_speech(transcript)
    if statement.support is Support.ENTERED:
        return statement
    lines = _known_lines(transcript, lines)
    spans = _recount_spans(statement, transcript) or list(_spans(statement, transcript, lines))
    if not spans:
        return _with_verdict(
            statement, [], [Problem(code="no_source", words=statement.value or statement.text)]
        )
    said = _spoken_text(transcript, spans, lines)
    found = _problems(statement, said, drugs or drug_names.built_in())
    status = statement.status
    if status_of and not found:
        status, wrong = _status(statement, transcript, spans, status_of)
        found += wrong
    return _with_verdict(_in_spoken_words(statement, transcript, spans, status), spans, found)


def find_source(transcript: ClinicalTranscript, wanted: str, lines: Sequence[int] = ()) -> Span | None:
    """Where it was said: in the lines named, beside them, or anywhere when the words are the same.

    Lines that there are not, as a model may name them, do not count.
    """
    wanted, lines = wanted.strip(), _known_lines(transcript, lines)
    if not patterns.search(r"\w", wanted):
        return None
    order = _nearest_first(transcript, lines)
    for find in (_find_exact, find_run):
        for number in order:
            if place := find(wanted, transcript.utterances[number].text):
                return _span(transcript, number, *place)
    return _find_aligned(transcript, wanted, lines or order)


def _known_lines(transcript: ClinicalTranscript, lines: Sequence[int]) -> list[int]:
    return [line for line in lines if 0 <= line < len(transcript.utterances)]


def find_lines(transcript: ClinicalTranscript, text: str, *, most: int = 4) -> list[int]:
    """The few lines that together hold most of its words, where nobody has named them. Counted from 0."""
    found: list[int] = []
    lacking = text
    while lacking and len(found) < most:
        scored = [(coverage(lacking, said.text), -line) for line, said in enumerate(transcript.utterances)]
        share, place = max(scored, default=(0.0, 0))
        if not share or -place in found:
            break
        found.append(-place)
        lacking = " ".join(missing_terms(lacking, transcript.utterances[-place].text))
    return sorted(found)


def _spans(statement: Statement, transcript: ClinicalTranscript, lines: Sequence[int]) -> Iterator[Span]:
    """Of the value, then of what its wording adds from the other lines named."""
    first = find_source(transcript, statement.value or statement.text, lines)
    if first is None and not statement.value and len(lines) > 1:
        yield from _gather_spans(transcript, statement.text, lines)
        return
    if first:
        yield first
        others = [line for line in lines if line != first.utterance]
        lacking = " ".join(missing_terms(statement.text, transcript.utterances[first.utterance].text))
        yield from _gather_spans(transcript, lacking, others)


def _gather_spans(transcript: ClinicalTranscript, wanted: str, lines: Sequence[int]) -> Iterator[Span]:
    for line in lines:
        share, start, end = alignment(wanted, transcript.utterances[line].text)
        if share:
            yield _span(transcript, line, start, end)


def _find_aligned(transcript: ClinicalTranscript, wanted: str, lines: Sequence[int]) -> Span | None:
    scored = [(*alignment(wanted, transcript.utterances[line].text), line) for line in lines]
    share, start, end, line = max(scored, key=lambda found: found[0], default=(0.0, 0, 0, 0))
    return _span(transcript, line, start, end) if share >= MIN_ALIGNED_SHARE else None


def _nearest_first(transcript: ClinicalTranscript, lines: Sequence[int]) -> list[int]:
    numbers = range(len(transcript.utterances))
    if not lines:
        return list(numbers)
    return sorted(numbers, key=lambda number: min(abs(number - line) for line in lines))


def _find_exact(wanted: str, text: str) -> tuple[int, int] | None:
    """As whole words: 5 does not stand in 15."""
    plain, known = normalised(wanted), normalised(text)
    front = r"(?<![a-z0-9.])" if patterns.match(r"[a-z0-9]", plain) else ""
    back = r"(?![a-z0-9]|\.\d)" if patterns.search(r"[a-z0-9]$", plain) else ""
    match = patterns.words([plain], before=front, after=back).search(known)
    return match.span() if match else None


def _span(transcript: ClinicalTranscript, number: int, start: int, end: int) -> Span:
    offset = transcript.starts[number]
    start, end = offset + start, offset + end
    return Span(start=start, end=end, utterance=number, seconds=transcript.seconds(start, end))


def _recount_spans(statement: Statement, transcript: ClinicalTranscript) -> list[Span]:
    """Counted anew: the utterance and the seconds follow from the place."""
    length = len(transcript.text)
    return [
        Span(
            start=span.start,
            end=span.end,
            utterance=transcript.utterance_at(span.start),
            seconds=transcript.seconds(span.start, span.end),
        )
        for span in statement.spans
        if 0 <= span.start < span.end <= length and transcript.text[span.start : span.end].strip()
    ]


def _spoken_text(transcript: ClinicalTranscript, spans: Sequence[Span], lines: Sequence[int]) -> str:
    """The sentences that the spans lie in, and the whole of the lines named."""
    pieces: dict[int, str] = {}
    for number, utterance in enumerate(transcript.utterances):
        offset, end = transcript.places(number)
        inside = [span for span in spans if span.start < end and span.end > offset]
        if number in lines:
            pieces[number] = utterance.text
        elif inside:
            pieces[number] = _sentences_of(
                utterance.text, [(s.start - offset, s.end - offset) for s in inside]
            )
    return "\n".join(pieces.values())


def _sentences_of(text: str, places: Sequence[tuple[int, int]]) -> str:
    touched = [
        sentence.text
        for sentence in sentences(text)
        if any(sentence.start < end and sentence.end > start for start, end in places)
    ]
    return " ".join(touched) or text


def _problems(statement: Statement, said: str, drugs: Drugs) -> list[Problem]:
    claim = statement.text
    if statement.number is not None and f"{statement.number:g}" not in claim:
        claim = f"{claim} {statement.number:g} {statement.unit}"
    found = [
        *quantities.problems(claim, said),
        *laterality.problems(claim, said),
        *drugs.problems(claim, said),
    ]
    return found or _unsaid_words(statement, said) or _denial_problems(statement, said)


def _unsaid_words(statement: Statement, said: str) -> list[Problem]:
    """A record has a wording of its own, but names no finding that was not said and says little else that was not."""
    known = {term.key for term in finding_terms(said)}
    invented = [term for term in finding_terms(statement.text) if term.key not in known]
    words = [statement.text[term.start : term.end] for term in invented]
    words = [word for word in words if normalised(word) not in normalised(said)]
    if words or coverage(statement.text, said) < MIN_WORDED_SHARE:
        words = words or missing_terms(statement.text, said)
        return [Problem(code="no_source", words=", ".join(words)[:200])]
    return []


def _denial_problems(statement: Statement, said: str) -> list[Problem]:
    """A sentence that denies what nobody denied, or leaves out that it was denied."""
    asked = _A_NOT_A.sub(r"\1", said)
    denies, was_denied = (bool(_NEGATIVE.search(normalised(text))) for text in (statement.text, asked))
    if statement.value or denies is was_denied:
        return []
    plain = _DENIES.sub(lambda match: " no " if match[0].isascii() else "无", statement.text)
    reasons = {verdict.reason for verdict in grounding.check(plain, [said])}
    is_wrong = denies or "negation" in reasons
    return [Problem(code="wrong_status", words=statement.text[:200])] if is_wrong else []


def _status(
    statement: Statement, transcript: ClinicalTranscript, spans: Sequence[Span], status_of: AssertionFinder
) -> tuple[Status, list[Problem]]:
    """What was denied must not be recorded as present, nor a relative's illness as the patient's, and back.

    What was said with doubt is recorded with doubt.
    """
    if statement.value:
        said = status_of(transcript, spans[0].start, spans[0].end).status
        claimed = claimed_status(statement, status_of)
        if _conflict(claimed, said):
            return statement.status, [Problem(code="wrong_status", words=statement.value)]
        return said, []
    for term in finding_terms(statement.text):
        claimed = _worded_status(statement, (term.start, term.end), status_of)
        places = [place for span in spans for place in _places_of(term.key, transcript, span)]
        statuses = [status_of(transcript, start, end).status for start, end in places]
        if statuses and all(_conflict(claimed, status) for status in statuses):
            words = statement.text[term.start : term.end]
            return statement.status, [Problem(code="wrong_status", words=words)]
    return statement.status, []


def claimed_status(statement: Statement, status_of: AssertionFinder) -> Status:
    """What the wording says of its finding: “no cough” denies it. A bare one has the statement's status."""
    text = statement.text
    named = finding_terms(text)
    place = (named[0].start, named[0].end) if named else find_run(statement.value, text)
    if place is None:
        cue = _CLAIM_CUE.match(text)
        place = (cue.end() if cue else 0, len(text))
    return _worded_status(statement, place, status_of)


def _worded_status(statement: Statement, place: tuple[int, int], status_of: AssertionFinder) -> Status:
    alone = ClinicalTranscript((Utterance("doctor", statement.text),))
    worded = status_of(alone, *place).status
    return statement.status if worded is Status.PRESENT else worded


def _conflict(claimed: Status, said: Status) -> bool:
    return claimed is not said and not {claimed, said} <= {Status.PRESENT, Status.UNSURE}


def _places_of(key: str, transcript: ClinicalTranscript, span: Span) -> list[tuple[int, int]]:
    text = transcript.text[span.start : span.end]
    return [(span.start + t.start, span.start + t.end) for t in finding_terms(text) if t.key == key]


def _in_spoken_words(
    statement: Statement, transcript: ClinicalTranscript, spans: Sequence[Span], status: Status
) -> Statement:
    """The value as it stands in the transcript, and who said it."""
    first = spans[0]
    changes: dict[str, object] = {"status": status}
    if statement.value:
        changes["value"] = transcript.text[first.start : first.end]
    if statement.speaker == "unknown":
        changes["speaker"] = transcript.utterances[first.utterance].speaker
    return statement.model_copy(update=changes)


def _with_verdict(statement: Statement, spans: list[Span], problems: list[Problem]) -> Statement:
    support = Support.UNSUPPORTED if problems else Support.SUPPORTED
    return statement.model_copy(update={"spans": spans, "support": support, "problems": problems})
