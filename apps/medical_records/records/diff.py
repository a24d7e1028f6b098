"""The model's draft and what was signed, side by side: per field, per statement, per word."""

from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein

from domain.clinical.records.record import FieldContent, RecordContent, Statement, Status, Support
from llm_backend.changes import Piece, word_changes

SAME, CHANGED, ADDED, REMOVED = "same", "changed", "added", "removed"


@dataclass(frozen=True)
class StatementChange:
    kind: str
    before: Statement | None
    after: Statement | None
    pieces: list[Piece]

    @property
    def has_other_status(self) -> bool:
        return bool(self.before and self.after and self.before.status != self.after.status)


@dataclass(frozen=True)
class FieldChange:
    section: str
    key: str
    statements: list[StatementChange]

    @property
    def is_same(self) -> bool:
        return all(each.kind == SAME for each in self.statements)


@dataclass(frozen=True)
class Edits:
    """`fields`: {"section.field": {"length", "distance"}} in characters. `ratio`: from 0, as drafted, to 1."""

    fields: dict[str, dict[str, int]]
    ratio: float


def comparison(before: RecordContent, after: RecordContent) -> list[FieldChange]:
    """Every field that says something on either side, in the order of the later record."""
    return [
        FieldChange(section, key, list(_statement_changes(_statements(old), _statements(new))))
        for section, key, old, new in _pairs(before, after)
        if _statements(old) or _statements(new)
    ]


def edits(draft: RecordContent, signed: RecordContent) -> Edits:
    """How much people had to change, as the edit distance of each field's text."""
    fields: dict[str, dict[str, int]] = {}
    distance_of_all = longest_of_all = 0
    for section, key, old, new in _pairs(draft, signed):
        before, after = text_of(old), text_of(new)
        if not before and not after:
            continue
        distance = Levenshtein.distance(before, after)
        fields[f"{section}.{key}"] = {"length": len(after), "distance": distance}
        distance_of_all += distance
        # The longer of the two bounds the distance, so that the ratio stays between 0 and 1.
        longest_of_all += max(len(before), len(after))
    return Edits(fields, round(distance_of_all / longest_of_all, 4) if longest_of_all else 0.0)


def count_entered(content: RecordContent) -> int:
    """How many statements a person answers for."""
    return sum(statement.support is Support.ENTERED for _section, _key, statement in content.statements())


def text_of(field: FieldContent | None) -> str:
    return "\n".join(line_of(statement) for statement in _statements(field))


def line_of(statement: Statement) -> str:
    """A denied cough is another statement than a cough."""
    if statement.status is Status.PRESENT:
        return statement.text
    return f"{statement.text} ({statement.status})"


def _pairs(
    before: RecordContent, after: RecordContent
) -> Iterator[tuple[str, str, FieldContent | None, FieldContent | None]]:
    places = [
        (section.key, field.key)
        for content in (after, before)
        for section in content.sections
        for field in section.fields
    ]
    for section, key in dict.fromkeys(places):
        yield section, key, before.field(section, key), after.field(section, key)


def _statements(field: FieldContent | None) -> list[Statement]:
    return field.statements if field else []


def _statement_changes(before: list[Statement], after: list[Statement]) -> Iterator[StatementChange]:
    """Statements keep their id when people change them."""
    old = {statement.id: statement for statement in before}
    kept = {statement.id for statement in after}
    for statement in after:
        yield _statement_change(old.get(statement.id), statement)
    for statement in before:
        if statement.id not in kept:
            yield _statement_change(statement, None)


def _statement_change(before: Statement | None, after: Statement | None) -> StatementChange:
    if before is None or after is None:
        return StatementChange(ADDED if before is None else REMOVED, before, after, [])
    kind = SAME if line_of(before) == line_of(after) else CHANGED
    return StatementChange(kind, before, after, word_changes(before.text, after.text))
