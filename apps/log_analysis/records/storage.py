"""Where the records lie, and who reads them: one store for all, one reader for each process.

Below the uploads, or in the bucket of LOG_STORE_URL.
"""

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.files.storage import default_storage

from apps.core.disk import private_directory
from domain.logs.store import LogStore

if TYPE_CHECKING:
    from domain.logs.store.reader import LogReader

MAX_QUERY_SECONDS = 10.0
READER_MEMORY = "512MB"


def log_store() -> LogStore:
    return LogStore(_place())


@cache
def log_reader() -> "LogReader":
    """DuckDB in this process, whose threads and memory are its own limit, or LOG_QUERY_URL. Loaded by who searches first."""
    from domain.logs.store.reader import LogReader

    return LogReader(
        _place(),
        query_url=settings.LOG_QUERY_URL,
        threads=2,
        memory=READER_MEMORY,
        seconds=MAX_QUERY_SECONDS,
    )


def stored_bytes(organisation_id: UUID) -> int:
    store, owner = log_store(), str(organisation_id)
    return sum(store.size(owner, source).bytes for source in store.sources(owner))


def _place() -> Path | str:
    if settings.LOG_STORE_URL:
        return str(settings.LOG_STORE_URL)
    root = Path(default_storage.path("logs/records"))
    private_directory(root)
    return root
