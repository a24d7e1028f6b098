"""A template while somebody writes it: what is in the form, what its buttons do, what is wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import TypeVar

from django.utils.translation import gettext as _

from apps.core.errors import InvalidInput, Text
from apps.core.numbers import whole_number
from domain.clinical.records.template import Template, TemplateField, TemplateSection
from llm_backend import patterns

Errors = dict[str, list[Text]]
Known = Mapping[str, Template]
Part = TypeVar("Part")
MAX_SECTIONS = MAX_FIELDS = MAX_CHOICES = 40
_KEY = patterns.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass
class WrittenField:
    """`choices`: one a line. Numbers as they were typed, so that a wrong one is shown again."""

    key: str = ""
    title: str = ""
    kind: str = "text"
    hint: str = ""
    unit: str = ""
    sex: str = ""
    choices: str = ""
    low: str = ""
    high: str = ""
    is_required: bool = False
    errors: Errors = field(default_factory=dict)

    def refuse(self, name: str, reason: str) -> None:
        self.errors.setdefault(name, []).append(reason)


@dataclass
class WrittenSection:
    key: str = ""
    title: str = ""
    division: str = "subjective"
    fields: list[WrittenField] = field(default_factory=list)
    errors: Errors = field(default_factory=dict)


@dataclass
class WrittenTemplate:
    key: str = ""
    name: str = ""
    language: str = "zh"
    specialty: str = ""
    note: str = ""
    includes: list[str] = field(default_factory=list)
    sections: list[WrittenSection] = field(default_factory=list)
    errors: Errors = field(default_factory=dict)

    @property
    def has_errors(self) -> bool:
        parts = [section.errors for section in self.sections]
        parts += [each.errors for section in self.sections for each in section.fields]
        return bool(self.errors) or any(parts)


def editable(template: Template) -> WrittenTemplate:
    """A template as its form shows it."""
    return WrittenTemplate(
        key=template.key,
        name=template.name,
        language=template.language,
        specialty=template.specialty,
        includes=list(template.includes),
        sections=[
            WrittenSection(
                part.key, part.title, part.division, [_written_field(each) for each in part.fields]
            )
            for part in template.sections
        ],
    )


def blank() -> WrittenTemplate:
    return WrittenTemplate(sections=[WrittenSection(fields=[WrittenField()])])


def act(written: WrittenTemplate, action: str) -> None:
    """What a button does: “add-section”, “add-field:0”, “up-field:0:2”, “remove-section:1” … Others do nothing."""
    name, *numbers = action.split(":")
    verb, _dash, what = name.partition("-")
    places = [place for number in numbers if (place := whole_number(number)) is not None]
    if what == "section":
        _arrange(written.sections, verb, places, WrittenSection(fields=[WrittenField()]), MAX_SECTIONS)
    elif what == "field" and places and places[0] < len(written.sections):
        _arrange(written.sections[places[0]].fields, verb, places[1:], WrittenField(), MAX_FIELDS)


def validate(written: WrittenTemplate, known: Known) -> Template:
    """Raises InvalidInput; every reason then stands at the part that it is about."""
    _name_parts(written, known)
    if not written.name.strip():
        written.errors["name"] = [_("Enter a template name.")]
    for section in written.sections:
        _check_section(section)
    if not written.sections and not written.includes:
        written.errors["sections"] = [_("A template needs a section or an included template.")]
    if circle := circle_of(written.key, written.includes, known):
        names = " → ".join(known[key].name if key in known else written.name for key in circle)
        written.errors["includes"] = [_("These templates include each other: %(names)s") % {"names": names}]
    if written.has_errors:
        raise InvalidInput
    return _template(written)


def circle_of(key: str, includes: list[str], known: Known) -> list[str]:
    """The way from the template back to itself; empty where there is none."""

    def way(at: str, path: list[str]) -> list[str]:
        # Found again on the way: from its first place on the path is the circle.
        if at in path:
            return [*path[path.index(at) :], at]
        onward = includes if at == key else known[at].includes if at in known else []
        return next((found for each in onward if (found := way(each, [*path, at]))), [])

    return way(key, [])


def _written_field(each: TemplateField) -> WrittenField:
    return WrittenField(
        key=each.key,
        title=each.title,
        kind=each.kind,
        hint=each.hint,
        unit=each.unit,
        sex=each.sex,
        choices="\n".join(each.choices),
        low="" if each.low is None else f"{each.low:.10g}",
        high="" if each.high is None else f"{each.high:.10g}",
        is_required=each.is_required,
    )


def _arrange(parts: list[Part], verb: str, places: list[int], new: Part, most: int) -> None:
    if verb == "add" and len(parts) < most:
        parts.append(new)
    if not places or places[0] >= len(parts):
        return
    at = places[0]
    if verb == "remove":
        del parts[at]
    elif verb in ("up", "down"):
        parts.insert(max(0, at - 1 if verb == "up" else at + 1), parts.pop(at))


def _name_parts(written: WrittenTemplate, known: Known) -> None:
    """Keys are made once and never shown: records and figures know fields by them."""
    if not written.key:
        written.key = _free_key(f"{written.language}_own", set(known))
    for section in written.sections:
        if not _KEY.fullmatch(section.key):
            section.key = _free_key("section", {each.key for each in written.sections})
        for each in section.fields:
            if not _KEY.fullmatch(each.key):
                each.key = _free_key("field", {other.key for other in section.fields})


def _free_key(stem: str, taken: set[str]) -> str:
    return next(key for number in count(1) if (key := f"{stem}_{number}") not in taken)


def _check_section(section: WrittenSection) -> None:
    if not section.title.strip():
        section.errors["title"] = [_("Enter a section title.")]
    if not section.fields:
        section.errors["fields"] = [_("A section needs a field.")]
    for each in section.fields:
        _check_field(each)


def _check_field(each: WrittenField) -> None:
    if not each.title.strip():
        each.refuse("title", _("Enter a field title."))
    if each.kind == "choice" and len(set(_lines(each.choices))) < 2:
        each.refuse("choices", _("Enter at least two different choices, one per line."))
    if each.kind == "choice" and len(set(_lines(each.choices))) > MAX_CHOICES:
        each.refuse("choices", _("Enter at most %(count)d choices.") % {"count": MAX_CHOICES})
    if each.kind != "choice":
        each.choices = ""
    if each.kind != "number":
        each.low = each.high = ""
    low, high = _number(each, "low"), _number(each, "high")
    if low is not None and high is not None and low > high:
        each.refuse("low", _("The minimum is greater than the maximum."))


def _number(each: WrittenField, name: str) -> float | None:
    typed = getattr(each, name).strip().replace(",", ".")
    if not typed:
        return None
    if not patterns.fullmatch(r"-?\d{1,9}(\.\d{1,6})?", typed):
        each.refuse(name, _("Enter a number."))
        return None
    return float(typed)


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _template(written: WrittenTemplate) -> Template:
    return Template.model_validate(
        {
            "key": written.key,
            "name": written.name.strip(),
            "language": written.language,
            "specialty": written.specialty.strip(),
            "includes": written.includes,
            "sections": [
                TemplateSection.model_validate(
                    {
                        "key": part.key,
                        "title": part.title.strip(),
                        "division": part.division,
                        "fields": [_field(each) for each in part.fields],
                    }
                )
                for part in written.sections
            ],
        }
    )


def _field(each: WrittenField) -> dict[str, object]:
    return {
        "key": each.key,
        "title": each.title.strip(),
        "kind": each.kind,
        "hint": each.hint.strip(),
        "unit": each.unit.strip(),
        "sex": each.sex,
        "choices": list(dict.fromkeys(_lines(each.choices))),
        "low": _number(each, "low"),
        "high": _number(each, "high"),
        "is_required": each.is_required,
    }
