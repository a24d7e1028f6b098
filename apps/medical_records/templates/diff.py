"""Two versions of a template, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass

from domain.clinical.records.template import Template, TemplateField, TemplateSection

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True)
class FieldDifference:
    """`names`: which of its properties differ, where it stands in both."""

    kind: str
    section: str
    field: TemplateField
    names: list[str]


def differences(before: Template, after: Template) -> list[FieldDifference]:
    """Compares whole templates: first the fields of the later one in their order, then those that are gone."""
    differing: list[FieldDifference] = []
    for section, field in _fields(after):
        old, new = before.field(section.key, field.key), field.model_dump()
        if old is None:
            differing.append(FieldDifference(ADDED, section.title, field, []))
        elif names := [name for name, value in old.model_dump().items() if value != new[name]]:
            differing.append(FieldDifference(CHANGED, section.title, field, names))
    for section, field in _fields(before):
        if after.field(section.key, field.key) is None:
            differing.append(FieldDifference(REMOVED, section.title, field, []))
    return differing


def _fields(template: Template) -> Iterator[tuple[TemplateSection, TemplateField]]:
    return ((section, field) for section in template.sections for field in section.fields)
