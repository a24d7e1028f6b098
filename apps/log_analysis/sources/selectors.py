from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from uuid import UUID

from django.core.files.storage import default_storage
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import Coalesce

from apps.accounts.models import Organisation
from apps.log_analysis.sources import spool
from apps.log_analysis.sources.models import (
    MIN_SESSION_LABELS,
    LogFile,
    LogFileQuerySet,
    LogSource,
    LogSourceQuerySet,
)


def source_list(organisation: Organisation) -> LogSourceQuerySet:
    """The sources by name, with how many files each has."""
    rows = LogSource.objects.within(organisation).select_related("job", "deletion_job")
    return rows.annotate(files_count=Count("files"), last_file_at=Max("files__created_at")).order_by("name")


def file_list(organisation: Organisation) -> LogFileQuerySet:
    return LogFile.objects.within(organisation).select_related("source", "job").order_by("-id")


@dataclass(frozen=True)
class LabelCounts:
    """Sessions that people decided about: enough of both kinds, and their decisions are learnt."""

    odd: int
    usual: int

    @property
    def is_enough(self) -> bool:
        return self.least >= MIN_SESSION_LABELS

    @property
    def total(self) -> int:
        return self.odd + self.usual

    @property
    def least(self) -> int:
        return min(self.odd, self.usual)

    @property
    def needed(self) -> int:
        return MIN_SESSION_LABELS


def label_counts(source: LogSource) -> LabelCounts:
    rows = LogSource.objects.within(source.organisation_id).filter(pk=source.pk)
    kinds = {"odd": Q(session_labels__is_anomaly=True), "usual": Q(session_labels__is_anomaly=False)}
    sums = {name: Count("session_labels", filter=condition) for name, condition in kinds.items()}
    return LabelCounts(**rows.aggregate(**sums))


def stored_bytes(organisation_id: UUID) -> int:
    """How many bytes uploads take, and what waits; records are what the store says, see `records.selectors`."""
    files = LogFile.objects.filter(organisation=organisation_id).aggregate(sum=Coalesce(Sum("offset"), 0))
    waiting = LogSource.objects.filter(organisation=organisation_id)
    return int(files["sum"]) + int(waiting.aggregate(sum=Coalesce(Sum("waiting_bytes"), 0))["sum"])


def sealed_files(organisation_id: UUID) -> Iterator[Path]:
    """For a change of keys."""
    uploads = Path(default_storage.path(f"logs/files/{organisation_id}"))
    spools = Path(default_storage.path(f"logs/spool/{organisation_id}"))
    return chain(uploads.glob("*"), spool.sealed_files(spools))
