"""An organisation's data as one ZIP archive: a file of JSON lines for each table, its files, its log records.

Everything is opened, as it is the organisation's own; secrets that open something here stay. What cannot be opened any
more is named in `unreadable.jsonl` and keeps nothing else back. Rows and files pass one by one.
"""

import base64
import json
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, cast
from uuid import UUID

from django.core.files.storage import default_storage
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.core.fields import EncryptedTextField
from apps.core.models import OrganisationOwned
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.runs import JobRun
from apps.jobs.subjects import JobRequest, Subject
from apps.operations.deletion import organisation_rows
from apps.operations.deletion.models import OrganisationExport
from apps.privacy import outside_stores
from apps.vault import file_registry
from apps.vault.encrypted_writer import writing_sealed
from apps.vault.errors import KeyLost, SealBroken
from apps.vault.files import open_sealed
from apps.vault.models import SealingKey

FOLDER_MODE = 0o700
COPIED_AT_ONCE = 1024 * 1024
# Digests of secrets that open something here.
SECRETS = ("secret_hash", "token_hash")
USER_FIELDS = ("id", "email", "name", "language", "joined_at")


class Archive:
    """What is written, and what could not be."""

    def __init__(self, file: zipfile.ZipFile, run: JobRun) -> None:
        self._file, self._run = file, run
        self.unreadable: list[dict[str, str]] = []

    def add_lines(self, name: str, rows: Iterable[dict[str, Any]]) -> None:
        """Nothing where there are none."""
        iterator = iter(rows)
        first = next(iterator, None)
        if first is None:
            return
        with self._file.open(name, "w", force_zip64=True) as target:
            target.write(_line(first))
            for row in iterator:
                target.write(_line(row))
                self._run.check()

    def add_file(self, name: str, path: Path) -> None:
        """The beginning of one that is damaged stays, and the list says so."""
        try:
            with open_sealed(path) as source, self._file.open(name, "w", force_zip64=True) as target:
                while content := source.read(COPIED_AT_ONCE):
                    target.write(content)
                    self._run.check()
        except (SealBroken, KeyLost, OSError) as error:
            self.note(name, error)

    def note(self, what: str, error: Exception) -> None:
        self.unreadable.append({"what": what, "reason": type(error).__name__})

    def cells(self, row: models.Model) -> dict[str, Any]:
        """A row without its secrets; a column that cannot be opened is null."""
        cells: dict[str, Any] = {}
        for field in row._meta.concrete_fields:
            if isinstance(field, EncryptedTextField) or field.attname in SECRETS:
                continue
            try:
                cells[field.attname] = getattr(row, field.attname)
            except (SealBroken, KeyLost) as error:
                cells[field.attname] = None
                self.note(f"{row._meta.label_lower} {row.pk} {field.attname}", error)
        return cells


def _of_organisation(actor: Actor, asked: list[JobRequest]) -> Mapping[UUID, Subject]:
    """An export is about the organisation whose job it is."""
    return {each.job_id: Subject(actor.organisation.name) for each in asked}


EXPORT_ORGANISATION = JobType(
    "operations.export_organisation",
    queue="batch",
    label=_("Export an organisation"),
    stages={
        "rows": _("Writing tables"),
        "files": _("Writing files"),
        "records": _("Writing log records"),
    },
    may_see=holders_of("organisation.manage"),
    subject=_of_organisation,
    # An organisation takes its data along whatever it has used up.
    is_free=True,
)


@EXPORT_ORGANISATION.service
def export_organisation(run: JobRun, *, organisation_export_id: str) -> dict[str, Any]:
    export = OrganisationExport.objects.within(run.job.organisation).one(pk=organisation_export_id)
    organisation_id, path = export.organisation_id, export.path
    path.parent.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
    with (
        writing_sealed(path, organisation_id) as file,
        zipfile.ZipFile(cast(Any, file), "w", zipfile.ZIP_DEFLATED) as target,
    ):
        archive = Archive(target, run)
        _write_rows(archive, run, organisation_id)
        run.stage("files")
        _write_files(archive, organisation_id, left_out=path.parent)
        run.stage("records")
        for name, rows in outside_stores.lines(organisation_id):
            archive.add_lines(f"{name}.jsonl", rows)
        archive.add_lines("unreadable.jsonl", archive.unreadable)
    size, unreadable = path.stat().st_size, len(archive.unreadable)
    with run.finishing({"bytes": size, "unreadable": unreadable}):
        OrganisationExport.objects.filter(pk=export.pk).update(bytes=size, unreadable=unreadable)
    return {"bytes": size, "unreadable": unreadable}


def _write_rows(archive: Archive, run: JobRun, organisation_id: UUID) -> None:
    """What others point at first."""
    run.stage("rows")
    tables = [each for each in reversed(organisation_rows.deletion_order()) if each is not SealingKey]
    for done, model in enumerate(tables):
        rows = organisation_rows.iterate(model, organisation_id)
        archive.add_lines(f"rows/{model._meta.label_lower}.jsonl", map(archive.cells, rows))
        run.progress(done, len(tables))
    members = Membership.objects.within(organisation_id).values("user")
    people = User.objects.filter(pk__in=members).order_by("pk").values(*USER_FIELDS)
    archive.add_lines("rows/accounts.user.jsonl", people.iterator())


def _write_files(archive: Archive, organisation_id: UUID, *, left_out: Path) -> None:
    uploads = Path(default_storage.path(""))
    for path in _paths(organisation_id):
        if left_out not in path.parents and path.exists():
            archive.add_file(f"files/{path.relative_to(uploads)}", path)


def _paths(organisation_id: UUID) -> Iterator[Path]:
    """Each once: of a file that a row names by a field, and of those that their keepers find."""
    named: set[Path] = set()
    for model in organisation_rows.deletion_order():
        if issubclass(model, OrganisationOwned):
            for field in organisation_rows.file_fields(model):
                names = organisation_rows.rows_of(model, organisation_id).exclude(**{field.name: ""})
                for name in names.values_list(field.name, flat=True).iterator():
                    named.add(Path(field.storage.path(name)))
                    yield Path(field.storage.path(name))
    yield from (path for path in file_registry.files_of(organisation_id) if path not in named)


def _line(row: dict[str, Any]) -> bytes:
    # Not orjson: what people stored may hold numbers beyond 64 bits, and halves of characters.
    return json.dumps(row, default=_plain).encode() + b"\n"


def _plain(value: object) -> object:
    """What JSON has no word for: bytes in base64, all else as it is written."""
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, datetime | date):
        return value.isoformat()
    tolist = getattr(value, "to_list", None) or getattr(value, "tolist", None)
    return tolist() if tolist else str(value)
