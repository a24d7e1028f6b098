"""Importing a hospital's catalogues, confirming codes, learning from them."""

from functools import partial
from typing import Any, BinaryIO
from uuid import UUID

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core import tables
from apps.core.errors import Conflict, InvalidInput, Text, TooLarge
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.jobs.subjects import Subject, of_rows
from apps.medical_records.coding import selectors
from apps.medical_records.coding.models import Catalogue, CatalogueEntry, ConfirmedCode
from apps.medical_records.records.models import MedicalRecord
from domain.clinical.coding import storage
from domain.clinical.coding.catalogue import MIN_PAIRS, TooFewPairs
from domain.clinical.coding.catalogue import Catalogue as Index
from domain.clinical.coding.catalogue_files import CatalogueFile, CatalogueUnreadable, read_catalogue
from domain.clinical.records.record import Code
from llm_backend import encodings

MAX_FILE_BYTES = 40 * 1024 * 1024
ENTRIES_AT_ONCE = 2000
SHOWN_FAULTS = 20
UNREADABLE: dict[str, Text] = {
    "empty": _("The file is empty. Each line needs a code and a name."),
    "too_large": _("The file is too large. Split it by system."),
    "too_many": _("The file has more than 200,000 entries. Remove what the hospital does not use."),
    "unreadable": _("The file is not a readable table. Save it as tab-separated text or CSV in UTF-8."),
    "one_column": _("The file has only one column. Each line needs a code, a tab or comma, and a name."),
}

IMPORT_CATALOGUE = JobType(
    "medical_records.import_catalogue",
    queue="ingest",
    label=_("Import a catalogue"),
    max_attempts=1,
    stages={"reading": _("Reading the file"), "storing": _("Storing the entries")},
    may_see=holders_of("records.manage"),
    subject=of_rows(
        Catalogue.objects.within,
        lambda row: Subject(row.name, reverse("medical_records:catalogue", args=[row.pk])),
        input_name="catalogue_id",
        permission="records.manage",
    ),
)
LEARN_CODES = JobType(
    "medical_records.learn_codes",
    queue="batch",
    label=_("Train on confirmed codes"),
    stages={"learning": _("Training on confirmed codes")},
    may_see=holders_of("records.manage"),
    subject=IMPORT_CATALOGUE.subject,
    # Asks no model: minutes of a processor, and only once enough is confirmed.
    is_free=True,
)


@requires_permission("records.manage")
@transaction.atomic
def begin_import(
    actor: Actor, *, system: str, name: str, language: str, file: "File[bytes]", uri: str = ""
) -> Catalogue:
    """Keeps the file and queues its reading. The catalogue takes effect when every entry is stored. Raises TooLarge and
    QuotaExceeded.
    """
    if (file.size or 0) > MAX_FILE_BYTES:
        raise TooLarge(details={"largest": MAX_FILE_BYTES})
    catalogue = Catalogue(
        organisation=actor.organisation,
        system=system,
        name=name,
        language=language,
        uri=uri,
        is_current=False,
        imported_by=actor.member,
    )
    catalogue.job = jobs.create_job(
        actor, kind=IMPORT_CATALOGUE, inputs={"catalogue_id": str(catalogue.pk)}, subject=name[:100]
    )
    default_storage.save(_stored_name(catalogue.pk), file)
    catalogue.save(force_insert=True)
    audit.record(
        actor, action="catalogue.import_begun", target=catalogue, details={"system": system, "name": name}
    )
    return catalogue


@IMPORT_CATALOGUE.service
def import_catalogue(run: JobRun, *, catalogue_id: str) -> dict[str, Any]:
    """Reads the file and lets the catalogue take the place of the older one of its system."""
    catalogue = Catalogue.objects.within(run.job.organisation).one(
        pk=catalogue_id, reason=_("The catalogue was deleted before it was read.")
    )
    run.stage("reading")
    read = _read(_stored_name(catalogue.pk))
    run.stage("storing")
    result = {
        "catalogue": catalogue_id,
        "entries": len(read.entries),
        "merged": read.merged,
        "faults": [{"line": fault.line, "reason": fault.reason} for fault in read.faults[:SHOWN_FAULTS]],
        "more_faults": read.more_faults + max(0, len(read.faults) - SHOWN_FAULTS),
    }
    with run.finishing(result):
        _store(run, catalogue, read)
    # After the commit: an attempt that ends before it is repeated, and needs the file.
    transaction.on_commit(partial(default_storage.delete, _stored_name(catalogue.pk)))
    return result


