"""What a record consists of: a versioned schema of sections and fields that a hospital may add to."""

from collections.abc import Container, Mapping
from typing import Literal

from pydantic import Field, model_validator

from domain.clinical.records.record import Content, FieldKind

Division = Literal["subjective", "exam", "results", "assessment_and_plan"]
Sex = Literal["", "female", "male"]
# Keys name members of a model's answer and addresses of the API.
KEY = r"^[a-z][a-z0-9_]{0,39}$"


class TemplateInvalid(ValueError):
    """The template cannot be used; the text says which part of it and why."""


class TemplateField(Content):
    """`hint`: what belongs here, told to the model and shown to the clinician.

    `sex`: whom it is for, where it is not for everybody.
    `unit`: of a number. `choices`: of a choice. `low`, `high`: outside of them a number is questioned.
    """

    key: str = Field(pattern=KEY)
    title: str = Field(min_length=1, max_length=80)
    kind: FieldKind = "text"
    hint: str = Field("", max_length=300)
    is_required: bool = False
    unit: str = Field("", max_length=20)
    choices: list[str] = Field(default_factory=list, max_length=40)
    sex: Sex = ""
    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> "TemplateField":
        if self.kind == "choice" and len(set(self.choices)) < 2:
            raise TemplateInvalid(f"{self.key}: a choice needs at least two different choices")
        if self.choices and self.kind != "choice":
            raise TemplateInvalid(f"{self.key}: only a choice has choices")
        if self.low is not None and self.high is not None and self.low > self.high:
            raise TemplateInvalid(f"{self.key}: low is above high")
        return self


class TemplateSection(Content):
    key: str = Field(pattern=KEY)
    title: str = Field(min_length=1, max_length=80)
    division: Division
    fields: list[TemplateField] = Field(min_length=1, max_length=40)


class Template(Content):
    """`includes`: keys of templates whose sections it takes over; a section of the same key replaces theirs, others
    come behind the included ones of their division."""

    key: str = Field(pattern=KEY)
    name: str = Field(min_length=1, max_length=120)
    language: Literal["zh", "en"]
    specialty: str = Field("", max_length=60)
    includes: list[str] = Field(default_factory=list, max_length=10)
    sections: list[TemplateSection] = Field(default_factory=list, max_length=40)

    def for_sex(self, sex: Sex, *, filled_fields: Container[tuple[str, str]] = ()) -> "Template":
        """The template without the fields for the other sex; whole where the sex is not known.

        `filled_fields`: (section, field) of what something stands in already, which stays.
        """
        if not sex:
            return self
        sections = []
        for section in self.sections:
            fields = [
                field
                for field in section.fields
                if field.sex in ("", sex) or (section.key, field.key) in filled_fields
            ]
            if fields:
                sections.append(section.model_copy(update={"fields": fields}))
        return self.model_copy(update={"sections": sections})

    def field(self, section: str, field: str) -> TemplateField | None:
        fields = (each for part in self.sections if part.key == section for each in part.fields)
        return next((each for each in fields if each.key == field), None)


def resolve_template(template: Template, templates: Mapping[str, Template]) -> Template:
    """With the sections of all that it includes. Raises TemplateInvalid for a cycle, an unknown or an empty template."""
    sections = list(_merged_sections(template, templates, path=(template.key,)).values())
    if not sections:
        raise TemplateInvalid(f"{template.key}: it has no sections")
    for section in sections:
        keys = [field.key for field in section.fields]
        if len(keys) != len(set(keys)):
            raise TemplateInvalid(f"{section.key}: two fields have the same key")
    return template.model_copy(update={"sections": sections, "includes": []})


def _merged_sections(
    template: Template, templates: Mapping[str, Template], path: tuple[str, ...]
) -> dict[str, TemplateSection]:
    sections: dict[str, TemplateSection] = {}
    for key in template.includes:
        if key in path:
            raise TemplateInvalid(f"templates include each other: {' → '.join((*path, key))}")
        if key not in templates:
            raise TemplateInvalid(f"{template.key}: there is no template {key}")
        sections |= _merged_sections(templates[key], templates, (*path, key))
    own = [section.key for section in template.sections]
    if len(own) != len(set(own)):
        raise TemplateInvalid(f"{template.key}: two sections have the same key")
    return _merge_sections(list(sections.values()), template.sections)


def _merge_sections(
    included_sections: list[TemplateSection], own: list[TemplateSection]
) -> dict[str, TemplateSection]:
    """Own sections in the place of those of the same key, or behind the last included one of their division."""
    replacing = {section.key: section for section in own}
    by_key: dict[str, TemplateSection] = {}
    for number, section in enumerate(included_sections):
        by_key[section.key] = replacing.get(section.key, section)
        if section.division not in {later.division for later in included_sections[number + 1 :]}:
            new = (each for each in own if each.division == section.division)
            by_key |= {
                each.key: each for each in new if each.key not in {old.key for old in included_sections}
            }
    return by_key | {section.key: section for section in own if section.key not in by_key}
