"""A record as an HL7 CDA Release 2 document: who and when in the header, LOINC-coded sections with narrative text.

Elements stand in the order of the schema (POCD_MT000040). Text is put in by ElementTree, which escapes it.
"""

from datetime import datetime
from typing import Final
from uuid import UUID, uuid5
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from domain.clinical.exporting.document import ExportedRecord, ExportedSection, Person
from domain.clinical.exporting.labels import LABELS
from domain.clinical.exporting.layout import Block, Table, lay_out_field
from domain.clinical.exporting.section_codes import OUTPATIENT_NOTE, section_code

MEDIA_TYPE = "application/xml"
# Object identifiers of HL7: what code systems are called inside of CDA.
LOINC_OID: Final = "2.16.840.1.113883.6.1"
GENDER_OID: Final = "2.16.840.1.113883.5.1"
CONFIDENTIALITY_OID: Final = "2.16.840.1.113883.5.25"
_LANGUAGE: Final = {"zh": "zh-CN", "en": "en"}
# What is not known is left to `nullFlavor`: a guessed gender would be a wrong one.
_GENDER: Final = {"female": "F", "male": "M", "other": "UN"}


def write(record: ExportedRecord) -> bytes:
    root = Element(
        "ClinicalDocument",
        {"xmlns": "urn:hl7-org:v3", "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance"},
    )
    _add_identity(root, record)
    _add_patient(root, record)
    _add_author(root, record)
    _add_custodian(root, record)
    _add_signature(root, record)
    _add_previous(root, record)
    _add_encounter(root, record)
    _add_body(root, record)
    indent(root, space=" ")
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def _add_identity(root: Element, record: ExportedRecord) -> None:
    SubElement(root, "typeId", root="2.16.840.1.113883.1.3", extension="POCD_HD000040")
    SubElement(root, "id", root=_version_id(record, record.version))
    code, display = OUTPATIENT_NOTE
    SubElement(
        root,
        "code",
        code=code,
        codeSystem=LOINC_OID,
        codeSystemName="LOINC",
        displayName=display,
    )
    words = LABELS[record.language]
    is_draft = record.state == "draft"
    SubElement(root, "title").text = f"{record.title} ({words['draft']})" if is_draft else record.title
    SubElement(root, "effectiveTime", value=_time(record.written_at))
    # N is normal: what ordinary health information has.
    SubElement(root, "confidentialityCode", code="N", codeSystem=CONFIDENTIALITY_OID)
    SubElement(root, "languageCode", code=_LANGUAGE[record.language])
    SubElement(root, "setId", root=record.id)
    SubElement(root, "versionNumber", value=str(record.version))


def _add_patient(root: Element, record: ExportedRecord) -> None:
    role = SubElement(SubElement(root, "recordTarget"), "patientRole")
    SubElement(role, "id", root=record.patient.id, extension=record.patient.number)
    if record.patient.phone:
        SubElement(role, "telecom", value=f"tel:{''.join(record.patient.phone.split())}")
    patient = SubElement(role, "patient")
    SubElement(patient, "name").text = record.patient.name
    gender = _GENDER.get(record.patient.sex)
    coded_gender = {"code": gender, "codeSystem": GENDER_OID} if gender else {"nullFlavor": "UNK"}
    SubElement(patient, "administrativeGenderCode", coded_gender)
    born = record.patient.birth_date.replace("-", "")
    SubElement(patient, "birthTime", {"value": born} if born.isdigit() else {"nullFlavor": "UNK"})


def _add_author(root: Element, record: ExportedRecord) -> None:
    author = SubElement(root, "author")
    SubElement(author, "time", value=_time(record.written_at))
    person = record.author or (record.signature.signer if record.signature else None)
    assigned_author = SubElement(author, "assignedAuthor")
    _add_person(assigned_author, person, "assignedPerson")
    SubElement(SubElement(assigned_author, "representedOrganization"), "name").text = record.hospital.name


def _add_person(parent: Element, person: Person | None, name: str) -> None:
    SubElement(parent, "id", {"root": person.id} if person else {"nullFlavor": "UNK"})
    name_element = SubElement(SubElement(parent, name), "name")
    name_element.text = person.full_name if person else None
    if person is None:
        name_element.set("nullFlavor", "UNK")


