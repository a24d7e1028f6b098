"""Lists that are written by hand leave as files, as every list of a resource does."""

import csv
import io
import zipfile

from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import User
from apps.jobs import job_types, lifecycle, services
from apps.knowledge.models import Collection, Document
from apps.speech.models import Recording
from tests.conftest import browser_of

STORE = job_types.JobType(
    "tests.export",
    queue="batch",
    label="Export of tests",
    may_see=job_types.holders_of("jobs.view"),
    may_cancel=job_types.holders_of("jobs.manage"),
)
FORMULA = '=HYPERLINK("https://evil.example")'


def table(client: Client, address: str) -> list[dict[str, str]]:
    answer = client.get(address, headers={"Accept-Language": "en"})
    assert answer.status_code == 200
    content = answer.getvalue().decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


def test_jobs_leave_with_the_filters_of_the_list(
    alice_actor: Actor, bob_actor: Actor, alice_browser: Client
) -> None:
    for subject in ("green tea", "=1+1", "cup"):
        services.create_job(alice_actor, kind=STORE, inputs={}, subject=subject)
    services.create_job(bob_actor, kind=STORE, inputs={}, subject="tea of the rival")
    broken = lifecycle.claim(services.create_job(alice_actor, kind=STORE, inputs={}, subject="pot").pk)
    assert broken
    lifecycle.fail(broken, code="broken", message="It broke.")

    rows = table(alice_browser, "/jobs/export/?before=0190163d-8694-739b-aea5-966c26f8ad91&page=2")

    assert [row["About"] for row in rows] == ["pot", "cup", "'=1+1", "green tea"]
    (failed,) = table(alice_browser, "/jobs/export/?state=failed")
    assert (failed["Job"], failed["State"], failed["Error code"], failed["Error"], failed["Attempts"]) == (
        "Export of tests", "failed", "broken", "It broke.", "1",
    )  # fmt: skip
    assert table(alice_browser, "/jobs/export/?subject=TEA")[0]["About"] == "green tea"
    assert (
        'href="/jobs/export/?state=failed&amp;format=xlsx"' in alice_browser.get("/jobs/?state=failed").text
    )


def test_documents_and_recordings_leave_as_the_lists_show_them(
    alice_actor: Actor, alice_browser: Client, charlie: User
) -> None:
    organisation = alice_actor.organisation
    collection, other = (Collection.objects.create(organisation=organisation, name=name) for name in "ab")
    for number, where in enumerate((collection, other)):
        Document.objects.create(
            organisation=organisation, collection=where, title=FORMULA, file_name="a.md", digest=str(number), size=7
        )  # fmt: skip
    for is_restricted in (False, True):
        Recording.objects.create(
            organisation=organisation,
            title=FORMULA,
            is_restricted=is_restricted,
            recorded_by=alice_actor.member,
        )

    (document,) = table(alice_browser, f"/knowledge/collections/{collection.pk}/export/")
    (recording,) = table(alice_browser, "/recordings/export/")

    assert (document["Document"], document["State"], document["Size (bytes)"]) == (
        f"'{FORMULA}",
        "ready",
        "7",
    )
    assert (recording["Recording"], recording["Recorded by"]) == (f"'{FORMULA}", "Alice")
    for page in (f"/knowledge/collections/{collection.pk}/", "/recordings/"):
        assert f'href="{page}export/' in alice_browser.get(page).text
    assert browser_of(charlie).get("/recordings/export/").status_code in (200, 403)


def test_excel_gets_text_where_a_cell_looks_like_a_formula(alice_actor: Actor, alice_browser: Client) -> None:
    services.create_job(alice_actor, kind=STORE, inputs={}, subject=FORMULA)

    answer = alice_browser.get("/jobs/export/?format=xlsx")

    assert answer.headers["Content-Disposition"] == 'attachment; filename="jobs.xlsx"'
    with zipfile.ZipFile(io.BytesIO(answer.getvalue())) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "HYPERLINK" in sheet
    assert "<f>" not in sheet
    assert alice_browser.get("/jobs/export/?format=exe").status_code == 404
