"""Departments, and who works where."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _lazy

from apps.accounts import confirmations
from apps.accounts.actors import Actor, requires_permission
from apps.accounts.models import Confirmation, Membership, Organisation
from apps.accounts.permissions import ROLE_PERMISSIONS
from apps.audit import services as audit
from apps.core.models import OrganisationQuerySet
from apps.medical_records.patients.models import Clinician, Department, Patient


@dataclass(frozen=True)
class ClinicianRow:
    """A member who writes records. `clinician` is None until somebody says where they work."""

    member: Membership
    clinician: Clinician | None

    @property
    def departments(self) -> list[Department]:
        return list(self.clinician.departments.all()) if self.clinician else []

    @property
    def title(self) -> str:
        return self.clinician.title if self.clinician else ""


def clinician_rows(organisation: Organisation) -> list[ClinicianRow]:
    """Everybody whose role writes records, by name."""
    clinicians = Clinician.objects.within(organisation).prefetch_related("departments")
    known = {clinician.member_id: clinician for clinician in clinicians}
    return [ClinicianRow(member, known.get(member.pk)) for member in writing_members(organisation)]


def writing_members(organisation: Organisation) -> OrganisationQuerySet[Membership]:
    roles = [role for role, permissions in ROLE_PERMISSIONS.items() if "records.write" in permissions]
    members = Membership.objects.within(organisation).filter(role__in=roles, is_active=True)
    return members.select_related("user").order_by("user__name", "user__email")


def every_department(organisation: Organisation) -> OrganisationQuerySet[Department]:
    """Also those that are not in use any more."""
    return Department.objects.within(organisation).order_by("-is_active", "name")


@requires_permission("records.manage")
@transaction.atomic
def save_clinician(
    actor: Actor, *, member_id: UUID, departments: Collection[Department], title: str = ""
) -> Clinician | Confirmation:
    """Where a member works: what their departments treat together they read from now on.

    So an owner confirms another department first where there are patients already, whoever it is for: who may put
    people into departments does not thereby read patients, nor lets a friend read them.
    """
    member = writing_members(actor.organisation).one(pk=member_id)
    present = Department.objects.within(actor.organisation).filter(clinicians__member=member)
    if confirmations.is_needed(actor) and not set(departments) <= set(present):
        subject = f"{member.user}: {', '.join(department.name for department in departments)}"
        payload = {"member_id": member_id, "departments": [each.pk for each in departments], "title": title}
        return confirmations.request_confirmation(actor, WORKPLACE, subject=subject, payload=payload)
    clinician, _is_new = Clinician.objects.update_or_create(
        organisation=actor.organisation, member=member, defaults={"title": title.strip()}
    )
    clinician.departments.set(departments)
    details = {"departments": [department.name for department in departments]}
    audit.record(actor, action="clinician.saved", target=member, details=details)
    return clinician


def save_confirmed_clinician(actor: Actor, payload: Mapping[str, Any]) -> None:
    departments = every_department(actor.organisation).filter(pk__in=payload["departments"])
    save_clinician(
        actor, member_id=payload["member_id"], departments=list(departments), title=payload["title"]
    )


WORKPLACE = confirmations.register(
    confirmations.Change(
        "medical_records.workplace",
        _lazy("Give a member access to a department's patients"),
        save_confirmed_clinician,
    )
)


@confirmations.needed_where
def has_patients(organisation: Organisation) -> bool:
    return Patient.objects.within(organisation).kept().exists()
