"""A folder on the server, below one that the operator gave to the organisation. No link is followed."""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from django.conf import settings

from apps.connectors.reasons import ItemGone, SourceError
from apps.connectors.sources.interface import Fetched, Listed, Listing
from apps.jobs.runs import JobRun
from domain.documents import content

MAX_FILES = 20_000
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
SUFFIXES = frozenset(suffix for kind in content.SUFFIXES.values() for suffix in kind)


def is_document(name: str) -> bool:
    """By its name; what begins with a dot is hidden."""
    path = PurePosixPath(name)
    return path.suffix.lower() in SUFFIXES and not any(part.startswith(".") for part in path.parts)


def allowed_root(organisation_slug: str, folder: Path) -> Path | None:
    """The folder of the operator's setting that it lies below."""
    roots = (root for slug, root in settings.DOCUMENT_FOLDERS if slug == organisation_slug)
    is_plain = folder.is_absolute() and ".." not in folder.parts
    return next((root for root in roots if is_plain and folder.is_relative_to(root)), None)


class FolderConnector:
    absence: Literal["gone"] = "gone"
    delay = 0.0
    limit = MAX_FILES

    def __init__(self, run: JobRun, place: Mapping[str, Any], _secret: str) -> None:
        self.folder = Path(place["folder"])
        self.root = allowed_root(run.job.organisation.slug, self.folder)

    def list_items(self, _cursor: str) -> Listing:
        with self._opened(self.folder) as top:
            return Listing([*_files(top)])

    def fetch(self, key: str, _fingerprint: str) -> Fetched:
        path = self.folder / key
        with self._opened(path.parent, is_needed=False) as parent:
            try:
                descriptor = os.open(path.name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=parent)
            except OSError as error:
                raise _failure(error) from error
        with os.fdopen(descriptor, "rb") as file:
            facts = os.fstat(file.fileno())
            if not stat.S_ISREG(facts.st_mode):
                raise ItemGone
            if facts.st_size > settings.UPLOAD_MAX_BYTES:
                raise SourceError("too_large")
            return Fetched(file.read(settings.UPLOAD_MAX_BYTES), key, fingerprint=_file_version(facts))

    def close(self) -> None:
        pass

    @contextmanager
    def _opened(self, folder: Path, *, is_needed: bool = True) -> Iterator[int]:
        """Step by step from the folder that the operator named, so that no link on the way leads out."""
        if self.root is None:
            raise SourceError("folder_not_allowed")
        descriptor = -1
        try:
            descriptor = os.open(self.root, _FOLDER)
            for part in folder.relative_to(self.root).parts:
                outer, descriptor = descriptor, os.open(part, _FOLDER | os.O_NOFOLLOW, dir_fd=descriptor)
                os.close(outer)
            yield descriptor
        except OSError as error:
            raise SourceError("folder_unreadable") if is_needed else _failure(error) from error
        finally:
            if descriptor >= 0:
                os.close(descriptor)


def _files(top: int) -> Iterator[Listed]:
    def refuse(error: OSError) -> None:
        # What is below it would look as if it were gone.
        raise error

    # Hidden folders and links are not entered.
    for folder, folders, names, descriptor in os.fwalk(".", dir_fd=top, onerror=refuse):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(filter(is_document, names)):
            facts = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            if stat.S_ISREG(facts.st_mode):
                yield Listed(str(PurePosixPath(folder, name)), name, _file_version(facts))


def _file_version(facts: os.stat_result) -> str:
    return f"{facts.st_size}-{facts.st_mtime_ns}"


def _failure(error: OSError) -> Exception:
    is_gone = isinstance(error, FileNotFoundError | NotADirectoryError)
    return ItemGone() if is_gone else SourceError("folder_unreadable")
