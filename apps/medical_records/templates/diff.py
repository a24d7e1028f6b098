"""Two versions of a template, field by field."""

from collections.abc import Iterator
from dataclasses import dataclass

from clinical.records.template import Template, TemplateField, TemplateSection

ADDED, REMOVED, CHANGED = "added", "removed", "changed"


@dataclass(frozen=True)
class FieldDifference:
    """`names`: which of its properties differ, where it stands in both."""

    kind: str
    section: str
    field: TemplateField
    names: list[str]


def differences(before: Template, after: Template) -> list[FieldDifference]:
    """Of whole templates, in the order of the later one, then what is gone."""
    return [*_present(before, after), *_gone(before, after)]


def _present(before: Template, after: Template) -> Iterator[FieldDifference]:
    for section, field in _fields(after):
        old = before.field(section.key, field.key)
        names = _changed_names(old, field) if old else []
        if old is None or names:
            yield FieldDifference(CHANGED if old else ADDED, section.title, field, names)


def _gone(before: Template, after: Template) -> Iterator[FieldDifference]:
    for section, field in _fields(before):
        if after.field(section.key, field.key) is None:
            yield FieldDifference(REMOVED, section.title, field, [])


def _changed_names(before: TemplateField, after: TemplateField) -> list[str]:
    old, new = before.model_dump(), after.model_dump()
    return [name for name in new if new[name] != old[name]]


def _fields(template: Template) -> Iterator[tuple[TemplateSection, TemplateField]]:
    return ((section, field) for section in template.sections for field in section.fields)
