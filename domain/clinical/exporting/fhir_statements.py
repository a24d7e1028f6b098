"""What a statement is in FHIR, by the kind of its field and by its status. Running text stays in the narrative."""

from collections.abc import Callable
from typing import Final

from domain.clinical.exporting.document import (
    ExportedField,
    ExportedRecord,
    ExportedSection,
    ExportedStatement,
)
from domain.clinical.exporting.fhir_terms import (
    TERMINOLOGY,
    Resource,
    coded_concept,
    concept,
    ended_use,
    no_known_allergy,
    reference,
    relationship,
)
from domain.clinical.exporting.labels import without_denial
from domain.clinical.exporting.measures import DIASTOLIC, LOINC, SYSTOLIC, UCUM, find_vital_sign, ucum
from llm_backend import patterns

_OBSERVATION_STATUS: Final = {"draft": "preliminary", "signed": "final", "amended": "amended"}
_INTERPRETATION: Final = {
    "present": ("POS", "Positive"),
    "denied": ("NEG", "Negative"),
    "unsure": ("IND", "Indeterminate"),
}
# “Stool culture was negative” is no positive finding, and a number is neither.
_TELLS_NOTHING_FOUND: Final = patterns.compile(
    r"阴性|正常|否认|没|未|无(?!力)|不(?!适|舒|全|齐|稳|清)|\b(?:no|not|none|never|without|negative|normal|absent|clear|fine|unremarkable|intact)\b|n't\b",
    patterns.IGNORECASE,
)
_TAKEN: Final = {"present": "active", "denied": "not-taken", "unsure": "unknown"}
_OBSERVED: Final = ("findings", "choice", "number", "date", "tests", "vitals")
Writer = Callable[[ExportedRecord, ExportedField, ExportedStatement], Resource]


def statement_resource(
    record: ExportedRecord, section: ExportedSection, field: ExportedField, statement: ExportedStatement
) -> Resource | None:
    """None where the statement has no more to it than its words, which stand in the section's narrative."""
    if (
        statement.status == "family"
        or section.key == "family_history"
        or field.key in ("family", "family_history")
    ):
        return _family_history(record, field, statement) if statement.status != "denied" else None
    is_planned = section.division == "assessment_and_plan"
    if field.kind == "medications":
        return _medication(record, statement, is_planned=is_planned)
    if field.kind == "tests" and is_planned:
        return _ordered_test(record, statement) if statement.status == "present" else None
    if field.kind in _OBSERVED:
        return _observation_resource(record, section, field, statement)
    writer = _WRITERS.get(field.kind)
    return writer(record, field, statement) if writer else None


def _condition(record: ExportedRecord, field: ExportedField, statement: ExportedStatement) -> Resource:
    """A denied diagnosis is refuted and has no clinical status, so that nobody reads it as an active one."""
    verification = {"present": "confirmed", "denied": "refuted", "unsure": "provisional"}[statement.status]
    text = without_denial(statement.text) if statement.status == "denied" else statement.text
    condition = {
        "resourceType": "Condition",
        "verificationStatus": concept(f"{TERMINOLOGY}condition-ver-status", verification),
        "category": [
            concept(f"{TERMINOLOGY}condition-category", "encounter-diagnosis", "Encounter Diagnosis")
        ],
        "code": coded_concept(statement, text),
        "subject": reference(record, "patient"),
        "encounter": reference(record, "encounter"),
        "recordedDate": record.visit.seen_at.isoformat(),
    }
    if statement.status != "denied":
        condition["clinicalStatus"] = concept(f"{TERMINOLOGY}condition-clinical", "active")
    return condition


def _allergy(record: ExportedRecord, field: ExportedField, statement: ExportedStatement) -> Resource:
    """“No known allergies” is an allergy record of its own; a single substance denied is a refuted one."""
    is_denied = statement.status == "denied"
    about = without_denial(statement.text) if is_denied else statement.text
    none_known = no_known_allergy(about) if is_denied else None
    verification = "unconfirmed" if statement.status == "unsure" else "confirmed"
    is_refuted = is_denied and none_known is None
    return {
        "resourceType": "AllergyIntolerance",
        # FHIR wants a clinical status beside every verification status but entered-in-error.
        "clinicalStatus": concept(
            f"{TERMINOLOGY}allergyintolerance-clinical", "inactive" if is_refuted else "active"
        ),
        "verificationStatus": concept(
            f"{TERMINOLOGY}allergyintolerance-verification", "refuted" if is_refuted else verification
        ),
        "code": none_known | {"text": statement.text} if none_known else coded_concept(statement, about),
        "patient": reference(record, "patient"),
        "encounter": reference(record, "encounter"),
        "recordedDate": record.visit.seen_at.isoformat(),
    }


