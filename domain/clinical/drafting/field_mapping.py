"""Which field of a template the parts of a plain note belong to, whatever a hospital calls its fields."""

from collections.abc import Mapping, Sequence

from domain.clinical.records.note_sections import SECTION_BY_KEY, plan_part
from domain.clinical.records.template import Template

FieldPlace = tuple[str, str]
# By section of a plain note: kinds of field, and what field or section may be called. Earlier ones first.
_FIELDS_BY_SECTION: Mapping[str, Sequence[tuple[str, str]]] = {
    "chief_complaint": (("text", "complaint"),),
    "history_of_present_illness": (
        *(("text", name) for name in ("narrative", "main_symptoms", "present_illness")),
        ("text", "history"),
    ),
    "medical_history": (("findings", "diseases"), ("findings", "conditions"), ("findings", "background")),
    "surgical_history": (("findings", "operations"), ("findings", "surger"), ("findings", "diseases")),
    "social_history": (("findings", "social"), ("findings", "habits"), ("findings", "background")),
    "family_history": (("findings", "family"), ("findings", "background")),
    "medications": (("medications", "background"), ("medications", "past_history"), ("medications", "")),
    "allergies": (("allergies", ""),),
    "review_of_systems": (("findings", "symptoms"), ("findings", "review")),
    "physical_exam": (("findings", "specialist"), ("findings", "exam"), ("findings", "")),
    "results": (("tests", "tests"), ("tests", "")),
    "assessment": (("diagnoses", ""),),
    "plan follow_up": (("plan", "follow_up"), ("plan", "advice"), ("plan", "measures")),
    "plan tests": (("tests", "plan"), ("tests", "tests"), ("plan", "advice"), ("plan", "measures")),
    "plan medications": (("medications", ""), ("plan", "advice"), ("plan", "measures")),
    "plan": (("plan", "advice"), ("plan", "measures"), ("plan", "treatment"), ("plan", "")),
}
# Parts of a record that some templates keep apart, and which belong to a wider one in the others.
PARTS: Mapping[str, Sequence[tuple[str, str]]] = {
    "treatments": (
        ("medications", "present_illness"),
        ("medications", "treatments"),
        *_FIELDS_BY_SECTION["history_of_present_illness"],
    ),
    "menstruation": (
        ("text", "menstrua"),
        ("findings", "menses"),
        *_FIELDS_BY_SECTION["history_of_present_illness"],
    ),
    "marriage": (("text", "marriage"), ("findings", "pregnanc"), *_FIELDS_BY_SECTION["medical_history"]),
    "vaccination": (
        *(("findings", name) for name in ("vaccin", "immunis")),
        ("text", "exposure"),
        *_FIELDS_BY_SECTION["medical_history"],
    ),
    "feeding": (("text", "feeding"), ("text", "exposure"), *_FIELDS_BY_SECTION["social_history"]),
    "general_state": (("findings", "general_state"), *_FIELDS_BY_SECTION["history_of_present_illness"]),
    "exposure": (("text", "exposure"), ("findings", "exposure"), *_FIELDS_BY_SECTION["social_history"]),
}
# Kinds that can take a sentence where no field asks for it; the others want a form of their own.
_ANY = ("text", "plan", "findings", "tests")


def find_field(template: Template, note_section: str, text: str = "", part: str = "") -> FieldPlace | None:
    """`text`: what a plan says decides which of its fields, unless `part` names it.

    Vital signs have none: they are read by rules of their own.
    """
    if note_section == "vitals":
        return None
    division = "subjective" if note_section in PARTS else SECTION_BY_KEY[note_section].division
    fields = [
        (section, field)
        for section in template.sections
        if section.division == division
        for field in section.fields
    ]
    if note_section == "plan":
        part = part or plan_part(text)
    for kind, name in PARTS.get(note_section) or _FIELDS_BY_SECTION[f"{note_section} {part}".strip()]:
        for section, field in fields:
            if field.kind == kind and (name in field.key or name in section.key):
                return section.key, field.key
    if note_section == "chief_complaint":
        # The history tells it in any case.
        return None
    return next(((section.key, field.key) for section, field in fields if field.kind in _ANY), None)
