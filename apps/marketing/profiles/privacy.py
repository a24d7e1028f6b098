"""What of the desk is about one person, for erasing it and for the report to them."""

from dataclasses import dataclass
from uuid import UUID

from apps.marketing.profiles.models import Person
from apps.privacy.registry import Subject

RECIPIENT = Subject("recipient")


@dataclass(frozen=True)
class PersonScope:
    organisation_id: UUID
    person_id: UUID
    # Exposures name people by it that were never imported, or were erased and imported again.
    external_id: str


def scope_of_person(person: Person) -> PersonScope:
    return PersonScope(person.organisation_id, person.pk, person.external_id)
