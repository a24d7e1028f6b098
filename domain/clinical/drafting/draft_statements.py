"""One drafted statement: held against what was said, with the status that the words have and a wording that says it."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

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
# More are no diagnosis; each is asked for by itself.
_MAX_CLAUSES = 40
# “A depressive episode without psychotic symptoms”, “抑郁发作不伴精神病性症状”: it qualifies the diagnosis before it.
_WITHOUT = patterns.compile(
    r"(?<=\w) (?:without|with no)\b[^,.;]{0,200}|(?<=[㐀-鿿]{2})(?:不伴有?|未合并)[^，,。；;]{0,60}",
    patterns.IGNORECASE,
)
_CERTAIN = patterns.compile(
    r"\b(?:without|with no|beyond) (?:a |any )?(?:doubt|question)\b", patterns.IGNORECASE
)
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
    told = _WITHOUT.sub("", _CERTAIN.sub("", text))
    statuses = {status for _clause, status in _clause_statuses(told, find_assertion)}
    if Status.PRESENT in statuses or not statuses:
        return Status.PRESENT
    return Status.DENIED if statuses == {Status.DENIED} else Status.UNSURE


def split_by_doubt(text: str, find_assertion: AssertionFinder) -> list[tuple[int, int]]:
    """Where in the diagnoses of one sentence facts and doubts begin and end: “高血压，可能有糖尿病” are two places."""
    places: list[tuple[int, int]] = []
    is_doubted: list[bool] = []
    for (start, end), status in _clause_statuses(text, find_assertion):
        if status is Status.DENIED and places:
            # What is denied beside a diagnosis stays with it.
            places[-1] = (places[-1][0], end)
            continue
        doubted = status is not Status.PRESENT
        if is_doubted and is_doubted[-1] == doubted:
            places[-1] = (places[-1][0], end)
        else:
            places.append((start, end))
            is_doubted.append(doubted)
    starts = [0, *(start for start, _end in places[1:])]
    ends = [*starts[1:], len(text)]
    return list(zip(starts, ends, strict=True))


def _clause_statuses(text: str, find_assertion: AssertionFinder) -> list[tuple[tuple[int, int], Status]]:
    """Of each clause the status of what it names. One that names nothing known and doubts nothing has none beside a doubt:
    in “考虑肺炎，比较重” it tells of the pneumonia.
    """
    alone = ClinicalTranscript((Utterance("doctor", text),))
    terms = sorted((term.start, term.end) for term in finding_terms(text))
    known: list[tuple[tuple[int, int], Status]] = []
    unknown_places: set[tuple[int, int]] = set()
    for clause in islice(_CLAUSES.finditer(text), _MAX_CLAUSES):
        own = terms[bisect_left(terms, (clause.start(),)) : bisect_left(terms, (clause.end(),))]
        statuses = {find_assertion(alone, *place).status for place in own}
        if not own:
            status = _status_of_unknown(alone, clause, find_assertion)
            statuses = {status}
            if status is Status.PRESENT:
                unknown_places.add(clause.span())
        plain = next((each for each in (Status.PRESENT, Status.UNSURE) if each in statuses), Status.DENIED)
        known.append((clause.span(), plain))
    is_doubted = any(status is Status.UNSURE for _place, status in known)
    return [each for each in known if not (is_doubted and each[0] in unknown_places)]


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
