"""What keeps a record from being signed, by field of its template."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from apps.core.errors import Text
from domain.clinical.records.record import FieldContent, RecordContent, Statement, Support
from domain.clinical.records.template import Template, TemplateField


def unsupported_statements(content: RecordContent) -> list[tuple[str, Statement]]:
    """("section.field", statement) of what was not found in what was said and nobody answers for."""
    return [
        (f"{section}.{key}", statement)
        for section, key, statement in content.statements()
        if statement.support is Support.UNSUPPORTED
    ]


def without_unsupported(content: RecordContent) -> RecordContent:
    """A copy with what the transcript bears out or a person answers for."""
    copy = content.model_copy(deep=True)
    for section in copy.sections:
        for field in section.fields:
            field.statements = field.exported
    return copy


@dataclass(frozen=True)
class MissingField:
    """`place`: "section.field". `title`: as the template calls the field."""

    place: str
    title: str
    reason: Text


def missing_fields(content: RecordContent, template: Template) -> list[MissingField]:
    """Required fields that are empty, and entries that are not what the field takes, in the template's order."""
    return [
        MissingField(f"{section.key}.{field.key}", field.title, reason)
        for section in template.sections
        for field in section.fields
        for reason in _reasons(field, content.field(section.key, field.key))
    ]


def _reasons(field: TemplateField, content: FieldContent | None) -> Iterator[str]:
    # What is left out of every export does not fill a field either.
    statements = content.exported if content else []
    if field.is_required and not statements:
        yield _("This field is required.")
    for statement in statements:
        if field.kind == "number" and statement.number is None:
            yield _("Enter a number.")
        if field.kind == "choice" and statement.text not in field.choices:
            yield _("Choose one of: %(choices)s") % {"choices": " · ".join(field.choices)}
        if any(problem.code == "out_of_range" for problem in statement.problems):
            yield _("Outside the usual range. Change or confirm the number.")
