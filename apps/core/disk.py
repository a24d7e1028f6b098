"""Directories of uploads, and the room on their disk that uploads leave."""

import shutil
from pathlib import Path

from django.conf import settings

from apps.core.errors import StorageFull


def require_free(directory: Path, wanted_bytes: int) -> None:
    """Raises StorageFull before anything is stored that PostgreSQL, Redis or a backup may need the room of."""
    private_directory(directory)
    if shutil.disk_usage(directory).free - wanted_bytes < settings.STORAGE_RESERVE_BYTES:
        raise StorageFull


def private_directory(directory: Path) -> None:
    """Makes it, and what is missing above it, for this user alone."""
    if not directory.is_dir():
        private_directory(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