def _add_custodian(root: Element, record: ExportedRecord) -> None:
    assigned_custodian = SubElement(SubElement(root, "custodian"), "assignedCustodian")
    hospital = SubElement(assigned_custodian, "representedCustodianOrganization")
    SubElement(hospital, "id", nullFlavor="UNK")
    SubElement(hospital, "name").text = record.hospital.name


def _add_signature(root: Element, record: ExportedRecord) -> None:
    """Only what was signed has a legal authenticator. A reviewer has read it, and does not answer for it in law."""
    signature = record.signature
    if signature is None:
        return
    legal = SubElement(root, "legalAuthenticator")
    SubElement(legal, "time", value=_time(signature.signed_at))
    SubElement(legal, "signatureCode", code="S")
    _add_person(SubElement(legal, "assignedEntity"), signature.signer, "assignedPerson")


def _add_previous(root: Element, record: ExportedRecord) -> None:
    """An amendment replaces what was signed before it."""
    if record.replaces is None:
        return
    parent = SubElement(SubElement(root, "relatedDocument", typeCode="RPLC"), "parentDocument")
    SubElement(parent, "id", root=_version_id(record, record.replaces))
    SubElement(parent, "setId", root=record.id)


def _add_encounter(root: Element, record: ExportedRecord) -> None:
    encounter = SubElement(SubElement(root, "componentOf"), "encompassingEncounter")
    SubElement(encounter, "id", root=record.visit.id)
    SubElement(encounter, "effectiveTime", value=_time(record.visit.seen_at))
    if record.hospital.department:
        facility = SubElement(SubElement(encounter, "location"), "healthCareFacility")
        SubElement(SubElement(facility, "location"), "name").text = record.hospital.department


def _add_body(root: Element, record: ExportedRecord) -> None:
    body = SubElement(SubElement(root, "component"), "structuredBody")
    if record.state == "draft":
        notice = SubElement(SubElement(body, "component"), "section")
        _add_paragraph(SubElement(notice, "text"), "", LABELS[record.language]["draft_notice"])
    for section in record.sections:
        if section.has_statements:
            _add_section(body, section, record.language)
    if record.signature:
        closing = SubElement(SubElement(body, "component"), "section")
        label = LABELS[record.language]
        SubElement(closing, "title").text = label["fingerprint"]
        lines = SubElement(closing, "text")
        _add_paragraph(lines, "", record.signature.fingerprint)
        if record.signature.reason:
            _add_paragraph(lines, label["reason"], record.signature.reason)


def _add_section(body: Element, section: ExportedSection, language: str) -> None:
    element = SubElement(SubElement(body, "component"), "section")
    code, display = section_code(section)
    SubElement(element, "code", code=code, codeSystem=LOINC_OID, codeSystemName="LOINC", displayName=display)
    SubElement(element, "title").text = section.title
    text = SubElement(element, "text")
    for field in section.fields:
        if field.statements:
            for block in lay_out_field(field, section.title, language):
                _add_block(text, block)


def _add_block(text: Element, block: Block) -> None:
    if block.table is None and not block.items:
        _add_paragraph(text, block.title, block.text)
        return
    if block.title:
        SubElement(SubElement(text, "paragraph"), "content", styleCode="Bold").text = block.title
    if block.table:
        _add_table(text, block.table)
    else:
        lines = SubElement(text, "list", listType="ordered")
        for item in block.items:
            SubElement(lines, "item").text = item


def _add_paragraph(text: Element, title: str, words: str) -> None:
    paragraph = SubElement(text, "paragraph")
    if not title:
        paragraph.text = words
        return
    title_element = SubElement(paragraph, "content", styleCode="Bold")
    title_element.text, title_element.tail = title, f" {words}"


def _add_table(text: Element, table: Table) -> None:
    element = SubElement(text, "table")
    head = SubElement(SubElement(element, "thead"), "tr")
    for label in table.head:
        SubElement(head, "th").text = label
    rows = SubElement(element, "tbody")
    for row in table.rows:
        line = SubElement(rows, "tr")
        for cell in row:
            SubElement(line, "td").text = cell


def _version_id(record: ExportedRecord, version: int) -> str:
    return str(uuid5(UUID(record.id), f"cda/{version}"))


def _time(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S%z}"
