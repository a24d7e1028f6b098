"""Words of FHIR: code systems, references, and what a statement means in it."""

from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid5

from domain.clinical.exporting.document import ExportedRecord, ExportedStatement
from domain.clinical.word_lists import expression, read
from llm_backend import patterns

Resource = dict[str, Any]

TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem/"
URI: Final = "urn:ietf:rfc:3986"
SNOMED: Final = "http://snomed.info/sct"
# Names, not addresses: they stay the same whoever runs the installation.
OURS: Final = "https://kongming.example/fhir/"
PATIENT_NUMBER, MEMBER_ID = f"{OURS}patient-number", f"{OURS}member"

_FILE: Final = read(Path(__file__).with_suffix(".toml"))
_RELATIVES: Final = tuple(
    (patterns.compile(expression(each), patterns.IGNORECASE), each["code"], each["display"])
    for each in _FILE["relatives"]
)
_OF_INFORMANT: Final = patterns.compile(r"家属的[㐀-鿿]{1,2}|\binformant's \w+", patterns.IGNORECASE)
_ALLERGY_WORDS: Final = patterns.compile(expression(_FILE["allergy_words"]), patterns.IGNORECASE)
_OF_OTHERS: Final = patterns.compile(expression(_FILE["of_others"]), patterns.IGNORECASE)
_ENDS_FILE: Final = _FILE["medication_ends"]
_NO_END, _GOES_ON = (
    patterns.compile(expression(_ENDS_FILE[name]), patterns.IGNORECASE) for name in ("no_end", "goes_on")
)
_ENDS: Final = {
    is_ordered: {
        status: patterns.compile(expression(each), patterns.IGNORECASE)
        for status, each in _ENDS_FILE[table].items()
    }
    for is_ordered, table in ((False, "told"), (True, "ordered"))
}
_DRUG, _FOOD = (
    patterns.compile(r"药|drug|medication|nkda", patterns.IGNORECASE),
    patterns.compile(r"食|food", patterns.IGNORECASE),
)


def reference(record: ExportedRecord, *path: object) -> Resource:
    return {"reference": address(record, *path)}


def address(record: ExportedRecord, *path: object) -> str:
    """The same for the same version each time it is exported."""
    # From record, version and path, so that who receives an export twice can tell that it is the same.
    return f"urn:uuid:{uuid5(UUID(record.id), '/'.join(map(str, (record.version, *path))))}"


def concept(system: str, code: str, display: str = "", text: str = "") -> Resource:
    coding = {"system": system, "code": code} | ({"display": display} if display else {})
    return {"coding": [coding]} | ({"text": text} if text else {})


def coded_concept(statement: ExportedStatement, text: str) -> Resource:
    """The words, with the code a person confirmed."""
    code = statement.code
    if code is None:
        return {"text": text}
    # Catalogues of a hospital may have no address of their own.
    system = code.system if ":" in code.system else f"{OURS}catalogue/{code.system}"
    return concept(system, code.code, code.display, text)


def relationship(text: str) -> Resource:
    # “家属的父亲” is the father of whoever spoke for the patient: what he is to the patient is not said.
    rest, named = _OF_INFORMANT.sub("", text), []
    for words, code, display in _RELATIVES:
        rest, count = words.subn(" ", rest)
        named += [(code, display)] if count else []
    # Of two relatives, or of a mother's sister, one code would tell what the words do not.
    code, display = named[0] if len(named) == 1 else ("FAMMEMB", "family member")
    return concept(f"{TERMINOLOGY}v3-RoleCode", code, display)


def no_known_allergy(text: str) -> Resource | None:
    """The code for a denial of all allergies, or of all to drugs or foods; None where one substance is denied, or others."""
    if _OF_OTHERS.search(text) or _ALLERGY_WORDS.sub("", text):
        return None
    is_drug, is_food = bool(_DRUG.search(text)), bool(_FOOD.search(text))
    if is_drug and not is_food:
        return concept(SNOMED, "409137002", "No known drug allergy")
    if is_food and not is_drug:
        return concept(SNOMED, "429625007", "No known food allergy")
    return concept(SNOMED, "716186003", "No known allergy")


def ended_use(text: str, *, is_ordered: bool) -> str:
    """The status of a medicine that its words say is no longer taken, or not to be; empty where nothing ends."""
    plain = _NO_END.sub("", text.replace("’", "'"))
    status = next((name for name, end in _ENDS[is_ordered].items() if end.search(plain)), "")
    return "unknown" if status and _GOES_ON.search(plain) else status