def _family_history(record: ExportedRecord, field: ExportedField, statement: ExportedStatement) -> Resource:
    return {
        "resourceType": "FamilyMemberHistory",
        "status": "completed",
        "patient": reference(record, "patient"),
        "date": record.visit.seen_at.isoformat(),
        "relationship": relationship(statement.text),
        "condition": [{"code": coded_concept(statement, statement.text)}],
    }


def _medication(record: ExportedRecord, statement: ExportedStatement, *, is_planned: bool) -> Resource:
    is_denied = statement.status == "denied"
    text = without_denial(statement.text) if is_denied else statement.text
    # The drug alone where it is known: the dose stands beside it.
    name = statement.value if statement.value and statement.value in text else text
    name = statement.code.display if statement.code else name
    status = _TAKEN[statement.status]
    if statement.status == "present":
        status = ended_use(text, is_ordered=is_planned) or ("intended" if is_planned else status)
    dosage: Resource = {"text": text}
    if statement.number is not None and ucum(statement.unit):
        dosage["doseAndRate"] = [{"doseQuantity": _quantity(statement.number, statement.unit)}]
    return {
        "resourceType": "MedicationStatement",
        "status": status,
        "medicationCodeableConcept": coded_concept(statement, name),
        "subject": reference(record, "patient"),
        "context": reference(record, "encounter"),
        "dateAsserted": record.visit.seen_at.isoformat(),
    } | ({} if is_denied else {"dosage": [dosage]})


def _ordered_test(record: ExportedRecord, statement: ExportedStatement) -> Resource:
    return {
        "resourceType": "ServiceRequest",
        "status": "draft" if record.state == "draft" else "active",
        "intent": "plan",
        "code": coded_concept(statement, statement.text),
        "subject": reference(record, "patient"),
        "encounter": reference(record, "encounter"),
        "authoredOn": record.visit.seen_at.isoformat(),
    }


def _observation_resource(
    record: ExportedRecord, section: ExportedSection, field: ExportedField, statement: ExportedStatement
) -> Resource:
    """What it is called is the field, what was found are the statement's words: no code can turn them around."""
    resource: Resource = {
        "resourceType": "Observation",
        "status": _OBSERVATION_STATUS[record.state],
        "code": coded_concept(statement, statement.text) if field.kind == "tests" else {"text": field.title},
        "subject": reference(record, "patient"),
        "encounter": reference(record, "encounter"),
        "effectiveDateTime": record.visit.seen_at.isoformat(),
    }
    category = "vital-signs" if field.kind == "vitals" else "exam" if section.division == "exam" else ""
    if category:
        resource["category"] = [concept(f"{TERMINOLOGY}observation-category", category)]
    if field.kind in ("findings", "tests") and _is_found_or_not(field, statement):
        code, display = _INTERPRETATION[statement.status]
        resource["interpretation"] = [concept(f"{TERMINOLOGY}v3-ObservationInterpretation", code, display)]
    return resource | _observed_value(field, statement)


def _is_found_or_not(field: ExportedField, statement: ExportedStatement) -> bool:
    """Whether its status says it: of what is present only where the words tell of something found."""
    if statement.status != "present":
        return True
    is_measured = field.kind == "tests" and any(each.isdigit() for each in statement.text)
    return not is_measured and not _TELLS_NOTHING_FOUND.search(statement.text)


def _observed_value(field: ExportedField, statement: ExportedStatement) -> Resource:
    sign = find_vital_sign(statement) if field.kind == "vitals" else None
    if sign is None:
        if (
            field.kind in ("vitals", "number")
            and statement.number is not None
            and statement.status == "present"
        ):
            return {"valueQuantity": _quantity(statement.number, statement.unit)}
        return {"valueString": statement.text}
    code = concept(LOINC, sign.sign.loinc, sign.sign.display, sign.name)
    if sign.second is None:
        return {"code": code, "valueQuantity": _quantity(sign.number, sign.unit)}
    parts = ((SYSTOLIC, sign.number), (DIASTOLIC, sign.second))
    return {
        "code": code,
        "component": [
            {"code": concept(LOINC, *name), "valueQuantity": _quantity(number, sign.unit)}
            for name, number in parts
        ],
    }


def _quantity(number: float, unit: str) -> Resource:
    quantity: Resource = {"value": number}
    if unit:
        quantity["unit"] = unit
    if ucum(unit):
        quantity |= {"system": UCUM, "code": ucum(unit)}
    return quantity


_WRITERS: Final[dict[str, Writer]] = {"diagnoses": _condition, "allergies": _allergy}
