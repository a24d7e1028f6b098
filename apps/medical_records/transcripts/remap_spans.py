"""A corrected transcript moves the characters that statements point at."""

from domain.clinical.grounding.assertion import find_assertion
from domain.clinical.grounding.drugs import built_in
from domain.clinical.grounding.source_comparison import meaning_problems
from domain.clinical.grounding.sources import spoken_text
from domain.clinical.grounding.statement_grounding import MAX_PROBLEM_CHARACTERS
from domain.clinical.grounding.terms import terms
from domain.clinical.records.record import Problem, RecordContent, Span, Statement, Status, Support
from domain.clinical.transcripts.corrections import Shift
from domain.clinical.transcripts.transcript import ClinicalTranscript
from llm_backend.wording import normalise


class _SpanMap:
    """From the characters of one transcript to those of the other; line by line where no line came or went."""

    def __init__(self, before: ClinicalTranscript, after: ClinicalTranscript) -> None:
        self.before, self.after = before, after
        self._is_by_line = len(before.utterances) == len(after.utterances)
        self._whole = None if self._is_by_line else Shift.between(before.text, after.text)
        self._lines: dict[int, Shift] = {}

    def __call__(self, offset: int) -> int:
        if self._whole:
            return self._whole(offset)
        number = self.before.utterance_at(offset)
        return self.after.starts[number] + self._line(number)(offset - self.before.starts[number])

    def _line(self, number: int) -> Shift:
        if number not in self._lines:
            old, new = self.before.utterances[number].text, self.after.utterances[number].text
            self._lines[number] = Shift.between(old, new)
        return self._lines[number]


def remap_content(
    content: RecordContent, before: ClinicalTranscript, after: ClinicalTranscript
) -> RecordContent:
    """The same statements with their new places. One whose words are gone, or say another thing now, is unsupported."""
    span_map = _SpanMap(before, after)
    copy = content.model_copy(deep=True)
    for section in copy.sections:
        for field in section.fields:
            field.statements = [_remap_statement(each, span_map) for each in field.statements]
    return copy


def _remap_statement(statement: Statement, span_map: _SpanMap) -> Statement:
    spans = [_span(span, span_map) for span in statement.spans]
    kept = [span for span in spans if span.start < span.end]
    moved = statement.model_copy(update={"spans": kept})
    if statement.support is not Support.SUPPORTED:
        return moved
    problems = _new_problems(statement, moved, span_map)
    if not problems:
        return moved
    return moved.model_copy(
        update={"support": Support.UNSUPPORTED, "problems": [*statement.problems, *problems]}
    )


def _new_problems(statement: Statement, moved: Statement, span_map: _SpanMap) -> list[Problem]:
    """What its corrected words no longer bear out: “左下肺” says nothing of “右下肺有啰音”."""
    if _is_lost(statement, moved.spans, span_map):
        return [Problem(code="no_source", words=statement.value)]
    was = spoken_text(span_map.before, statement.spans, ())
    now = spoken_text(span_map.after, moved.spans, ())
    if normalise(was) == normalise(now):
        return []
    gone = {term.key for term in terms(was)} - {term.key for term in terms(now)}
    words = [
        statement.text[term.start : term.end]
        for term in terms(statement.text)
        if term.is_weighty and term.key in gone
    ]
    if words:
        return [Problem(code="no_source", words=", ".join(words)[:MAX_PROBLEM_CHARACTERS])]
    if _statuses(span_map.before, statement) != _statuses(span_map.after, moved):
        # “考虑肺炎” that is “不考虑肺炎” now: the words that changed stand in front.
        return [Problem(code="wrong_status", words=statement.text[:MAX_PROBLEM_CHARACTERS])]
    return meaning_problems(moved, span_map.after, built_in())


def _statuses(transcript: ClinicalTranscript, statement: Statement) -> set[Status]:
    return {find_assertion(transcript, span.start, span.end).status for span in statement.spans}


def _span(span: Span, span_map: _SpanMap) -> Span:
    start, end = span_map(span.start), span_map(span.end)
    return Span(
        start=start,
        end=max(start, end),
        utterance=span_map.after.utterance_at(start),
        seconds=span_map.after.seconds(start, end) if end > start else None,
    )


def _is_lost(statement: Statement, kept: list[Span], span_map: _SpanMap) -> bool:
    if not kept:
        return True
    if not statement.value:
        return False
    was = any(statement.value in span_map.before.text[span.start : span.end] for span in statement.spans)
    return was and not any(statement.value in span_map.after.text[span.start : span.end] for span in kept)
