"""Records of patients whom the actor treats."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Case, Count, Max, Q, When

from apps.accounts.actors import Actor
from apps.core.models import OrganisationQuerySet
from apps.medical_records.patients import selectors as patients
from apps.medical_records.records.models import MedicalRecord, RecordVersion
from domain.clinical.records.record import RecordContent
from domain.clinical.records.template import Template


def records(actor: Actor) -> OrganisationQuerySet[MedicalRecord]:
    """The last changed first, without what they say."""
    return (
        MedicalRecord.objects.within(actor.organisation)
        .filter(patient__in=patients.visible_patients(actor).order_by().values("pk"))
        .select_related(
            "patient", "department", "author__user", "encounter", "template_version__template", "job"
        )
        .order_by("-updated_at", "-pk")
    )


def record_of(actor: Actor, record_id: UUID) -> MedicalRecord:
    """Raises NotFound, also where the actor does not treat the patient."""
    return records(actor).one(pk=record_id)


def template_for(record: MedicalRecord, content: RecordContent) -> Template:
    """Without the fields that are for the other sex, unless something stands in them."""
    written = {(section, field) for section, field, _ in content.statements()}
    return record.template_version.schema.for_sex(record.patient.known_sex, filled_fields=written)


def current_version(record: MedicalRecord) -> RecordVersion | None:
    """What the record says now: the version being edited, else the last one."""
    versions = RecordVersion.objects.within(record.organisation_id).filter(record=record)
    is_edited = Case(When(kind=RecordVersion.Kind.EDIT, then=0), default=1)
    return versions.order_by(is_edited, "-number").first()


def model_version(record: MedicalRecord) -> RecordVersion | None:
    """The model's own draft, as it was."""
    versions = RecordVersion.objects.within(record.organisation_id).filter(record=record)
    return versions.filter(kind=RecordVersion.Kind.MODEL).order_by("-number").first()


def draft_below(record: MedicalRecord) -> RecordVersion | None:
    """The draft that what the record says now was made from."""
    current = current_version(record)
    if current is None:
        return None
    versions = RecordVersion.objects.within(record.organisation_id).filter(record=record)
    drafts = versions.filter(kind=RecordVersion.Kind.MODEL, number__lte=current.number)
    return drafts.order_by("-number").defer("content").first()


def newer_draft(record: MedicalRecord) -> RecordVersion | None:
    """A draft that was made after the copy people work on, and is not in it."""
    working, drafted = working_version(record), model_version(record)
    if working is None or drafted is None or drafted.number < working.number:
        return None
    return drafted


def signed_versions(record: MedicalRecord) -> OrganisationQuerySet[RecordVersion]:
    """The latest first."""
    versions = RecordVersion.objects.within(record.organisation_id).filter(
        record=record, signed_at__isnull=False
    )
    return versions.order_by("-number")


def working_version(record: MedicalRecord) -> RecordVersion | None:
    """The copy that people change; None where nobody may, as in a signed record."""
    versions = RecordVersion.objects.within(record.organisation_id).filter(record=record)
    return versions.filter(kind=RecordVersion.Kind.EDIT).first()


def all_versions(record: MedicalRecord) -> OrganisationQuerySet[RecordVersion]:
    """The latest first."""
    versions = RecordVersion.objects.within(record.organisation_id).filter(record=record)
    return versions.select_related("author__user", "signed_by__user").order_by("-number")


def version_of(record: MedicalRecord, number: int) -> RecordVersion:
    """Raises NotFound."""
    return all_versions(record).one(number=number)


def newest_number(record: MedicalRecord) -> int:
    """0 for a record without versions."""
    versions = RecordVersion.objects.within(record.organisation_id).filter(record=record)
    return versions.aggregate(newest=Max("number"))["newest"] or 0


State = MedicalRecord.State
VIEWS = ("all", "mine", "review", "sign", "signed")


@dataclass(frozen=True)
class RecordFilters:
    view: str = "all"
    query: str = ""
    department: UUID | None = None
    template: UUID | None = None
    day: date | None = None


def filtered_records(actor: Actor, filters: RecordFilters) -> OrganisationQuerySet[MedicalRecord]:
    return _matching_records(actor, filters).filter(_of_view(actor, filters.view))


def counts(actor: Actor, filters: RecordFilters) -> dict[str, int]:
    """How many there are in each view, under the same filters."""
    matching = _matching_records(actor, filters).order_by()
    return matching.aggregate(**{view: Count("pk", filter=_of_view(actor, view)) for view in VIEWS})


def _of_view(actor: Actor, view: str) -> Q:
    return {
        "mine": Q(author=actor.member) if actor.member else Q(pk=None),
        "review": Q(state=State.DRAFT) | Q(state=State.AMENDING, reviewed_at=None),
        "sign": Q(state=State.REVIEWED) | Q(state=State.AMENDING, reviewed_at__isnull=False),
        "signed": Q(state=State.SIGNED),
    }.get(view, Q(pk__isnull=False))


def _matching_records(actor: Actor, filters: RecordFilters) -> OrganisationQuerySet[MedicalRecord]:
    matching = records(actor)
    if filters.query:
        matching = matching.filter(
            patient__in=patients.search_patients(actor, filters.query).order_by().values("pk")
        )
    if filters.department:
        matching = matching.filter(department=filters.department)
    if filters.template:
        matching = matching.filter(template_version__template=filters.template)
    if filters.day:
        matching = matching.filter(encounter__seen_at__date=filters.day)
    return matching
