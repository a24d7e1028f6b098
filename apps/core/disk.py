"""Directories of uploads, and the room on their disk that uploads leave."""

import shutil
from pathlib import Path

from django.conf import settings

from apps.core.errors import StorageFull


def require_free(directory: Path, wanted_bytes: int) -> None:
    """Makes the directory, and raises StorageFull where `wanted_bytes` would use up the room that is kept free for
    PostgreSQL, Redis and backups (STORAGE_RESERVE_BYTES).
    """
    private_directory(directory)
    if shutil.disk_usage(directory).free - wanted_bytes < settings.STORAGE_RESERVE_BYTES:
        raise StorageFull


def private_directory(directory: Path) -> None:
    """Makes it, and what is missing above it, for this user alone."""
    if not directory.is_dir():
        # One by one: `mkdir(parents=True)` would create the directories above with the default mode, which others may
        # read.
        private_directory(directory.parent)
        directory.mkdir(mode=0o700, exist_ok=True)