@requires_permission("records.manage")
@transaction.atomic
def delete_catalogue(actor: Actor, catalogue: Catalogue) -> None:
    """Records keep the codes they have; nothing is proposed from it any more. Raises Conflict while it is being
    imported.
    """
    if catalogue.job and not catalogue.job.is_terminal:
        raise Conflict(_("Import in progress. Wait, or cancel the job first."), code="import_under_way")
    audit.record(actor, action="catalogue.deleted", target=catalogue, details={"system": catalogue.system})
    catalogue.delete()


def remember(actor: Actor, *, written: str, code: Code, record: MedicalRecord | None = None) -> ConfirmedCode:
    """Somebody says that these words mean this entry: it is proposed first the next time."""
    return ConfirmedCode.objects.create(
        organisation=actor.organisation,
        system=code.system,
        written=written,
        code=code.code,
        name=code.display,
        record=record,
        confirmed_by=actor.member,
    )


@requires_permission("records.manage")
@transaction.atomic
def request_learning(actor: Actor, catalogue: Catalogue) -> Job:
    """Raises Conflict while too little was confirmed."""
    count = selectors.confirmed_count(actor.organisation, catalogue.system)
    if count < MIN_PAIRS:
        message = _("Training needs %(least)d confirmed codes; there are %(count)d.")
        raise Conflict(message % {"least": MIN_PAIRS, "count": count}, code="too_few_confirmed")
    return jobs.create_job(
        actor,
        kind=LEARN_CODES,
        inputs={"catalogue_id": str(catalogue.pk)},
        subject=catalogue.name[:100],
    )


@LEARN_CODES.service
def learn_codes(run: JobRun, *, catalogue_id: str) -> dict[str, Any]:
    """Which differences between written words and names matter here, from what people confirmed. Raises Conflict where
    too little was confirmed.
    """

    def show_progress(done: int, total: int) -> None:
        run.check()
        run.progress(done, total)

    catalogue = selectors.catalogue_of(run.job.organisation, UUID(catalogue_id))
    run.stage("learning")
    pairs = selectors.confirmed_pairs(run.job.organisation, catalogue.system)
    try:
        index = Index.of(selectors.entries_of(catalogue)).trained(pairs, show_progress)
    except TooFewPairs as error:
        raise Conflict(str(error), code="too_few_confirmed") from error
    result = {"catalogue": catalogue_id, "learnt_from": len(pairs)}
    with run.finishing(result):
        # It may have been deleted, or replaced by a newer import, while this was learnt.
        held = Catalogue.objects.select_for_update().filter(pk=catalogue.pk).first()
        if held:
            held.weights, held.learnt_from = storage.to_bytes(index.weights), len(pairs)
            held.save(update_fields=["weights", "learnt_from"])
    return result


def _stored_name(catalogue_id: UUID) -> str:
    return f"catalogues/{catalogue_id}"


def _read(name: str) -> CatalogueFile:
    with default_storage.open(name) as file:
        content = _text(file)
    try:
        read = read_catalogue(content)
    except CatalogueUnreadable as error:
        raise InvalidInput(UNREADABLE[error.reason], code=f"catalogue_{error.reason}") from error
    if not read.entries:
        raise InvalidInput(
            _("No line has both a code and a name. The first invalid one is line %(line)d.")
            % {"line": read.faults[0].line},
            code="catalogue_without_entries",
        )
    return read


def _text(file: "File[bytes] | BinaryIO") -> str:
    """UTF-8, or what Windows writes in China and in Western Europe."""
    content = file.read()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        guessed = encodings.guess_encoding(content, tables.ENCODINGS) or "gb18030"
        return content.decode(guessed, errors="replace")


def _store(run: JobRun, catalogue: Catalogue, read: CatalogueFile) -> None:
    rows = [
        CatalogueEntry(
            organisation_id=catalogue.organisation_id,
            catalogue=catalogue,
            code=entry.code,
            name=entry.name,
            aliases=list(entry.aliases),
        )
        for entry in read.entries
    ]
    CatalogueEntry.objects.bulk_create(rows, batch_size=ENTRIES_AT_ONCE)
    # Last, and in the transaction of the entries: until then codes are proposed from the older one.
    older = Catalogue.objects.within(catalogue.organisation_id).filter(
        system=catalogue.system, is_current=True
    )
    older.exclude(pk=catalogue.pk).delete()
    Catalogue.objects.within(catalogue.organisation_id).filter(pk=catalogue.pk).update(
        is_current=True, entry_count=len(rows)
    )
    details = {"system": catalogue.system, "entries": len(rows)}
    audit.record(run.actor, action="catalogue.imported", target=catalogue, details=details)
