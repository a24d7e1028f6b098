"""Registering patients, and who treats them."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Membership
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, NotFound, Text
from apps.medical_records.patients import selectors
from apps.medical_records.patients.models import CareRelation, Department, Patient
from apps.medical_records.patients.opened_rows import set_noted
from apps.vault import encryption

MAX_NAME_CHARACTERS, MAX_NUMBER_CHARACTERS = 120, 60
MIN_REASON_CHARACTERS = 5


@requires_permission("patients.edit", "records.write")
@transaction.atomic
def register_patient(
    actor: Actor, /, *, name: str, number: str, department: Department | None = None, **details: str
) -> Patient:
    """Registers a patient, with a treatment relation of whoever registers, or of `department`.

    `details`: birth_date (ISO), phone, sex, notes. Raises InvalidInput, and Conflict for a number that is taken.
    """
    patient = Patient(organisation=actor.organisation, **_validated_identity(name, number, details))
    if selectors.patient_with_number(actor.organisation, number):
        raise Conflict(
            _(
                "A patient with this number is already registered. If you cannot see them, ask the "
                "records office."
            ),
            code="number_taken",
        )
    _index(patient)
    _store(patient, is_new=True)
    audit.record(actor, action="patient.registered", target=patient)
    if department or actor.member:
        relate(actor, patient, member=None if department else actor.member, department=department)
    return patient


@requires_permission("patients.edit")
@transaction.atomic
def change_patient(actor: Actor, /, patient: Patient, *, name: str, number: str, **details: str) -> Patient:
    """Raises InvalidInput, and Conflict for a number that is taken."""
    taken = selectors.patient_with_number(actor.organisation, number)
    if taken and taken.pk != patient.pk:
        raise Conflict(_("This number belongs to another patient."), code="number_taken")
    for attribute, value in _validated_identity(name, number, details).items():
        setattr(patient, attribute, value)
    _index(patient)
    _store(patient)
    audit.record(actor, action="patient.changed", target=patient)
    return patient


@requires_permission("patients.edit", "records.write")
@transaction.atomic
def relate(
    actor: Actor,
    patient: Patient,
    *,
    member: Membership | None = None,
    department: Department | None = None,
    kind: str = CareRelation.Kind.TREATING,
) -> CareRelation:
    """From now on the member, or everybody in the department, may read the patient's records. Raises InvalidInput for
    both or neither of the two.
    """
    if (member is None) == (department is None):
        raise InvalidInput(fields={"member": [_("Choose one clinician or one department.")]})
    relation = CareRelation.objects.create(
        organisation=actor.organisation,
        patient=patient,
        member=member,
        department=department,
        kind=kind,
        granted_by=actor.member,
    )
    audit.record(
        actor,
        action="patient.relation_begun",
        target=patient,
        details={
            "member": str(member.pk) if member else "",
            "department": str(department or ""),
            "kind": kind,
        },
    )
    return relation


@requires_permission("patients.edit")
@transaction.atomic
def end_relation(actor: Actor, relation: CareRelation) -> None:
    """From now on it opens nothing; that it was there stays in the access report."""
    relation.until = timezone.now()
    relation.save(update_fields=["until"])
    audit.record(
        actor,
        action="patient.relation_ended",
        target=relation.patient,
        details={"relation": str(relation.pk)},
    )


@requires_permission("records.view")
@transaction.atomic
def open_in_emergency(actor: Actor, *, number: str, reason: str) -> Patient:
    """A member who does not treat the patient reads the records for some hours, and everybody can see it.

    Raises InvalidInput without a reason, NotFound when nobody has this number.
    """
    if len(reason.strip()) < MIN_REASON_CHARACTERS:
        raise InvalidInput(fields={"reason": [_("Enter the reason why you need access.")]})
    patient = selectors.patient_with_number(actor.organisation, number)
    # Access in an emergency is a person's: a key has nobody who could be asked about it.
    if patient is None or actor.member is None:
        raise NotFound(_("No patient with this number."))
    hours = selectors.preferences_of(actor.organisation).emergency_hours
    CareRelation.objects.create(
        organisation=actor.organisation,
        patient=patient,
        member=actor.member,
        kind=CareRelation.Kind.EMERGENCY,
        reason=reason.strip(),
        until=timezone.now() + timedelta(hours=hours),
        granted_by=actor.member,
    )
    audit.record(actor, action="patient.emergency_access", target=patient, details={"hours": hours})
    return patient


def note_access(actor: Actor, patient: Patient, *, action: str, targets: Iterable[UUID] = ()) -> None:
    """In the audit trail, under the patient: who took out what. Never what it says.

    What is only read by a request is noted by `middleware.access_trail`, whichever view answers it.
    """
    audit.record(actor, action=action, target=patient, details={"targets": [str(each) for each in targets]})
    set_noted(patient.pk)


def _validated_identity(name: str, number: str, details: dict[str, str]) -> dict[str, Any]:
    fields: dict[str, list[Text]] = {}
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS:
        fields["name"] = [_("Enter the patient's name.")]
    if not number.strip() or len(number) > MAX_NUMBER_CHARACTERS:
        fields["number"] = [_("Enter the patient number.")]
    if not _born(details.get("birth_date", "")):
        fields["birth_date"] = [_("Enter a date of birth that is not in the future, such as 1980-05-31.")]
    if fields:
        raise InvalidInput(fields=fields)
    return {"name": name.strip(), "number": number.strip()} | details


def _store(patient: Patient, *, is_new: bool = False) -> None:
    """Of two who give one number at once the database refuses one. Raises Conflict."""
    try:
        # A savepoint: the caller's transaction has to survive the refusal.
        with transaction.atomic():
            patient.save(force_insert=is_new)
    except IntegrityError as error:
        raise Conflict(_("This number belongs to another patient."), code="number_taken") from error


def _born(birth_date: str) -> bool:
    """Whether it is a day that was, as ISO text; empty where nobody knows."""
    try:
        return not birth_date or date.fromisoformat(birth_date) <= timezone.localdate()
    except ValueError:
        return False


def _index(patient: Patient) -> None:
    organisation_id = patient.organisation_id
    patient.number_hash = selectors.number_hash(organisation_id, patient.number)
    patient.index_terms = encryption.index_terms(organisation_id, [patient.name, patient.number])
