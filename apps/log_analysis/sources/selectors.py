from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Count, Max, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Organisation
from apps.log_analysis.sources import spool
from apps.log_analysis.sources.models import LogFile, LogFileQuerySet, LogSource, LogSourceQuerySet


def source_list(organisation: Organisation) -> LogSourceQuerySet:
    """With how many files each has, by name."""
    rows = LogSource.objects.within(organisation).select_related("job")
    return rows.annotate(files_count=Count("files"), last_file_at=Max("files__created_at")).order_by("name")


def file_list(organisation: Organisation) -> LogFileQuerySet:
    return LogFile.objects.within(organisation).select_related("source", "job").order_by("-id")


def stored_bytes(organisation_id: UUID) -> int:
    """Of uploads and of what waits; records are what the store says, see `records.selectors`."""
    files = LogFile.objects.filter(organisation=organisation_id).aggregate(sum=Coalesce(Sum("offset"), 0))
    waiting = LogSource.objects.filter(organisation=organisation_id)
    return int(files["sum"]) + int(waiting.aggregate(sum=Coalesce(Sum("waiting_bytes"), 0))["sum"])


def sealed_files(organisation_id: UUID) -> Iterator[Path]:
    """For a change of keys."""
    uploads = Path(default_storage.path(f"logs/files/{organisation_id}"))
    spools = Path(default_storage.path(f"logs/spool/{organisation_id}"))
    return chain(uploads.glob("*"), spool.sealed_files(spools))
