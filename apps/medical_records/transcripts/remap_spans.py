"""A corrected transcript moves the characters that statements point at."""

from domain.clinical.records.record import Problem, RecordContent, Span, Statement, Support
from domain.clinical.transcripts.corrections import Shift
from domain.clinical.transcripts.transcript import ClinicalTranscript


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
    """The same statements with their new places. One whose words are gone has no source any more."""
    span_map = _SpanMap(before, after)
    copy = content.model_copy(deep=True)
    for section in copy.sections:
        for field in section.fields:
            field.statements = [_remap_statement(each, span_map) for each in field.statements]
    return copy


def _remap_statement(statement: Statement, span_map: _SpanMap) -> Statement:
    spans = [_span(span, span_map) for span in statement.spans]
    kept = [span for span in spans if span.start < span.end]
    changes: dict[str, object] = {"spans": kept}
    if statement.support is Support.SUPPORTED and _is_lost(statement, kept, span_map):
        changes["support"] = Support.UNSUPPORTED
        changes["problems"] = [*statement.problems, Problem(code="no_source", words=statement.value)]
    return statement.model_copy(update=changes)


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
