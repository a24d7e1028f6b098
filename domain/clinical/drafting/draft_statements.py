"""One drafted statement: held against what was said, with the status that the words have and a wording that says it."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.clinical.grounding.drugs import Drugs
from domain.clinical.grounding.sources import find_source
from domain.clinical.grounding.statement_grounding import AssertionFinder, claimed_status, ground_statement
from domain.clinical.grounding.terms import finding_terms
from domain.clinical.records.record import Problem, Statement, Status, Support
from domain.clinical.records.template import Sex, TemplateField
from domain.clinical.transcripts.transcript import ClinicalTranscript, Utterance
from llm_backend import patterns
from llm_backend.sentences import is_chinese

_CLAUSES = patterns.compile(r"[^，,。.；;！!？?]*\w")
_KINDS_WITH_STATUS = frozenset({"findings", "allergies", "diagnoses"})
_STATUS_WORDS = {
    Status.DENIED: ("否认{}", "Denies {}"),
    Status.UNSURE: ("可疑{}", "Possible {}"),
    Status.FAMILY: ("家族史：{}", "Family history: {}"),
}


@dataclass(frozen=True)
class DraftContext:
    """What statements are held against. `sex`: of the patient, where it is known."""

    transcript: ClinicalTranscript
    drugs: Drugs
    find_assertion: AssertionFinder | None = None
    sex: Sex = ""


def check_statement(
    statement: Statement, field: TemplateField, lines: Sequence[int], context: DraftContext
) -> Statement:
    """Grounded, with the status that the words have, and with a wording that says it.

    Rules decide the status of a bare finding; a wording that decides it already is checked instead. Words that are
    no finding at all, as in “come back if you get a fever”, support none.
    """
    transcript, find_assertion = context.transcript, context.find_assertion
    has_status = bool(find_assertion and statement.value and field.kind in _KINDS_WITH_STATUS)
    place = find_source(transcript, statement.value, lines) if has_status else None
    assertion = find_assertion(transcript, place.start, place.end) if find_assertion and place else None
    worded_status = (
        claimed_status(statement, find_assertion) if find_assertion and assertion else Status.PRESENT
    )
    if assertion:
        status = assertion.status if worded_status is Status.PRESENT else worded_status
        statement = statement.model_copy(update={"status": status})
    checked = ground_statement(
        statement, transcript, lines=lines, drugs=context.drugs, find_assertion=find_assertion
    )
    if assertion and not assertion.is_finding and checked.support is Support.SUPPORTED:
        return with_problem(checked, "wrong_status", checked.value)
    if worded_status is Status.PRESENT and checked.value and checked.status is not Status.PRESENT:
        checked = _with_status_in_words(checked)
    return _with_doubtful_number(checked, field)


def diagnosis_status(text: str, find_assertion: AssertionFinder) -> Status:
    """What a diagnosis in running words says of itself: “考虑肺炎” doubts, “it is not pneumonia” denies.

    What it says as plain fact in one of its clauses it states; its words say what it denies beside.
    """
    alone = ClinicalTranscript((Utterance("doctor", text),))
    places = [(term.start, term.end) for term in finding_terms(text)]
    statuses = {find_assertion(alone, *place).status for place in places}
    for clause in _CLAUSES.finditer(text):
        if not any(clause.start() <= start < clause.end() for start, _ in places):
            statuses.add(_status_of_unknown(alone, clause, find_assertion))
    if Status.PRESENT in statuses or not statuses:
        return Status.PRESENT
    return Status.DENIED if statuses == {Status.DENIED} else Status.UNSURE


def _status_of_unknown(
    said: ClinicalTranscript, clause: patterns.Match[str], find_assertion: AssertionFinder
) -> Status:
    """Of an illness that no word list has, by what stands before and behind: “lymphoma can't be excluded”."""
    first = clause.start() + len(clause[0]) - len(clause[0].lstrip(" ，,。.；;"))
    places = ((first, first + 1), (clause.end() - 1, clause.end()))
    statuses = {find_assertion(said, *place).status for place in places}
    return next((each for each in (Status.UNSURE, Status.DENIED) if each in statuses), Status.PRESENT)


def with_problem(statement: Statement, code: str, words: str) -> Statement:
    """Unsupported, and why."""
    problems = [*statement.problems, Problem(code=code, words=words)]
    return statement.model_copy(update={"support": Support.UNSUPPORTED, "problems": problems})


def _with_status_in_words(statement: Statement) -> Statement:
    """A bare finding reads as if it were there: the wording says what its status is."""
    chinese, english = _STATUS_WORDS[statement.status]
    text = statement.text
    if is_chinese(text):
        return statement.model_copy(update={"text": chinese.format(text)})
    # Behind another word, unless it is an abbreviation.
    lower = text if text[1:2].isupper() else text[:1].lower() + text[1:]
    return statement.model_copy(update={"text": english.format(lower)})


def _with_doubtful_number(statement: Statement, field: TemplateField) -> Statement:
    """A number outside of what the template expects is said to be so. It may still be right."""
    if statement.number is None or statement.support is not Support.SUPPORTED:
        return statement
    is_too_low = field.low is not None and statement.number < field.low
    is_too_high = field.high is not None and statement.number > field.high
    if not (is_too_low or is_too_high):
        return statement
    problem = Problem(code="out_of_range", words=statement.text)
    return statement.model_copy(update={"problems": [*statement.problems, problem]})
