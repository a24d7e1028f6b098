"""Uploading a file to a source by tus, and the pages of sources."""

import base64
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.accounts.alerts import alerts
from apps.accounts.models import Membership
from apps.audit.models import AuditEntry
from apps.jobs import runs
from apps.jobs import selectors as job_selectors
from apps.jobs.models import Job
from apps.log_analysis.detection.models import LogAnomaly
from apps.log_analysis.incidents.models import Incident
from apps.log_analysis.records.storage import log_store
from apps.log_analysis.sources.models import LogFile, LogSource
from apps.privacy import retention_rules
from tests.conftest import ApiClient, browser_of
from tests.live_pages import follows_jobs
from tests.log_analysis.sources.conftest import MakeSource

pytestmark = pytest.mark.django_db
TUS = {"Tus-Resumable": "1.0.0"}


def begin(client: Client, source_id: object, length: int, name: str = "app.log") -> Any:
    names = {"filename": name, "source": str(source_id)}
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in names.items())
    headers = {**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata}
    return client.post("/api/v1/logs/files/", headers=headers)


def append(client: Client, address: str, part: bytes, offset: int = 0) -> Any:
    headers = {**TUS, "Upload-Offset": str(offset)}
    return client.patch(address, part, content_type="application/offset+octet-stream", headers=headers)


def uploaded(client: Client, source: LogSource, content: bytes = b"one\ntwo\n") -> LogFile:
    answer = begin(client, source.pk, len(content))
    assert append(client, answer["Location"], content).status_code == 204
    return LogFile.objects.get(pk=answer.json()["id"])


def test_a_file_in_two_parts_is_read_when_the_last_one_came(source: LogSource, alice_api: ApiClient) -> None:
    answer = begin(alice_api, source.pk, 8)
    assert append(alice_api, answer["Location"], b"one\n").status_code == 204
    assert LogFile.objects.get().state == "uploading"

    append(alice_api, answer["Location"], b"two\n", offset=4)

    file = LogFile.objects.select_related("job").get()
    assert (file.source, file.file_name, file.state) == (source, "app.log", "waiting")
    assert file.job
    assert file.job.kind == "log_analysis.read_file"
    with file.open_stored() as content:
        assert content.read() == b"one\ntwo\n"


def test_a_file_needs_a_source_of_the_own_organisation_that_is_not_paused(
    source: LogSource, alice_api: ApiClient, bob_api: ApiClient
) -> None:
    assert begin(alice_api, "nonsense", 8).status_code == 400
    assert begin(bob_api, source.pk, 8).status_code == 404
    LogSource.objects.update(is_paused=True)
    assert begin(alice_api, source.pk, 8).status_code == 409


def test_the_page_of_a_source_takes_files_and_says_how_records_are_sent(
    source: LogSource, alice_browser: Client, alice_api: ApiClient
) -> None:
    uploaded(alice_api, source)

    page = alice_browser.get(f"/logs/sources/{source.pk}/").content.decode()

    assert f'data-metadata-source="{source.pk}"' in page
    assert "app.log" in page
    assert "{#" not in page
    assert f"/api/v1/logs/sources/{source.pk}/records/" in page
    assert "endpoint: http" in page
    assert follows_jobs(page)
    rows = alice_browser.get(f"/logs/sources/{source.pk}/", headers={"HX-Request": "true"}).content.decode()
    assert "app.log" in rows
    assert "<html" not in rows
    LogFile.objects.update(records_count=6000)
    link = f'<a href="/logs/records/?source={source.pk}">6,000</a>'
    assert link in alice_browser.get(f"/logs/sources/{source.pk}/").content.decode()


def test_a_new_source_leads_to_its_page_and_a_settings_form_changes_it(
    alice_browser: Client, tea_house: Any
) -> None:
    form = {"name": "web", "kind": "files", "time_zone": "UTC", "keep_days": "30", "sample_percent": "100"}
    answer = alice_browser.post("/logs/sources/new/", form)
    made = LogSource.objects.get()
    assert answer["Location"] == f"/logs/sources/{made.pk}/"

    alice_browser.post(f"/logs/sources/{made.pk}/", {**form, "keep_days": "7"})
    refused = alice_browser.post(f"/logs/sources/{made.pk}/", {**form, "name": "x", "keep_days": "0"})

    made.refresh_from_db()
    assert (made.name, made.keep_days) == ("web", 7)
    assert "keep_days" in refused.context["form"].errors
    assert refused.context["source"].name == "web"


def test_whoever_only_looks_on_sees_no_form_and_changes_nothing(
    source: LogSource, charlie: Any, alice_actor: Actor
) -> None:
    Membership.objects.filter(user=charlie).update(role="operator")
    browser = browser_of(charlie)

    page = browser.get(f"/logs/sources/{source.pk}/")

    assert page.status_code == 200
    assert "data-file-upload" not in page.content.decode()
    assert browser.post(f"/logs/sources/{source.pk}/", {"name": "x"}).status_code == 403
    assert browser.post(f"/logs/sources/{source.pk}/pause/").status_code == 403
    assert browser.post(f"/logs/sources/{source.pk}/delete/").status_code == 403


