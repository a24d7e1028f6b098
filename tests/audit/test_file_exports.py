"""A file of rows that leaves is a line of the trail: who took which rows, how many of them, narrowed by what."""

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import translation

from apps.accounts.actors import Actor
from apps.audit import presenters
from apps.audit.file_exports import UNQUOTED, FileExport, form_filters
from apps.audit.models import AuditEntry
from apps.core.errors import NotFound
from apps.customer_service.inbox.models import Tag
from apps.jobs import job_types, lifecycle, services
from apps.jobs.forms import JobFilterForm
from apps.knowledge.models import Collection, Document
from apps.speech.models import Recording

pytestmark = pytest.mark.django_db
PACK = job_types.JobType(
    "tests.pack",
    queue="batch",
    label="Packing of tests",
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)


def last_line() -> AuditEntry:
    return AuditEntry.objects.order_by("-created_at", "-sequence")[0]


def told(actor: Actor, language: str) -> tuple[str, dict[str, str]]:
    """The newest line as the trail's page says it."""
    with translation.override(language):
        [line] = presenters.lines(actor.organisation, [last_line()])
        return str(line.sentence), {str(label): text for label, text in line.details}


def test_jobs_that_leave_are_told_with_their_number_and_filters_in_both_languages(
    alice_actor: Actor, alice_browser: Client
) -> None:
    assert alice_actor.member
    for subject in ("green tea", "cup", "pot"):
        job = services.create_job(alice_actor, kind=PACK, inputs={}, subject=subject)
        claimed = lifecycle.claim(job.pk)
        assert claimed
        lifecycle.fail(claimed, code="broken", message="It broke.")

    query = (
        f"state=failed&member={alice_actor.member.pk}&subject=green&page=2&from=2026-01-01&kind=tests.pack"
    )
    alice_browser.get(f"/jobs/export/?{query}&format=xlsx")

    line = last_line()
    assert (line.action, line.actor, line.details["rows"]) == ("jobs.exported", alice_actor.label, 1)
    assert line.details["filters"]["subject"] == UNQUOTED, "it may be a person's name, and the line stays"
    assert told(alice_actor, "en") == ("Exported jobs", {
        "Format": "xlsx",
        "Rows": "1",
        "Filters": f"State: failed; Kind: Packing of tests; From: 2026-01-01; About: {UNQUOTED}; Member: Alice",
    })  # fmt: skip
    sentence, details = told(alice_actor, "zh-hans")
    assert sentence == "导出了任务列表"
    assert details["筛选条件"].startswith("状态：失败；类型：Packing of tests；")


def test_documents_recordings_and_rows_of_a_resource_are_told(
    alice_actor: Actor, alice_browser: Client
) -> None:
    organisation = alice_actor.organisation
    collection = Collection.objects.create(organisation=organisation, name="Teas")
    for number in range(2):
        Document.objects.create(
            organisation=organisation, collection=collection, title="a", file_name="a.md", digest=str(number), size=7
        )  # fmt: skip
    Recording.objects.create(organisation=organisation, title="Talk", recorded_by=alice_actor.member)
    Tag.objects.create(organisation=organisation, name="urgent")
    taken = []

    for address in (f"/knowledge/collections/{collection.pk}", "/recordings", "/conversations/tags"):
        assert alice_browser.get(f"{address}/export/").status_code == 200
        taken.append((last_line().action, last_line().target_id, last_line().details))

    one = {"file_type": "csv", "rows": 1}
    assert taken == [
        ("documents.exported", str(collection.pk), {"file_type": "csv", "rows": 2}),
        ("recordings.exported", "", one),
        ("tag.exported", "", one),
    ]


def test_a_type_of_file_that_there_is_not_leaves_no_line(alice_actor: Actor, alice_browser: Client) -> None:
    before = AuditEntry.objects.count()

    assert alice_browser.get("/jobs/export/?format=exe").status_code == 404
    with pytest.raises(NotFound):
        FileExport(alice_actor, "jobs.exported").response([], name="jobs", file_type="exe")

    assert AuditEntry.objects.count() == before


def test_a_file_whose_line_cannot_be_written_does_not_leave(
    alice_actor: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_args: object, **_fields: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr("apps.audit.services.record", refuse)

    with pytest.raises(OSError, match="full"):
        FileExport(alice_actor, "jobs.exported").download(HttpResponse(b"rows"), "jobs.md")


def test_rows_that_pass_one_by_one_are_counted_where_somebody_knows_how_many(alice_actor: Actor) -> None:
    rows = [{"a": number} for number in range(3)]
    for export, given in (
        (FileExport(alice_actor, "tag.exported"), rows),
        (FileExport(alice_actor, "tag.exported", row_count=3), iter(rows)),
        (FileExport(alice_actor, "tag.exported"), iter(rows)),
    ):
        export.response(given, name="rows", file_type="jsonl")

    lines = AuditEntry.objects.filter(action="tag.exported").order_by("sequence")
    assert [line.details.get("rows") for line in lines] == [3, 3, None]


def test_what_is_wrong_with_a_filter_is_no_filter_in_the_line(alice_actor: Actor) -> None:
    form = JobFilterForm({"state": "nonsense", "desk": "translation", "before": "x"}, actor=alice_actor)

    assert form_filters(form) == {"desk": "translation"}


def test_a_row_of_another_organisation_is_not_named_by_a_filter(alice_actor: Actor, bob_actor: Actor) -> None:
    assert bob_actor.member
    FileExport(alice_actor, "jobs.exported", filters={"member": bob_actor.member.pk}).note("csv")

    assert told(alice_actor, "en")[1]["Filters"] == f"Member: {UNQUOTED}"
