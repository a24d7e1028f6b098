"""Where each statement came from and who signed, as FHIR's Provenance."""

from domain.clinical.exporting.document import ExportedRecord, ExportedStatement, Person
from domain.clinical.exporting.fhir_terms import OURS, TERMINOLOGY, URI, Resource, concept, reference
from domain.clinical.records.record import Span

SPAN, FINGERPRINT = (
    f"{OURS}StructureDefinition/transcript-span",
    f"{OURS}StructureDefinition/record-fingerprint",
)
STATEMENT = f"{OURS}StructureDefinition/statement"
_AUTHOR_SIGNATURE = {
    "system": "urn:iso-astm:E1762-95:2013",
    "code": "1.2.840.10065.1.12.1.1",
    "display": "Author's Signature",
}


def statement_source(
    record: ExportedRecord, statement: ExportedStatement, target: Resource, anchor: str
) -> Resource:
    """`anchor`: the id of the statement in the narrative. What a person wrote has its writer and no spans."""
    if statement.origin == "person" and (who := _writer(record, statement)):
        agent = {"type": _participant("author"), "who": who}
    else:
        agent = {"type": _participant("assembler"), "who": reference(record, "device")}
    provenance: Resource = {
        "resourceType": "Provenance",
        "target": [target],
        "recorded": record.written_at.isoformat(),
        "agent": [agent],
        "extension": [
            {"url": STATEMENT, "valueString": anchor},
            *(_span(span) for span in statement.spans),
        ],
    }
    if statement.origin == "transcript":
        identifier = {"system": URI, "value": f"urn:uuid:{record.visit.id}"}
        what = {"identifier": identifier, "display": "Transcript of the encounter"}
        provenance["entity"] = [{"role": "source", "what": what}]
    return provenance


def _writer(record: ExportedRecord, statement: ExportedStatement) -> Resource | None:
    """Not always the author of the record: whoever reviews it may add to it. Of others only the name is known."""
    named = (each for each in people(record) if each.name == statement.entered_by)
    person = next(named, None if statement.entered_by else record.author)
    if person:
        return reference(record, "practitioner", person.id)
    return {"display": statement.entered_by} if statement.entered_by else None


def signature_source(record: ExportedRecord) -> Resource | None:
    """Who signed, when, and the fingerprint. It is a hash, not a cryptographic signature, so `data` stays away."""
    signed = record.signature
    if signed is None:
        return None
    who = reference(record, "practitioner", signed.signer.id)
    signature = {
        "type": [_AUTHOR_SIGNATURE],
        "when": signed.signed_at.isoformat(),
        "who": who,
        "extension": [{"url": FINGERPRINT, "valueString": signed.fingerprint}],
    }
    reason = {"reason": [{"text": signed.reason}]} if signed.reason else {}
    return {
        "resourceType": "Provenance",
        "target": [reference(record, "composition")],
        "recorded": signed.signed_at.isoformat(),
        "agent": [{"type": _participant("legal"), "who": who}],
        "signature": [signature],
    } | reason


def people(record: ExportedRecord) -> list[Person]:
    """Author, reviewer and signer, each once."""
    several = (record.author, record.reviewer, record.signature.signer if record.signature else None)
    return list({person.id: person for person in several if person}.values())


def _participant(code: str) -> Resource:
    return concept(f"{TERMINOLOGY}provenance-participant-type", code)


def _span(span: Span) -> Resource:
    parts: list[Resource] = [
        {"url": "start", "valueInteger": span.start},
        {"url": "end", "valueInteger": span.end},
        {"url": "utterance", "valueInteger": span.utterance},
    ]
    if span.seconds:
        begin, finish = span.seconds
        parts += [
            {"url": "from-seconds", "valueDecimal": begin},
            {"url": "to-seconds", "valueDecimal": finish},
        ]
    return {"url": SPAN, "extension": parts}
