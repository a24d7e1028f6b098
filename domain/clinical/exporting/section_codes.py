"""What sections are called elsewhere: LOINC codes of the parts of a clinical document."""

from typing import Final

from domain.clinical.exporting.document import ExportedSection

OUTPATIENT_NOTE: Final = ("34108-1", "Outpatient Note")
_BY_KEY: Final = {
    "chief_complaint": ("10154-3", "Chief complaint Narrative - Reported"),
    "present_illness": ("10164-2", "History of Present illness Narrative"),
    "history": ("10164-2", "History of Present illness Narrative"),
    "past_history": ("11348-0", "History of Past illness Narrative"),
    "personal_history": ("29762-2", "Social history Narrative"),
    "family_history": ("10157-6", "History of family member diseases Narrative"),
    "allergy_history": ("48765-2", "Allergies and adverse reactions Document"),
    "allergies": ("48765-2", "Allergies and adverse reactions Document"),
    "systems_review": ("10187-3", "Review of systems Narrative - Reported"),
    "review_of_systems": ("10187-3", "Review of systems Narrative - Reported"),
    "medications": ("10160-0", "History of Medication use Narrative"),
    "physical_exam": ("29545-1", "Physical findings Narrative"),
    "specialist_exam": ("29545-1", "Physical findings Narrative"),
    "vital_signs": ("8716-3", "Vital signs"),
    "diagnosis": ("29308-4", "Diagnosis"),
    "assessment": ("51848-0", "Evaluation note"),
    "plan": ("18776-5", "Plan of care note"),
    "course": ("8648-8", "Hospital course Narrative"),
}
_BY_DIVISION: Final = {
    "subjective": ("61150-9", "Subjective Narrative"),
    "exam": ("61149-1", "Objective Narrative"),
    "results": ("30954-2", "Relevant diagnostic tests/laboratory data Narrative"),
    "assessment_and_plan": ("51847-2", "Evaluation + Plan note"),
}


def section_code(section: ExportedSection) -> tuple[str, str]:
    """(code, name) in LOINC: of the section itself where it is a known one, else of its division."""
    return _BY_KEY.get(section.key) or _BY_DIVISION[section.division]
