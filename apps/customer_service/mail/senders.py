"""Who somebody is that writes or reads mail: the same person by the same address."""

import hashlib
from uuid import UUID

from apps.customer_service.conversations.models import Contact
from apps.customer_service.conversations.services import Visitor


def correspondent(organisation_id: UUID, address: str, *, name: str = "") -> Visitor:
    """The visitor behind an address, with a contact, so that the address is known wherever the visitor is shown."""
    visitor = Visitor(visitor_id_of(address), (name or address)[:80])
    Contact.objects.get_or_create(
        organisation_id=organisation_id,
        visitor_id=visitor.id,
        defaults={"name": name[:80], "email": address},
    )
    return visitor


def visitor_id_of(address: str) -> str:
    """Not to be mistaken for a visitor of the widget."""
    return f"mail:{hashlib.sha256(address.encode()).hexdigest()[:40]}"
