"""From what a model answered for a section to statements of the record, each with its source or its problem."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from clinical.drafting.extraction_schema import Answer, ChoiceAnswer, NumberAnswer, QuoteAnswer, TextAnswer
from clinical.grounding.drugs import Drugs
from clinical.grounding.sources import find_source
from clinical.grounding.statement_grounding import AssertionFinder, claimed_status, ground_statement
from clinical.grounding.terms import terms
from clinical.records.record import FieldContent, Problem, Statement, Status, Support
from clinical.records.template import Sex, TemplateField, TemplateSection
from clinical.transcripts.transcript import ClinicalTranscript
from llm_backend import patterns
from llm_backend.sentences import is_chinese
from llm_backend.wording import normalised

_KINDS_WITH_STATUS = frozenset({"findings", "allergies", "diagnoses"})
_WORDED = {
    Status.DENIED: ("否认{}", "Denies {}"),
    Status.UNSURE: ("可疑{}", "Possible {}"),
    Status.FAMILY: ("家族史：{}", "Family history: {}"),
}
# What models write where they have nothing to say.
_NOTHING = patterns.compile(
    r"(?:n/?a|none|null|nil|unknown|not (?:mentioned|stated|provided|discussed|applicable)|no (?:data|information)"
    r"|未提及|未提到|未说明|未述|未知|不详|无相关内容|空)[.。]?"
)

# A question states nothing, and a bare answer says nothing without it.
_ASKED = patterns.compile(r"\A.*(?:[?？]|[吗呢])[.。!！]?", patterns.DOTALL)
_BARE_REPLY = patterns.compile(
    r"(?:yes|yeah|no|nope|none|a little|有(?:的|一点)?|没有|没|无|是(?:的)?|不是|否|对|嗯|不|过敏|正常)[.。]?"
)


@dataclass(frozen=True)
class DraftContext:
    """What statements are held against. `sex`: of the patient, where it is known."""

    transcript: ClinicalTranscript
    drugs: Drugs
    find_assertion: AssertionFinder | None = None
    sex: Sex = ""


def proposed_fields(
    section: TemplateSection, answers: Sequence[BaseModel], ground: DraftContext
) -> list[FieldContent]:
    """The section's fields with the statements of all answers; what was answered twice stands once."""
    return [
        FieldContent(key=field.key, statements=list(_statements(section, field, answers, ground)))
        for field in section.fields
    ]


def _statements(
    section: TemplateSection, field: TemplateField, answers: Sequence[BaseModel], ground: DraftContext
) -> Iterator[Statement]:
    seen: set[str] = set()
    for number, answer in enumerate(_answers(field, answers)):
        proposed = proposed_statement(f"{section.key}-{field.key}-{number + 1}", field, answer)
        key = _term_keys(proposed.text) if proposed else ""
        if proposed and key and key not in seen:
            seen.add(key)
            yield settle_statement(proposed, field, [line - 1 for line in answer.lines], ground)


def _answers(field: TemplateField, answers: Sequence[BaseModel]) -> Iterator[Answer]:
    for answer in answers:
        yield from getattr(answer, field.key, [])


def proposed_statement(statement_id: str, field: TemplateField, answer: Answer) -> Statement | None:
    """None where the model says that there is nothing to say, or repeats a question or a bare answer."""
    text, value, number = _content(field, answer)
    if not text.strip() or _says_nothing(
        normalised(text.strip()), is_free=isinstance(answer, TextAnswer | QuoteAnswer)
    ):
        return None
    unit = field.unit if number is not None else ""
    return Statement(id=statement_id, text=text.strip(), value=value.strip(), number=number, unit=unit)


def _says_nothing(plain: str, *, is_free: bool) -> bool:
    """`is_free`: in words of its own; a choice may well be “yes”."""
    words = (_NOTHING, _ASKED, _BARE_REPLY) if is_free else (_NOTHING,)
    return any(each.fullmatch(plain) for each in words)


def _content(field: TemplateField, answer: Answer) -> tuple[str, str, float | None]:
    if isinstance(answer, NumberAnswer):
        return f"{answer.number:g} {field.unit}".strip(), answer.quote or f"{answer.number:g}", answer.number
    if isinstance(answer, ChoiceAnswer):
        return answer.choice, answer.quote or answer.choice, None
    if isinstance(answer, QuoteAnswer):
        return answer.text, answer.quote or answer.text, None
    return (answer.text if isinstance(answer, TextAnswer) else ""), "", None


def settle_statement(
    statement: Statement, field: TemplateField, lines: Sequence[int], ground: DraftContext
) -> Statement:
    """Grounded, with the status that the words have, and with a wording that says it.

    Rules decide the status of a bare finding; a wording that decides it already is checked instead. Words that are
    no finding at all, as in “come back if you get a fever”, support none.
    """
    transcript, find_assertion = ground.transcript, ground.find_assertion
    has_status = bool(find_assertion and statement.value and field.kind in _KINDS_WITH_STATUS)
    place = find_source(transcript, statement.value, lines) if has_status else None
    said = find_assertion(transcript, place.start, place.end) if find_assertion and place else None
    worded = claimed_status(statement, find_assertion) if find_assertion and said else Status.PRESENT
    if said:
        status = said.status if worded is Status.PRESENT else worded
        statement = statement.model_copy(update={"status": status})
    checked = ground_statement(
        statement, transcript, lines=lines, drugs=ground.drugs, find_assertion=find_assertion
    )
    if said and not said.is_finding and checked.support is Support.SUPPORTED:
        return with_problem(checked, "wrong_status", checked.value)
    return _question_range(_word_status(checked) if worded is Status.PRESENT else checked, field)


def _word_status(statement: Statement) -> Statement:
    """A bare finding reads as if it were there: the wording says what its status is."""
    if not statement.value or statement.status is Status.PRESENT:
        return statement
    chinese, english = _WORDED[statement.status]
    text = statement.text
    worded = chinese.format(text) if is_chinese(text) else english.format(_lower(text))
    return statement.model_copy(update={"text": worded})


def with_problem(statement: Statement, code: str, words: str) -> Statement:
    """Unsupported, and why."""
    problems = [*statement.problems, Problem(code=code, words=words)]
    return statement.model_copy(update={"support": Support.UNSUPPORTED, "problems": problems})


def _lower(text: str) -> str:
    """Behind another word, unless it is an abbreviation."""
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]


def _question_range(statement: Statement, field: TemplateField) -> Statement:
    """A number outside of what the template expects is said to be so. It may still be right."""
    if statement.number is None or statement.support is not Support.SUPPORTED:
        return statement
    too_low = field.low is not None and statement.number < field.low
    too_high = field.high is not None and statement.number > field.high
    if not (too_low or too_high):
        return statement
    problem = Problem(code="out_of_range", words=statement.text)
    return statement.model_copy(update={"problems": [*statement.problems, problem]})


def _term_keys(text: str) -> str:
    return " ".join(term.key for term in terms(text))
