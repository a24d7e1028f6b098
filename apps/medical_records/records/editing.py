"""Changes of what a record says, made on a copy that its caller stores."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.errors import Conflict, InvalidInput, NotFound
from domain.clinical.records.record import (
    Code,
    FieldContent,
    Problem,
    RecordContent,
    SectionContent,
    Statement,
    Status,
    Support,
)
from domain.clinical.records.template import Template, TemplateField

SINGLE_KINDS = frozenset({"number", "choice", "date"})
MAX_TEXT_CHARACTERS = 4000
CONTRADICTION = "contradiction"
GONE = gettext_lazy("This statement no longer exists. Reload the record.")


@dataclass(frozen=True)
class StatementPatch:
    """What a person wants a statement to say. None leaves a part as it is."""

    text: str | None = None
    value: str | None = None
    number: float | None = None
    unit: str | None = None
    status: str | None = None


@dataclass(frozen=True)
class RemovedStatement:
    """A statement that was taken out, and where it stood."""

    section: str
    key: str
    index: int
    statement: dict[str, Any]


@dataclass(frozen=True)
class DraftEdit:
    """The content being edited, the template it follows and who edits it."""

    content: RecordContent
    template: Template
    by: str

    def find(self, statement_id: str) -> tuple[FieldContent, Statement, str]:
        """(field, statement, "section.field"). Raises NotFound."""
        for section in self.content.sections:
            for field in section.fields:
                for statement in field.statements:
                    if statement.id == statement_id:
                        return field, statement, f"{section.key}.{field.key}"
        raise NotFound(GONE)

    def field(self, section: str, key: str) -> FieldContent:
        """Made when the template has it and the record does not yet. Raises NotFound for an unknown one."""
        if present := self.content.field(section, key):
            return present
        if self.template.field(section, key) is None:
            raise NotFound(_("The template of this record has no such field."))
        part = next((each for each in self.content.sections if each.key == section), None)
        if part is None:
            part = SectionContent(key=section)
            self.content.sections.append(part)
        field = FieldContent(key=key)
        part.fields.append(field)
        return field

    def definition(self, place: str) -> TemplateField | None:
        return self.template.field(*place.split(".", 1))


def change(copy: DraftEdit, statement_id: str, patch: StatementPatch) -> str:
    """Whoever changes what a statement says answers for it; the words it came from stay beside it."""
    _field, statement, place = copy.find(statement_id)
    before = statement.model_copy()
    _write(statement, copy.definition(place), patch)
    if _says(before) != _says(statement):
        _answer_for(statement, copy.by)
        # Warnings and the code were about the old words.
        statement.problems = []
        _question(statement, copy.definition(place))
        if statement.text != before.text:
            statement.code = None
    return place


def add(copy: DraftEdit, section: str, key: str, patch: StatementPatch) -> Statement:
    """Entered by whoever edits, under an id that no draft gives. Raises NotFound for an unknown field, and
    InvalidInput.
    """
    field = copy.field(section, key)
    definition = copy.template.field(section, key)
    _require_room(field, definition)
    taken = {each.id for _section, _key, each in copy.content.statements()}
    # Statements of a draft are called "section-field-1": a person's never take an id of theirs.
    statement_id = next(name for number in count(1) if (name := f"h{number}") not in taken)
    statement = Statement(id=statement_id, text="")
    _write(statement, definition, patch)
    _answer_for(statement, copy.by)
    _question(statement, definition)
    field.statements.append(statement)
    return statement


def remove(copy: DraftEdit, statement_id: str) -> str:
    """Where it stood. Raises NotFound."""
    field, statement, place = copy.find(statement_id)
    field.statements.remove(statement)
    return place


def removable(content: RecordContent, statement_id: str) -> RemovedStatement | None:
    """The statement as it stands, with its place. None for one that is gone."""
    for section in content.sections:
        for field in section.fields:
            for index, statement in enumerate(field.statements):
                if statement.id == statement_id:
                    return RemovedStatement(section.key, field.key, index, statement.model_dump(mode="json"))
    return None


def put_back(copy: DraftEdit, removed: RemovedStatement) -> str:
    """Where it stood, with all that was known of it. Raises Conflict where its place is taken."""
    target = copy.field(removed.section, removed.key)
    statement = Statement.model_validate(removed.statement)
    is_there = any(each.id == statement.id for _section, _key, each in copy.content.statements())
    definition = copy.definition(f"{removed.section}.{removed.key}")
    is_single = definition is not None and definition.kind in SINGLE_KINDS
    if is_there or (is_single and target.statements):
        raise Conflict(_("The content there has changed."), code="place_taken")
    target.statements.insert(removed.index, statement)
    return f"{removed.section}.{removed.key}"


def move(copy: DraftEdit, statement_id: str, *, section: str = "", key: str = "", step: int = 0) -> list[str]:
    """To the end of another field, or `step` places up or down in its own. The places that changed. Raises InvalidInput
    for a field that takes numbers or choices, or has its one entry.
    """
    field, statement, place = copy.find(statement_id)
    if not section or place == f"{section}.{key}":
        index = field.statements.index(statement)
        field.statements.remove(statement)
        field.statements.insert(max(0, index + step), statement)
        return [place]
    target = copy.field(section, key)
    definition = copy.template.field(section, key)
    _require_room(target, definition)
    if definition and definition.kind in ("number", "choice"):
        raise InvalidInput(fields={"field": [_("This field needs a number or a choice. Enter it there.")]})
    field.statements.remove(statement)
    target.statements.append(statement)
    return [place, f"{section}.{key}"]


def accept(copy: DraftEdit, statement_id: str) -> str:
    """A person answers for what was not found in what was said. Raises Conflict for what was found."""
    _field, statement, place = copy.find(statement_id)
    if statement.support is not Support.UNSUPPORTED:
        raise Conflict(_("This statement is already accepted."), code="accepted_already")
    _answer_for(statement, copy.by)
    statement.problems = [each for each in statement.problems if each.code == CONTRADICTION]
    return place


def dismiss(copy: DraftEdit, statement_id: str, code: str) -> list[str]:
    """The person looked and sees no problem. A contradiction is dismissed wherever it is flagged. Raises NotFound where
    nothing is flagged.
    """
    _field, statement, place = copy.find(statement_id)
    dismissed = [each for each in statement.problems if each.code == code]
    if not dismissed:
        raise NotFound(_("This warning no longer exists."))
    statement.problems = [each for each in statement.problems if each.code != code]
    return [place, *(_dismiss_elsewhere(copy, dismissed) if code == CONTRADICTION else ())]


def _dismiss_elsewhere(copy: DraftEdit, dismissed: list[Problem]) -> Iterator[str]:
    for section, key, other in copy.content.statements():
        kept = [each for each in other.problems if each not in dismissed]
        if len(kept) < len(other.problems):
            other.problems = kept
            yield f"{section}.{key}"


def confirm_code(copy: DraftEdit, statement_id: str, code: Code | None) -> str:
    """None takes the code away."""
    _field, statement, place = copy.find(statement_id)
    statement.code = code.model_copy(update={"is_confirmed": True}) if code else None
    return place


def _question(statement: Statement, definition: TemplateField | None) -> None:
    """A number outside of the template's range stays, and somebody has to say that it is right."""
    if definition is None or statement.number is None or definition.kind != "number":
        return
    low = definition.low is not None and statement.number < definition.low
    high = definition.high is not None and statement.number > definition.high
    if low or high:
        limits = f"{_plain(definition.low)}–{_plain(definition.high)} {definition.unit}".strip()
        statement.problems.append(Problem(code="out_of_range", words=limits))


