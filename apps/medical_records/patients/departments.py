"""Departments, and who works where."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation
from apps.accounts.permissions import ROLE_PERMISSIONS
from apps.audit import services as audit
from apps.core.errors import Conflict, InvalidInput, NotFound
from apps.core.models import OrganisationQuerySet
from apps.medical_records.models import Clinician, Department


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


@transaction.atomic
def save_department(
    actor: Actor, *, name: str, is_active: bool = True, department_id: UUID | None = None
) -> Department:
    """A new one, or other words for one. Raises Conflict for a name that is taken."""
    department = Department(organisation=actor.organisation)
    if department_id:
        found = Department.objects.within(actor.organisation).filter(pk=department_id).first()
        if found is None:
            raise NotFound
        department = found
    if not name.strip():
        raise InvalidInput(fields={"name": [_("Write the department's name.")]})
    department.name, department.is_active = name.strip(), is_active
    try:
        with transaction.atomic():
            department.save()
    except IntegrityError as error:
        raise Conflict(_("There is a department with this name already."), code="name_taken") from error
    details = {"name": department.name, "is_active": is_active}
    audit.record(actor, action="department.saved", target=department, details=details)
    return department


@transaction.atomic
def save_clinician(
    actor: Actor, *, member_id: UUID, departments: Collection[Department], title: str = ""
) -> Clinician:
    """Where a member works: what their departments treat together they read from now on."""
    member = writing_members(actor.organisation).filter(pk=member_id).first()
    if member is None:
        raise NotFound
    clinician, _is_new = Clinician.objects.update_or_create(
        organisation=actor.organisation, member=member, defaults={"title": title.strip()}
    )
    clinician.departments.set(departments)
    details = {"departments": [department.name for department in departments]}
    audit.record(actor, action="clinician.saved", target=member, details=details)
    return clinician
