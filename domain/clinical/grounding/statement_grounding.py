"""From what a record is to say to the words it was said in. What no words bear out stays unsupported.

Figures, units, sides, drugs and statuses of the wording are compared one by one with the sentences it came from.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from domain.clinical.grounding import denial_scope, laterality, quantities
from domain.clinical.grounding import drugs as drug_names
from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.sources import find_spans, known_lines, spoken_text
from domain.clinical.grounding.terms import coverage, find_run, finding_terms, missing_terms
from domain.clinical.records.record import Problem, Span, Statement, Status, Support
from domain.clinical.transcripts.transcript import ClinicalTranscript, Utterance
from llm_backend import grounding, patterns
from llm_backend.wording import normalise

# Of the terms of a sentence that words something in the record's way.
MIN_WORDED_SHARE = 0.7
MAX_PROBLEM_CHARACTERS = 200
_DENIES = patterns.compile(r"\b(?:denies|denied|denying)\b|否认", patterns.IGNORECASE)
# “僵不僵” asks and denies nothing.
# They ask: 疼不疼, “做过没有？”.
_A_NOT_A = patterns.compile(r"([㐀-鿿]{1,2})不\1|有没有|没(?:有)?(?=[？?])")
_NO_STRENGTH = patterns.compile(r"没(?:有)?(?:什么)?(?:力气|劲儿?)")
_NEGATIVE = patterns.compile(
    r"\b(?:no|nope|nah|not|never|none|nothing|neither|nor|without|cannot|unable|denie[sd]|denying|negative|free|hardly"
    r"|barely|unremarkable|intact|normal)\b|n't\b|\b(?:do|does|did|is|was|ca|wo|have|has)nt\b|[没无不未非]|否认|别|正常"
)
_CONTRAST = patterns.compile(r"\b(?:but|although|though|however)\b|但是?|不过|可是", patterns.IGNORECASE)
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
    find_assertion: AssertionFinder | None = None,
) -> Statement:
    """The statement with its places in the transcript, its support and its problems.

    `lines`: the utterances it is said to come from, counted from 0. Spans it has already are kept where they
    lie inside the transcript. What a person entered is left as it is.
    """
    require_speech(transcript)
    if statement.support is Support.ENTERED:
        return statement
    lines = known_lines(transcript, lines)
    spans = find_spans(statement, transcript, lines)
    changes: dict[str, object] = {"spans": spans}
    if not spans:
        problems = [Problem(code="no_source", words=statement.value or statement.text)]
    else:
        source_text = spoken_text(transcript, spans, lines)
        problems = _wording_problems(statement, source_text, drugs or drug_names.built_in())
        if find_assertion and not problems:
            changes["status"], problems = _check_status(statement, transcript, spans, find_assertion)
        # As it stands in the transcript, and who said it.
        if statement.value:
            changes["value"] = transcript.text[spans[0].start : spans[0].end]
        if statement.speaker == "unknown":
            changes["speaker"] = transcript.utterances[spans[0].utterance].speaker
    support = Support.UNSUPPORTED if problems else Support.SUPPORTED
    return statement.model_copy(update=changes | {"support": support, "problems": problems})


def claimed_status(statement: Statement, find_assertion: AssertionFinder) -> Status:
    """What the wording says of its finding: “no cough” denies it. A bare one has the statement's status."""
    text = statement.text
    findings = finding_terms(text)
    place = (findings[0].start, findings[0].end) if findings else find_run(statement.value, text)
    if place is None:
        cue = _CLAIM_CUE.match(text)
        place = (cue.end() if cue else 0, len(text))
    return _worded_status(statement, place, find_assertion)


def _worded_status(statement: Statement, place: tuple[int, int], find_assertion: AssertionFinder) -> Status:
    alone = ClinicalTranscript((Utterance("doctor", statement.text),))
    status = find_assertion(alone, *place).status
    return statement.status if status is Status.PRESENT else status


