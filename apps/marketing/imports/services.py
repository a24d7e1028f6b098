"""Tables of people: uploaded in parts, looked at with a proposed mapping, and stored by a job once somebody confirmed it."""

from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.actors import Actor, requires_permission
from apps.audit import services as audit
from apps.core.errors import Conflict, NotFound
from apps.files import services as files
from apps.files.models import end_of_patience
from apps.files.parts import Checksum, Readable
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.jobs.job_types import JobType, holders_of
from apps.jobs.models import Job
from apps.jobs.runs import JobRun
from apps.jobs.subjects import of_rows
from apps.marketing.imports.models import ImportRejection, PeopleImport
from apps.marketing.imports.people_files import (
    FileRow,
    PeopleTable,
    checked_mapping,
    column_targets,
    proposed_mapping,
)
from apps.marketing.profiles.person_values import ATTRIBUTE, PROBLEMS, PersonValues, RejectedValue, read_cells
from apps.marketing.profiles.upserts import store_people

# Stored in one transaction: what a killed worker does again is one block. Long rows make a block of fewer.
BLOCK_ROWS, MAX_BLOCK_CHARACTERS = 2000, 4_000_000
MAX_KEPT_REJECTIONS, PREVIEW_ROWS = 100, 5
COUNTS = (
    *("rows_count", "created_count", "changed_count", "rejected_count"),
    *("rejected", "reasons", "rejected_bytes"),
)

IMPORT_PEOPLE = JobType(
    "marketing.import_people",
    queue="ingest",
    label=_("Import people"),
    stages={"importing": _("Saving people")},
    may_see=holders_of("marketing.people"),
    subject=of_rows(PeopleImport.objects.within, permission="marketing.people"),
    # Admitted when its upload began.
    is_free=True,
)


class Rejection(NamedTuple):
    """A row that was not stored. `code`: one of `person_values.PROBLEMS`; `field`: where, `attribute:…` of an attribute."""

    line: int
    code: str
    field: str
    cells: list[str]


@dataclass
class Block:
    """`rows`: own number → the row of the file that says it last."""

    rows_count: int
    people: list[PersonValues] = field(default_factory=list)
    rows: dict[str, FileRow] = field(default_factory=dict)
    rejected: list[Rejection] = field(default_factory=list)


def begin_import(actor: Actor, *, file_name: str, length: int | None) -> PeopleImport:
    """Makes a place for the bytes that follow. Raises what `begin_upload` raises."""
    row = PeopleImport(
        organisation=actor.organisation,
        file_name=PurePath(file_name).name[:200],
        length=length,
        member=actor.member,
        api_key=actor.api_key,
    )
    files.begin_upload(actor, row, action="people_import.begun")
    return row


@transaction.atomic
def append_part(
    actor: Actor,
    upload: PeopleImport,
    *,
    offset: int,
    content: Readable,
    length: int | None = None,
    checksum: Checksum | None = None,
) -> PeopleImport:
    """Stores a part for good. Nothing is read of the whole until somebody confirms what its columns are."""
    row = PeopleImport.objects.select_for_update().get(pk=upload.pk)
    files.append_part(row, offset=offset, content=content, length=length, checksum=checksum)
    row.save()
    return row


def preview(row: PeopleImport) -> tuple[list[str], dict[str, str], list[FileRow]]:
    """Headings, what each most likely is, and the first rows. Raises InvalidInput for a file that is no table.

    Raises Conflict where nothing arrived yet, and once it was read and deleted.
    """
    try:
        stored = row.open_stored()
    except FileNotFoundError:
        reason = _("No table: nothing was uploaded, or it was already imported and deleted.")
        raise Conflict(reason, code="no_table") from None
    with stored as file:
        table = PeopleTable(file)
        return table.headings, proposed_mapping(table.headings), list(islice(table.rows(), PREVIEW_ROWS))


@requires_permission("marketing.people")
@transaction.atomic
def start_import(actor: Actor, row: PeopleImport, *, mapping: Mapping[str, str]) -> PeopleImport:
    """Queues it. `mapping`: heading → what it is. Raises Conflict for one that is not whole, or was started."""
    row = PeopleImport.objects.within(actor.organisation).select_for_update().one(pk=row.pk)
    if row.received_at is None:
        raise Conflict(_("The file is not fully uploaded yet."), code="upload_incomplete")
    if row.job_id is not None:
        raise Conflict(_("This import has already started."), code="import_started")
    headings, _proposed, _rows = preview(row)
    row.headings, row.mapping = headings, checked_mapping(headings, dict(mapping))
    row.job = jobs.create_row_job(actor, IMPORT_PEOPLE, row)
    row.save(update_fields=["headings", "mapping", "job"])
    audit.record(actor, action="people_import.started", target=row, details={"columns": len(row.mapping)})
    return row


