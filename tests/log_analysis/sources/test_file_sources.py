"""A log file that is sent without a source makes one of its name."""

import base64
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.audit.models import AuditEntry
from apps.dashboards.rollups.models import AnalyticsSettings
from apps.log_analysis.sources.file_sources import source_name
from apps.log_analysis.sources.models import LogFile, LogSource
from apps.log_analysis.sources.recognition import is_log
from tests.conftest import ApiClient, api_client
from tests.log_analysis.sources.conftest import MakeSource

ADDRESS = "/api/v1/logs/files/"


def begin(client: Client, name: str, length: int = 8) -> Any:
    metadata = f"filename {base64.b64encode(name.encode()).decode()}"
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(length), "Upload-Metadata": metadata}
    return client.post(ADDRESS, headers=headers)


def test_it_has_the_files_name_and_the_organisations_time_zone(
    alice_api: ApiClient, alice_actor: Actor
) -> None:
    AnalyticsSettings.objects.create(organisation=alice_actor.organisation, time_zone="Europe/Berlin")

    assert begin(alice_api, "OpenSSH.log.gz").status_code == 201

    source = LogSource.objects.get()
    assert (source.name, source.kind, source.time_zone) == ("OpenSSH.log", "files", "Europe/Berlin")
    assert LogFile.objects.get().source == source
    assert AuditEntry.objects.filter(action="log_source.created").count() == 1


def test_the_same_name_goes_to_the_same_source_unless_that_takes_no_files(alice_api: ApiClient) -> None:
    begin(alice_api, "app.log")
    begin(alice_api, "app.log")
    assert LogFile.objects.filter(source=LogSource.objects.get()).count() == 2

    LogSource.objects.update(is_paused=True)
    begin(alice_api, "app.log")

    assert sorted(LogSource.objects.values_list("name", flat=True)) == ["app.log", "app.log 2"]


def test_no_source_is_left_of_a_file_that_is_refused(alice_api: ApiClient) -> None:
    assert begin(alice_api, "app.log", length=0).status_code == 400
    assert begin(alice_api, "app.log", length=2**50).status_code == 413
    assert not LogSource.objects.exists()


def test_who_may_only_send_logs_names_a_source(alice_actor: Actor) -> None:
    sender = api_client(alice_actor, "logs.write")

    assert begin(sender, "app.log").status_code == 403
    assert not LogSource.objects.exists()


def test_a_text_below_one_time_is_no_log() -> None:
    minutes = "\n".join(
        ["会议纪要", "时间：2026-12-01 10:00:00", *[f"    {number}. 茶" for number in range(30)]]
    )
    log = "\n".join(f"2026-12-01 10:00:{second:02} INFO tea" for second in range(30))

    assert not is_log(minutes, "text/plain")
    assert is_log(log, "text/plain")


@pytest.mark.parametrize(
    ("file_name", "name"),
    [
        ("app.log", "app.log"),
        ("/var/log/app.log.1.zst", "app.log.1"),
        ("logs.tar.gz", "logs"),
        (".gz", ".gz"),
        ("", "log"),
        ("x" * 200 + ".log", "x" * 80),
    ],
)
def test_a_source_is_named_after_its_file(file_name: str, name: str) -> None:
    assert source_name(file_name) == name


def test_the_page_for_uploads_has_a_place_for_files_before_there_is_any_source(
    alice_browser: Client, make_source: MakeSource
) -> None:
    page = alice_browser.get("/logs/sources/upload/").content.decode()
    assert 'id="upload-files"' in page
    assert "data-metadata-source" not in page
    assert 'data-opens="/logs/files/00000000-0000-0000-0000-000000000000/"' in page
    assert "existing source" not in page

    source, paused = make_source(), make_source("old", is_paused=True)
    page = alice_browser.get("/logs/sources/upload/").content.decode()
    assert f"/logs/sources/{source.pk}/#upload-files" in page
    assert str(paused.pk) not in page


def test_incidents_have_a_place_for_files_until_there_are_some(
    alice_browser: Client, alice_actor: Actor
) -> None:
    assert 'id="upload-files"' in alice_browser.get("/logs/").content.decode()

    Membership.objects.filter(pk=alice_actor.member.pk).update(role="operator")  # type: ignore[union-attr]
    page = alice_browser.get("/logs/").content.decode()
    assert "No incidents yet" in page
    assert "upload" not in page.lower().split('id="incident-rows"')[1].split("</main>")[0].replace(
        "upload a log file to see", ""
    )


def test_a_file_opens_on_the_page_of_its_source(
    alice_api: ApiClient, alice_browser: Client, bob_api: ApiClient
) -> None:
    made = begin(alice_api, "app.log").json()["id"]

    answer = alice_browser.get(f"/logs/files/{made}/")
    assert answer["Location"] == f"/logs/sources/{LogSource.objects.get().pk}/"


def test_an_export_of_event_viewer_is_a_log_and_a_table_of_sales_is_none() -> None:
    assert is_log("\ufeffKeywords,Date and Time,Source,Event ID,Task Category\r\n", "text/csv")
    assert is_log("级别,日期和时间,来源,事件 ID,任务类别\r\n", "text/csv")
    assert not is_log("Date and Time,Article,Price\r\n", "text/csv")
