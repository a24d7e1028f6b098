"""Codes that a draft proposes, from the hospital's own catalogues. A person confirms each of them."""

from apps.accounts.models import Organisation
from apps.medical_records.coding import selectors as coding
from apps.medical_records.records.presenters import SYSTEMS
from domain.clinical.records.record import Code, RecordContent
from domain.clinical.records.template import Template

# Below it the first candidate is mostly another term with a few of the same characters.
MIN_SCORE = 0.2


def propose_codes(organisation: Organisation, template: Template, content: RecordContent) -> None:
    """Gives each statement of a coded field the likeliest code, unconfirmed; none where nothing comes near."""
    for section, key, statement in content.statements():
        field = template.field(section, key)
        system = SYSTEMS.get(field.kind) if field else None
        if not system or statement.code or not statement.is_exported:
            continue
        for candidate in coding.proposals(organisation, system, statement.value or statement.text, limit=1):
            if candidate.code and candidate.score >= MIN_SCORE:
                statement.code = Code(system=system, code=candidate.code, display=candidate.name)
