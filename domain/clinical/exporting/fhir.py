"""A record as a FHIR R4 document Bundle. What `fhir.resources` does not accept is never handed out.

The library holds R4B, in which the resources used here are those of R4 (4.0.1) unchanged.
"""

import json
from collections.abc import Iterator
from datetime import date
from typing import Final
from xml.etree import ElementTree

from domain.clinical.exporting.document import ExportedRecord, ExportedSection
from domain.clinical.exporting.fhir_sources import people, signature_source, statement_source
from domain.clinical.exporting.fhir_statements import statement_resource
from domain.clinical.exporting.fhir_terms import (
    MEMBER_ID,
    PATIENT_NUMBER,
    TERMINOLOGY,
    URI,
    Resource,
    address,
    concept,
    reference,
)
from domain.clinical.exporting.layout import with_code
from domain.clinical.exporting.measures import LOINC
from domain.clinical.exporting.section_codes import OUTPATIENT_NOTE, section_code

MEDIA_TYPE = "application/fhir+json"
# Who receives it must see at once whether somebody answers for it.
_COMPOSITION_STATUS: Final = {"draft": "preliminary", "signed": "final", "amended": "amended"}
_LANGUAGE: Final = {"zh": "zh-CN", "en": "en"}
# HL7's “normal”: what ordinary health information has.
_CONFIDENTIAL: Final = "N"


def write(record: ExportedRecord) -> bytes:
    return json.dumps(bundle(record), ensure_ascii=False, indent=1).encode()


def bundle(record: ExportedRecord) -> Resource:
    """Raises pydantic's ValidationError where it would not be valid FHIR."""
    from fhir.resources.R4B.bundle import Bundle

    entries = list(_entries(record))
    resource = {
        "resourceType": "Bundle",
        "type": "document",
        "language": _LANGUAGE[record.language],
        "identifier": {"system": URI, "value": address(record, "bundle")},
        "timestamp": record.written_at.isoformat(timespec="milliseconds"),
        "entry": [
            {"fullUrl": url, "resource": {"id": url.removeprefix("urn:uuid:")} | resource}
            for url, resource in entries
        ],
    }
    # Better no export than one that another system reads wrongly.
    Bundle.model_validate(resource)
    return resource


def _entries(record: ExportedRecord) -> Iterator[tuple[str, Resource]]:
    """The composition comes first, as a document wants it; `fullUrl`s are what everything refers to."""
    resources, sources = _statement_resources(record)
    yield address(record, "composition"), _composition(record, list(resources))
    yield address(record, "patient"), _patient(record)
    yield address(record, "organisation"), {"resourceType": "Organization", "name": record.hospital.name}
    yield address(record, "encounter"), _encounter(record)
    yield (
        address(record, "device"),
        {
            "resourceType": "Device",
            "deviceName": [{"name": "Kongming", "type": "user-friendly-name"}],
        },
    )
    for person in people(record):
        yield address(record, "practitioner", person.id), _practitioner(person.id, person.full_name)
    yield from resources.items()
    yield from ((address(record, "source", number), each) for number, each in enumerate(sources))
    signature = signature_source(record)
    if signature:
        yield address(record, "signature"), signature


def _statement_resources(record: ExportedRecord) -> tuple[dict[str, Resource], list[Resource]]:
    """Resources of statements by address, and where each statement came from."""
    resources, sources = {}, []
    for number, (section, field, statement) in enumerate(record.statements(), start=1):
        resource = statement_resource(record, section, field, statement)
        if resource:
            resources[address(record, "statement", number)] = resource
        path = ("statement", number) if resource else ("composition",)
        sources.append(statement_source(record, statement, reference(record, *path), _anchor(number)))
    return resources, sources


