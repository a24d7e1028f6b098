"""Codes that fit what a record says, and what people answered to them."""

from django.db.models import Q

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.medical_records.models import CatalogueEntry, ConfirmedCode
from llm_backend.clinical.record import Code

MOST = 8


def proposals(organisation: Organisation, system: str, text: str) -> list[Code]:
    """Entries of the organisation's current catalogue, the best first. Nothing without a catalogue."""
    wanted = text.strip()
    if not wanted:
        return []
    found = entries(organisation, system).filter(Q(name__icontains=wanted) | Q(code__istartswith=wanted))
    return [Code(system=system, code=each.code, display=each.name) for each in found.order_by("code")[:MOST]]


def entries(organisation: Organisation, system: str) -> OrganisationQuerySet[CatalogueEntry]:
    return CatalogueEntry.objects.within(organisation).filter(
        catalogue__system=system, catalogue__is_current=True
    )


def remember(actor: Actor, *, written: str, code: Code) -> None:
    """A person said that these words mean this entry."""
    ConfirmedCode.objects.create(
        organisation=actor.organisation,
        system=code.system,
        written=written,
        code=code.code,
        name=code.display,
        confirmed_by=actor.member,
    )