def _write(statement: Statement, definition: TemplateField | None, patch: StatementPatch) -> None:
    kind = definition.kind if definition else "text"
    if patch.status is not None:
        if patch.status not in set(Status):
            raise InvalidInput(fields={"status": [_("Choose present, denied, unsure or family.")]})
        statement.status = Status(patch.status)
    if kind == "number" and definition:
        _write_number(statement, definition, patch)
        return
    if not statement.text or (patch.text is not None and patch.text.strip() != statement.text):
        statement.text, statement.value = _text(patch.text or "", definition), ""
    if patch.value is not None:
        statement.value = patch.value.strip()[:MAX_TEXT_CHARACTERS]
    if patch.number is not None:
        statement.number = _finite(patch.number)
    if patch.unit is not None:
        statement.unit = patch.unit.strip()[:20]


def _write_number(statement: Statement, definition: TemplateField, patch: StatementPatch) -> None:
    number = patch.number if patch.number is not None else statement.number
    if number is None:
        raise InvalidInput(fields={"number": [_("Enter a number.")]})
    statement.number, statement.unit = _finite(number), definition.unit or statement.unit
    statement.value = ""
    statement.text = f"{_plain(statement.number)} {statement.unit}".strip()


def _text(text: str, definition: TemplateField | None) -> str:
    written = text.strip()
    if not written:
        raise InvalidInput(fields={"text": [_("Enter text, or remove the statement.")]})
    if len(written) > MAX_TEXT_CHARACTERS:
        raise InvalidInput(
            fields={"text": [_("Enter at most %(most)d characters.") % {"most": MAX_TEXT_CHARACTERS}]}
        )
    if definition and definition.kind == "choice" and written not in definition.choices:
        choices = " · ".join(definition.choices)
        raise InvalidInput(fields={"text": [_("Choose one of: %(choices)s") % {"choices": choices}]})
    return written


def _finite(number: float) -> float:
    if not math.isfinite(number):
        raise InvalidInput(fields={"number": [_("Enter a number.")]})
    return number


def _plain(number: float | None) -> str:
    return "" if number is None else f"{number:.10g}"


def _says(statement: Statement) -> tuple[object, ...]:
    return statement.text, statement.value, statement.number, statement.unit, statement.status


def _answer_for(statement: Statement, name: str) -> None:
    statement.support, statement.entered_by = Support.ENTERED, name


def _require_room(field: FieldContent, definition: TemplateField | None) -> None:
    if definition and definition.kind in SINGLE_KINDS and field.statements:
        raise InvalidInput(
            fields={
                "field": [
                    _("%(field)s can have only one entry. Edit it instead.") % {"field": definition.title}
                ]
            }
        )
