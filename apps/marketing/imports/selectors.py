from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import F, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Organisation
from apps.core.models import OrganisationQuerySet
from apps.marketing.imports.models import PeopleImport


def import_list(organisation: Organisation) -> OrganisationQuerySet[PeopleImport]:
    return PeopleImport.objects.within(organisation).select_related("job", "organisation").order_by("-id")


def stored_bytes(organisation_id: UUID) -> int:
    """How many bytes tables take that are not imported yet, and rows that could not be."""
    rows = PeopleImport.objects.filter(organisation=organisation_id)
    return int(rows.aggregate(sum=Coalesce(Sum(F("offset") + F("rejected_bytes")), 0))["sum"])


def sealed_files(organisation_id: UUID) -> Iterator[Path]:
    """For a change of keys."""
    return Path(default_storage.path(f"marketing/imports/{organisation_id}")).glob("*")
