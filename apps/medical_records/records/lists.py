"""The desk's start page: whose record is waiting for what."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, Q

from apps.accounts.actors import Actor
from apps.core.models import OrganisationQuerySet
from apps.medical_records.models import MedicalRecord
from apps.medical_records.patients import selectors as patients
from apps.medical_records.records import selectors

State = MedicalRecord.State
VIEWS = ("all", "mine", "review", "sign", "signed")


@dataclass(frozen=True)
class Wanted:
    view: str = "all"
    query: str = ""
    department: UUID | None = None
    template: UUID | None = None
    day: date | None = None


def wanted_records(actor: Actor, wanted: Wanted) -> OrganisationQuerySet[MedicalRecord]:
    return _narrowed(actor, wanted).filter(_of_view(actor, wanted.view))


def counts(actor: Actor, wanted: Wanted) -> dict[str, int]:
    """How many there are in each view, under the same filters."""
    found = _narrowed(actor, wanted).order_by()
    return found.aggregate(**{view: Count("pk", filter=_of_view(actor, view)) for view in VIEWS})


def _of_view(actor: Actor, view: str) -> Q:
    return {
        "mine": Q(author=actor.member) if actor.member else Q(pk=None),
        "review": Q(state=State.DRAFT) | Q(state=State.AMENDING, reviewed_at=None),
        "sign": Q(state=State.REVIEWED) | Q(state=State.AMENDING, reviewed_at__isnull=False),
        "signed": Q(state=State.SIGNED),
    }.get(view, Q(pk__isnull=False))


def _narrowed(actor: Actor, wanted: Wanted) -> OrganisationQuerySet[MedicalRecord]:
    found = selectors.records(actor)
    if wanted.query:
        found = found.filter(patient__in=patients.found_patients(actor, wanted.query).order_by().values("pk"))
    if wanted.department:
        found = found.filter(department=wanted.department)
    if wanted.template:
        found = found.filter(template_version__template=wanted.template)
    if wanted.day:
        found = found.filter(encounter__seen_at__date=wanted.day)
    return found
