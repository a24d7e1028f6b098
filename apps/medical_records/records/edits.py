"""One change, as a page or a program sends it, given to the service that makes it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from apps.accounts.actors import Actor
from apps.medical_records.records import services
from apps.medical_records.records.editing import StatementPatch
from apps.medical_records.records.models import MedicalRecord
from apps.medical_records.records.services import Changed
from clinical.records.record import Code


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


def edited(actor: Actor, record: MedicalRecord, change: Change) -> Changed:
    return _EDITS[change.operation](actor, record, change)


def _change(actor: Actor, record: MedicalRecord, change: Change) -> Changed:
    return services.change_statement(
        actor, record, revision=change.revision, statement_id=change.statement, wanted=change.wording
    )


def _add(actor: Actor, record: MedicalRecord, change: Change) -> Changed:
    section, _dot, key = change.place.partition(".")
    return services.add_statement(
        actor, record, revision=change.revision, section=section, key=key, wanted=change.wording
    )


def _remove(actor: Actor, record: MedicalRecord, change: Change) -> Changed:
    return services.remove_statement(actor, record, revision=change.revision, statement_id=change.statement)


def _move(actor: Actor, record: MedicalRecord, change: Change) -> Changed:
    to = "" if change.step else change.place
    return services.move_statement(
        actor, record, revision=change.revision, statement_id=change.statement, to=to, step=change.step
    )


def _accept(actor: Actor, record: MedicalRecord, change: Change) -> Changed:
    return services.accept_statement(actor, record, revision=change.revision, statement_id=change.statement)


def _dismiss(actor: Actor, record: MedicalRecord, change: Change) -> Changed:
    return services.dismiss_problem(
        actor, record, revision=change.revision, statement_id=change.statement, code=change.problem
    )


def _code(actor: Actor, record: MedicalRecord, change: Change) -> Changed:
    code = Code(system=change.system, code=change.code, display="") if change.code else None
    return services.confirm_code(
        actor, record, revision=change.revision, statement_id=change.statement, code=code
    )


_EDITS: dict[str, Callable[[Actor, MedicalRecord, Change], Changed]] = {
    "change": _change,
    "add": _add,
    "remove": _remove,
    "move": _move,
    "accept": _accept,
    "dismiss": _dismiss,
    "code": _code,
}
OPERATIONS = tuple(_EDITS)