def test_a_source_is_paused_and_goes_on(source: LogSource, alice_browser: Client) -> None:
    alice_browser.post(f"/logs/sources/{source.pk}/pause/")
    source.refresh_from_db()
    assert source.is_paused

    alice_browser.post(f"/logs/sources/{source.pk}/pause/", {"continue": "1"})
    source.refresh_from_db()
    assert not source.is_paused
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"log_source.paused", "log_source.continued"} <= actions


@pytest.mark.slow
def test_deleting_a_source_deletes_its_bytes_records_and_incidents(
    source: LogSource, make_source: MakeSource, alice_api: ApiClient, alice_browser: Client
) -> None:
    other, now = make_source("other"), timezone.now()
    file = uploaded(alice_api, source)
    alice_api.post(f"/api/v1/logs/sources/{source.pk}/records/", b"x", content_type="text/plain")
    stored = Path(log_store().files.root) / str(source.organisation_id) / str(source.pk)  # type: ignore[attr-defined]
    stored.mkdir(parents=True)
    record = {"arrival": 7, "line": 1, "time": 1_000, "level": "error", "service": "", "trace": ""}
    both = [record | {"source": str(each.pk), "text": f"words of {each.name}"} for each in (source, other)]
    words = {
        "title": f"words of {source.name}",
        "cause": f"words of {source.name} [1]",
        "is_cause_from_model": True,
    }
    times = {"started_at": now, "ended_at": now, "organisation": source.organisation}
    alone, shared = [Incident.objects.create(**words, citations=both, **times) for _ in range(2)]
    for incident, of_source in ((alone, source), (shared, source), (shared, other)):
        LogAnomaly.objects.create(
            source=of_source,
            incident=incident,
            detector="rate",
            surprise=3,
            service=str(incident.pk),
            evidence=[each for each in both if each["source"] == str(of_source.pk)],
            **times,
        )

    answer = alice_browser.post(f"/logs/sources/{source.pk}/delete/")

    assert answer["Location"] == "/logs/sources/"
    source = LogSource.objects.get(pk=source.pk)
    assert (
        "being deleted"
        in alice_browser.get("/logs/sources/", headers={"Accept-Language": "en"}).content.decode()
    )
    assert (
        "正在删除"
        in alice_browser.get(
            f"/logs/sources/{source.pk}/", headers={"Accept-Language": "zh-CN"}
        ).content.decode()
    )
    refused = alice_api.post(f"/api/v1/logs/sources/{source.pk}/records/", b"x", content_type="text/plain")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "source_being_deleted")
    alice_browser.post(f"/logs/sources/{source.pk}/delete/")
    job = Job.objects.active().get()
    runs.execute(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.SUCCEEDED
    assert not LogSource.objects.filter(pk=source.pk).exists()
    assert not file.stored_path.exists()
    assert not source.spool.exists()
    assert not stored.exists()
    rest = Incident.objects.get()
    assert [each["text"] for each in rest.citations] == ["words of other"]
    assert words["title"] not in rest.title + rest.cause
    assert not Job.objects.active().exists()


def test_what_a_crash_left_in_the_store_is_swept(source: LogSource) -> None:
    root = Path(log_store().files.root) / str(source.organisation_id)  # type: ignore[attr-defined]
    for name in (str(source.pk), "00000000-0000-0000-0000-000000000000"):
        (root / name).mkdir(parents=True, exist_ok=True)

    retention_rules.erase_outdated()

    assert log_store().sources(str(source.organisation_id)) == [str(source.pk)]


def test_sources_are_kept_by_the_api(alice_api: ApiClient, bob_api: ApiClient) -> None:
    made: Any = alice_api.post_json("/api/v1/logs/sources/", {"name": "web", "kind": "http"})
    assert made.status_code == 201
    path = f"/api/v1/logs/sources/{made.json()['id']}/"

    assert bob_api.delete(path).status_code == 404
    assert alice_api.patch(path, {"keep_days": 0}, content_type="application/json").status_code == 400
    answer: Any = alice_api.delete(path)
    assert (answer.status_code, answer.json()["is_being_deleted"]) == (202, True)
    runs.execute(answer.json()["deletion_job"])
    assert not LogSource.objects.exists()


def test_a_file_is_deleted_from_the_page(
    source: LogSource, alice_api: ApiClient, alice_browser: Client
) -> None:
    file = uploaded(alice_api, source)

    alice_browser.post(f"/logs/files/{file.pk}/delete/")

    assert not LogFile.objects.exists()
    assert not file.stored_path.exists()


def test_jobs_and_the_start_page_name_the_file(
    source: LogSource, alice_api: ApiClient, alice_actor: Actor
) -> None:
    file = uploaded(alice_api, source)
    assert file.job
    subject = job_selectors.subjects_of(alice_actor, [file.job])[file.job.pk]
    assert (subject.text, subject.url) == ("app.log", f"/logs/sources/{source.pk}/")

    Job.objects.update(state=Job.State.FAILED, finished_at=timezone.now(), error_code="no_lines")

    assert "1 log file could not be read" in [str(alert.text) for alert in alerts(alice_actor)]
