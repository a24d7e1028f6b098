from uuid import UUID

from django.db import models

from apps.audit.models import AuditEntry
from apps.core.models import OrganisationQuerySet


def trail(organisation: models.Model) -> OrganisationQuerySet[AuditEntry]:
    """The organisation's lines, newest first."""
    return AuditEntry.objects.within(organisation).order_by("-sequence")


def last_entry(organisation_id: UUID) -> AuditEntry | None:
    """The newest entry; None for an organisation that has no trail."""
    return AuditEntry.objects.within(organisation_id).order_by("-sequence").first()