def _composition(record: ExportedRecord, addresses: list[str]) -> Resource:
    first = 1
    sections = []
    for section in record.sections:
        if section.has_statements:
            sections.append(_section(record, section, first, addresses))
        first += sum(len(field.statements) for field in section.fields)
    author = record.author or (record.signature.signer if record.signature else None)
    resource: Resource = {
        "resourceType": "Composition",
        "language": _LANGUAGE[record.language],
        "identifier": {"system": URI, "value": f"urn:uuid:{record.id}"},
        "status": _COMPOSITION_STATUS[record.state],
        "type": concept(LOINC, *OUTPATIENT_NOTE, record.title),
        "subject": reference(record, "patient"),
        "encounter": reference(record, "encounter"),
        "date": record.written_at.isoformat(),
        "author": [reference(record, "practitioner", author.id) if author else reference(record, "device")],
        "title": record.title,
        "confidentiality": _CONFIDENTIAL,
        "custodian": reference(record, "organisation"),
        "section": sections,
    }
    attesters = _attesters(record)
    return resource | ({"attester": attesters} if attesters else {})


def _attesters(record: ExportedRecord) -> list[Resource]:
    attesters: list[Resource] = []
    if record.reviewer:
        attesters.append(
            {"mode": "professional", "party": reference(record, "practitioner", record.reviewer.id)}
        )
    if record.signature:
        who = reference(record, "practitioner", record.signature.signer.id)
        attesters.append({"mode": "legal", "time": record.signature.signed_at.isoformat(), "party": who})
    return attesters


def _section(record: ExportedRecord, section: ExportedSection, first: int, addresses: list[str]) -> Resource:
    count = sum(len(field.statements) for field in section.fields)
    own = [address(record, "statement", number) for number in range(first, first + count)]
    resource: Resource = {
        "title": section.title,
        "code": concept(LOINC, *section_code(section)),
        "text": {"status": "generated", "div": _narrative(record, section, first)},
    }
    entries = [{"reference": each} for each in own if each in addresses]
    return resource | ({"entry": entries} if entries else {})


def _narrative(record: ExportedRecord, section: ExportedSection, first: int) -> str:
    """XHTML; every statement has an id that its Provenance names."""
    div = ElementTree.Element(
        "div", {"xmlns": "http://www.w3.org/1999/xhtml", "lang": _LANGUAGE[record.language]}
    )
    number = first
    for field in section.fields:
        if not field.statements:
            continue
        ElementTree.SubElement(ElementTree.SubElement(div, "p"), "b").text = field.title
        lines = ElementTree.SubElement(div, "ul")
        for statement in field.statements:
            line = ElementTree.SubElement(lines, "li", {"id": _anchor(number)})
            line.text = with_code(statement, record.language)
            number += 1
    return ElementTree.tostring(div, encoding="unicode")


def _anchor(number: int) -> str:
    return f"statement-{number}"


def _patient(record: ExportedRecord) -> Resource:
    patient = record.patient
    resource: Resource = {
        "resourceType": "Patient",
        "identifier": [{"system": PATIENT_NUMBER, "value": patient.number}],
        "name": [{"text": patient.name}],
        "gender": patient.sex,
        "managingOrganization": reference(record, "organisation"),
    }
    if _is_date(patient.birth_date):
        resource["birthDate"] = patient.birth_date
    if patient.phone:
        resource["telecom"] = [{"system": "phone", "value": patient.phone}]
    return resource


def _encounter(record: ExportedRecord) -> Resource:
    resource: Resource = {
        "resourceType": "Encounter",
        "identifier": [{"system": URI, "value": f"urn:uuid:{record.visit.id}"}],
        # Whatever state the record is in: the visit is over.
        "status": "finished",
        "class": {"system": f"{TERMINOLOGY}v3-ActCode", "code": "AMB", "display": "ambulatory"},
        "subject": reference(record, "patient"),
        "period": {"start": record.visit.seen_at.isoformat()},
        "serviceProvider": reference(record, "organisation"),
    }
    if record.hospital.department:
        resource["serviceType"] = {"text": record.hospital.department}
    return resource


def _practitioner(member: str, name: str) -> Resource:
    return {
        "resourceType": "Practitioner",
        "identifier": [{"system": MEMBER_ID, "value": member}],
        "name": [{"text": name}],
    }


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
