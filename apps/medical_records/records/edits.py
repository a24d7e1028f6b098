"""One change, as a page or a program sends it, given to the service that makes it."""

from dataclasses import dataclass, field
from typing import TypedDict

from apps.accounts.actors import Actor, requires_permission
from apps.medical_records.records import services
from apps.medical_records.records.editing import StatementPatch
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.records.services import RecordChange
from domain.clinical.records.record import Code

OPERATIONS = ("change", "add", "remove", "move", "accept", "dismiss", "code")


class StatementOfRevision(TypedDict):
    revision: int
    statement_id: str


@dataclass(frozen=True)
class Change:
    """Which parts count depends on the operation. `place`: "section.field"."""

    operation: str
    revision: int
    statement: str = ""
    place: str = ""
    wording: StatementPatch = field(default_factory=StatementPatch)
    step: int = 0
    problem: str = ""
    system: str = ""
    code: str = ""


@requires_permission("records.write")
def apply_change(actor: Actor, record: MedicalRecord, change: Change) -> RecordChange:
    """Calls the service that the operation names. A form or serializer has checked that it is one of OPERATIONS."""
    statement: StatementOfRevision = {"revision": change.revision, "statement_id": change.statement}
    match change.operation:
        case "change":
            return services.change_statement(actor, record, **statement, patch=change.wording)
        case "add":
            section, _dot, key = change.place.partition(".")
            return services.add_statement(
                actor, record, revision=change.revision, section=section, key=key, patch=change.wording
            )
        case "remove":
            return services.remove_statement(actor, record, **statement)
        case "move":
            # A step moves it within its field: the place that is sent along is the one it stands in already.
            to = "" if change.step else change.place
            return services.move_statement(actor, record, **statement, to=to, step=change.step)
        case "accept":
            return services.accept_statement(actor, record, **statement)
        case "dismiss":
            return services.dismiss_problem(actor, record, **statement, code=change.problem)
        case _:
            code = Code(system=change.system, code=change.code, display="") if change.code else None
            return services.confirm_code(actor, record, **statement, code=code)
