"""Encounters of patients whom the actor treats."""

from uuid import UUID

from apps.accounts.actors import Actor
from apps.core.errors import NotFound
from apps.core.models import OrganisationQuerySet
from apps.medical_records.models import Encounter
from apps.medical_records.patients import selectors as patients


def encounters(actor: Actor) -> OrganisationQuerySet[Encounter]:
    """Newest first, without what was said."""
    return (
        Encounter.objects.within(actor.organisation)
        .filter(patient__in=patients.visible_patients(actor).order_by().values("pk"))
        .select_related(
            "patient", "department", "clinician__user", "template_version__template", "recording__job"
        )
        .order_by("-seen_at", "-pk")
    )


def encounter_of(actor: Actor, encounter_id: UUID) -> Encounter:
    """Raises NotFound, also where the actor does not treat the patient."""
    encounter = encounters(actor).filter(pk=encounter_id).first()
    if encounter is None:
        raise NotFound
    return encounter