@IMPORT_PEOPLE.service
def import_people(run: JobRun, *, people_import_id: str) -> dict[str, Any]:
    """Stores block by block, each with how far the import came: what was stored is neither lost nor counted twice."""
    row = (
        PeopleImport.objects.within(run.job.organisation)
        .select_related("organisation")
        .get(pk=people_import_id)
    )
    run.stage("importing")
    with row.open_stored() as file:
        table = PeopleTable(file)
        targets = column_targets(table.headings, row.mapping)
        rows = table.rows()
        # An earlier attempt stored these.
        next(islice(rows, row.rows_count, row.rows_count), None)
        # The next block is read while the database stores the one before.
        blocks = (_read_block(block, targets) for block in _row_batches(rows))
        with ThreadPoolExecutor(1, "people-import") as reader:
            coming = reader.submit(next, blocks, None)
            while block := coming.result():
                run.checkpoint()
                coming = reader.submit(next, blocks, None)
                _store_block(row, block)
                run.progress(min(file.tell(), row.offset), row.offset)
    result = {
        "people_import": str(row.pk),
        "created": row.created_count,
        "changed": row.changed_count,
        "rejected": row.rejected_count,
    }
    with run.finishing(result):
        # The people are in the database now, each by themselves: the table is of no use any more.
        row.length = row.offset = 0
        row.expires_at = end_of_patience()
        row.save(update_fields=["length", "offset", "expires_at"])
        audit.record(
            run.actor,
            action="people_import.finished",
            target=row,
            details={key: result[key] for key in ("created", "changed", "rejected")},
        )
        path = row.stored_path
        transaction.on_commit(lambda: path.unlink(missing_ok=True))
    return result


def rejected_rows(row: PeopleImport) -> Iterator[dict[str, object]]:
    """Rows for a table to be mended and imported again: what is wrong, then the cells as they came.

    Raises NotFound where there are none, or none any more.
    """
    rejections = row.rejections.order_by("pk")
    if not rejections.exists():
        raise NotFound(_("There are no rejected rows, or they were deleted."))
    return (
        {
            str(place): cell
            for place, cell in enumerate((line, PROBLEMS[code], field.removeprefix(ATTRIBUTE), *cells))
        }
        for rejection in rejections.iterator(chunk_size=1)
        for line, code, field, cells in rejection.rows
    )


@requires_permission("marketing.people")
@transaction.atomic
def delete_import(actor: Actor, row: PeopleImport) -> None:
    """Deletes an import with its file. The people that came of it stay. Raises Conflict while it runs."""
    if row.is_under_way:
        raise Conflict(_("Cancel the import first, or wait until it ends."), code="import_running")
    audit.record(actor, action="people_import.deleted", target=row)
    _remove(row)


@transaction.atomic
def give_up_import(row: PeopleImport) -> None:
    """Half a file, or one that nobody confirmed or ran again for days."""
    audit.record(Actor(row.organisation), action="people_import.given_up", target=row)
    _remove(row)


@transaction.atomic
def delete_rejections(row: PeopleImport) -> None:
    row.rejections.all().delete()
    PeopleImport.objects.filter(pk=row.pk).update(rejected_bytes=0)


def _row_batches(rows: Iterator[FileRow]) -> Iterator[list[FileRow]]:
    block, characters = list[FileRow](), 0
    for row in rows:
        block.append(row)
        characters += sum(map(len, row.cells))
        if len(block) >= BLOCK_ROWS or characters >= MAX_BLOCK_CHARACTERS:
            yield block
            block, characters = [], 0
    if block:
        yield block


def _read_block(block: list[FileRow], targets: list[str]) -> Block:
    read = Block(len(block))
    for each in block:
        if each.problem:
            read.rejected.append(Rejection(each.line, each.problem, "", each.cells))
            continue
        try:
            person = read_cells(each.cells, targets)
        except RejectedValue as problem:
            read.rejected.append(Rejection(each.line, problem.code, problem.field, each.cells))
        else:
            read.people.append(person)
            read.rows[person.external_id] = each
    return read


def _store_block(row: PeopleImport, block: Block) -> None:
    with transaction.atomic():
        held = PeopleImport.objects.select_for_update().one(pk=row.pk)
        if held.rows_count != row.rows_count:
            # A worker that was taken for dead goes on beside the one that has the job now.
            raise lifecycle.LeaseLost
        stored = store_people(row.organisation, block.people)
        refused = [(block.rows[number], code) for number, code in stored.refused.items()]
        rejected = [Rejection(each.line, code, "attributes", each.cells) for each, code in refused]
        row.rows_count += block.rows_count
        row.created_count += len(stored.created)
        row.changed_count += len(stored.changed)
        _keep_rejections(row, sorted([*block.rejected, *rejected]))
        row.save(update_fields=COUNTS)


def _keep_rejections(row: PeopleImport, rejected: list[Rejection]) -> None:
    """Counted by reason, the first ones for the page, and all of them sealed, to be mended and imported again."""
    if not rejected:
        return
    ImportRejection.objects.create(
        organisation=row.organisation, people_import=row, rows=[list(each) for each in rejected]
    )
    row.rejected_count += len(rejected)
    row.rejected_bytes += sum(len(cell.encode()) for each in rejected for cell in each.cells)
    row.reasons = dict(Counter(row.reasons) + Counter(each.code for each in rejected))
    first = [{"line": each.line, "code": each.code, "field": each.field} for each in rejected]
    row.rejected = [*row.rejected, *first][:MAX_KEPT_REJECTIONS]


def _remove(row: PeopleImport) -> None:
    if row.job:
        lifecycle.erase(Job.objects.filter(pk=row.job.pk))
    path = row.stored_path
    row.delete()
    transaction.on_commit(lambda: path.unlink(missing_ok=True))