def _wording_problems(statement: Statement, source_text: str, drugs: Drugs) -> list[Problem]:
    claim = statement.text
    if statement.number is not None and f"{statement.number:g}" not in claim:
        claim = f"{claim} {statement.number:g} {statement.unit}"
    problems = [
        *quantities.problems(claim, source_text),
        *laterality.problems(claim, source_text),
        *drugs.problems(claim, source_text),
    ]
    return problems or _unsaid_words(statement, source_text) or _denial_problems(statement, source_text)


def _unsaid_words(statement: Statement, source_text: str) -> list[Problem]:
    """A record has a wording of its own, but names no finding that was not said and says little else that was not."""
    spoken_findings = {term.key for term in finding_terms(source_text)}
    invented = [term for term in finding_terms(statement.text) if term.key not in spoken_findings]
    words = [statement.text[term.start : term.end] for term in invented]
    words = [word for word in words if normalise(word) not in normalise(source_text)]
    if words or coverage(statement.text, source_text) < MIN_WORDED_SHARE:
        words = words or missing_terms(statement.text, source_text)
        return [Problem(code="no_source", words=", ".join(words)[:MAX_PROBLEM_CHARACTERS])]
    return []


def _denial_problems(statement: Statement, source_text: str) -> list[Problem]:
    """A sentence that denies what nobody denied, or more than was, or leaves out that it was denied."""
    if denial_scope.is_wider(statement.text, source_text):
        return [Problem(code="wrong_status", words=statement.text[:MAX_PROBLEM_CHARACTERS])]
    # 没劲 is a complaint, as the 乏力 of the record is.
    source_text = _NO_STRENGTH.sub("乏力", source_text)
    # “讨论要不要化疗” denies nothing, said or written.
    unasked = (_A_NOT_A.sub(r"\1", text) for text in (statement.text, source_text))
    denies, was_denied = (bool(_NEGATIVE.search(normalise(text))) for text in unasked)
    if statement.value or denies is was_denied:
        return []
    # “I've got asthma but I haven't needed my inhaler”: what is denied is on the other side.
    sides = _CONTRAST.split(source_text)
    if not denies and len(sides) > 1:
        own = [each for each in sides if coverage(statement.text, each) >= MIN_WORDED_SHARE]
        if any(not _NEGATIVE.search(normalise(each)) for each in own):
            return []
    plain = _DENIES.sub(lambda match: " no " if match[0].isascii() else "无", statement.text)
    reasons = {verdict.reason for verdict in grounding.check(plain, [source_text])}
    if not denies and "negation" not in reasons:
        return []
    return [Problem(code="wrong_status", words=statement.text[:MAX_PROBLEM_CHARACTERS])]


def _check_status(
    statement: Statement,
    transcript: ClinicalTranscript,
    spans: Sequence[Span],
    find_assertion: AssertionFinder,
) -> tuple[Status, list[Problem]]:
    """What was denied must not be recorded as present, nor a relative's illness as the patient's, and back.

    What was said with doubt is recorded with doubt.
    """
    if statement.value:
        spoken_status = find_assertion(transcript, spans[0].start, spans[0].end).status
        if _contradict(claimed_status(statement, find_assertion), spoken_status):
            return statement.status, [Problem(code="wrong_status", words=statement.value)]
        return spoken_status, []
    # Once, however often the statement names a finding: a line that a recogniser repeated has hundreds.
    spoken_statuses: dict[str, set[Status]] = {}
    for span in spans:
        for each in finding_terms(transcript.text[span.start : span.end]):
            spoken = find_assertion(transcript, span.start + each.start, span.start + each.end)
            spoken_statuses.setdefault(each.key, set()).add(spoken.status)
    for term in finding_terms(statement.text):
        statuses = spoken_statuses.get(term.key)
        if not statuses:
            continue
        worded_status = _worded_status(statement, (term.start, term.end), find_assertion)
        if all(_contradict(worded_status, status) for status in statuses):
            words = statement.text[term.start : term.end]
            return statement.status, [Problem(code="wrong_status", words=words)]
    return statement.status, []


def _contradict(worded_status: Status, spoken_status: Status) -> bool:
    return worded_status is not spoken_status and not {worded_status, spoken_status} <= {
        Status.PRESENT,
        Status.UNSURE,
    }
