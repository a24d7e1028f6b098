"""Codes that a draft proposes, from the hospital's own catalogues. A person confirms each of them."""

from apps.accounts.models import Organisation
from apps.medical_records.coding import selectors as coding
from apps.medical_records.records.presenters import SYSTEMS
from clinical.records.record import Code, RecordContent, Statement
from clinical.records.template import Template

# Below it the first candidate is mostly another term with a few of the same characters.
LEAST_SCORE = 0.2


def propose_codes(organisation: Organisation, template: Template, content: RecordContent) -> None:
    """Gives each statement of a coded field the likeliest code, unconfirmed; none where nothing comes near."""
    for section, key, statement in content.statements():
        field = template.field(section, key)
        system = SYSTEMS.get(field.kind) if field else None
        if system and statement.code is None and statement.is_exported:
            statement.code = _likeliest(organisation, system, statement)


def _likeliest(organisation: Organisation, system: str, statement: Statement) -> Code | None:
    found = coding.proposals(organisation, system, statement.value or statement.text, limit=1)
    if not found or not found[0].code or found[0].score < LEAST_SCORE:
        return None
    return Code(system=system, code=found[0].code, display=found[0].name)
