from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage
from django.db.models import Case, Q, When

from apps.accounts.models import Organisation
from apps.operations.deletion.models import OrganisationDeletion, OrganisationExport

MAX_LISTED = 500
MAX_PAST = 100


@dataclass(frozen=True)
class OrganisationView:
    """An organisation as an operator sees it who may delete it. `folders`: what LOG_FOLDERS and DOCUMENT_FOLDERS give it."""

    organisation: Organisation
    deletion: OrganisationDeletion | None
    export: OrganisationExport | None

    @property
    def is_being_deleted(self) -> bool:
        return self.deletion is not None and self.deletion.state == OrganisationDeletion.State.DELETING

    @property
    def folders(self) -> list[str]:
        allowed = [*settings.LOG_FOLDERS, *settings.DOCUMENT_FOLDERS]
        return [str(folder) for slug, folder in allowed if slug == self.organisation.slug]


def latest_export(organisation: Organisation) -> OrganisationExport | None:
    return (
        OrganisationExport.objects.within(organisation).select_related("job").order_by("-created_at").first()
    )


def organisations(named: str = "") -> tuple[list[OrganisationView], int]:
    """Those whose names or addresses hold the words, those that go first: what a page shows, and their number."""
    under_way = {row.organisation_id: row for row in OrganisationDeletion.objects.under_way()}
    # PostgreSQL takes no NUL.
    words = named.replace("\0", "").strip()
    rows = Organisation.objects.filter(Q(name__icontains=words) | Q(slug__icontains=words))
    shown = rows.order_by(Case(When(pk__in=list(under_way), then=0), default=1), "name", "pk")[:MAX_LISTED]
    return [OrganisationView(row, under_way.get(row.pk), None) for row in shown], rows.count()


def organisation(organisation_id: UUID) -> OrganisationView | None:
    row = Organisation.objects.filter(pk=organisation_id).first()
    if row is None:
        return None
    deletion = OrganisationDeletion.objects.under_way().filter(organisation_id=row.pk).first()
    return OrganisationView(row, deletion, latest_export(row))


def export_files(organisation_id: UUID) -> Iterator[Path]:
    """For a change of keys."""
    return Path(default_storage.path(f"exports/{organisation_id}")).glob("*.zip")


def past_deletions() -> list[OrganisationDeletion]:
    """What became of the others, the latest first."""
    rows = OrganisationDeletion.objects.filter(ended_at__isnull=False).select_related("requested_by")
    return list(rows.order_by("-ended_at")[:MAX_PAST])
