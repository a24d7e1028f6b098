"""What people see of a source of syslog, and who sees its token."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEntry
from apps.log_analysis.sources.models import LogSource
from tests.conftest import ApiClient, browser_of
from tests.log_analysis.sources.conftest import MakeSource

pytestmark = pytest.mark.django_db


@pytest.fixture
def source(make_source: MakeSource, settings: Any) -> LogSource:
    settings.SYSLOG_ADDRESS = ("0.0.0.0", 1514)
    return make_source(kind="syslog")


def page(browser: Client, source: LogSource) -> str:
    return browser.get(f"/logs/sources/{source.pk}/").content.decode()


def test_the_page_says_what_senders_need(source: LogSource, alice_browser: Client, settings: Any) -> None:
    settings.SYSLOG_TLS_ADDRESS, settings.HAS_PROXY = ("::", 6514), True
    settings.PUBLIC_URL = "https://kongming.example"

    html = page(alice_browser, source)

    assert "logger --rfc5424 --server kongming.example --port 1514 --tcp" in html
    assert "StreamDriverMode" in html
    assert html.count(source.sender_token) >= 3
    assert f"SYSLOG_SENDERS=10.2.0.7/32={source.pk}" in html
    assert "Dropped lines" not in html
    LogSource.objects.update(dropped_lines=7)
    assert "Dropped lines" in page(alice_browser, source)


def test_without_an_address_of_its_own_senders_are_told_that_of_the_page(
    source: LogSource, make_source: MakeSource, alice_browser: Client, settings: Any
) -> None:
    settings.PUBLIC_URL, settings.HAS_PROXY = "http://127.0.0.1:8700", False
    settings.ALLOWED_HOSTS = ["tea.lan"]
    sender = make_source(name="shop", kind="http")

    syslog_page, sender_page = (
        alice_browser.get(f"/logs/sources/{each.pk}/", headers={"Host": "tea.lan:8700"}).content.decode()
        for each in (source, sender)
    )

    assert "--server tea.lan --port 1514" in syslog_page
    assert f"http://tea.lan:8700/api/v1/logs/sources/{sender.pk}/records/" in sender_page


def test_who_only_looks_on_does_not_see_the_token(source: LogSource, charlie: User) -> None:
    assert source.sender_token not in page(browser_of(charlie), source)


def test_a_new_token_is_given_and_written_down(
    source: LogSource, alice_browser: Client, bob_browser: Client
) -> None:
    address, old = f"/logs/sources/{source.pk}/sender-token/", source.sender_token

    assert bob_browser.post(address).status_code == 404
    assert alice_browser.post(address).status_code == 302

    source.refresh_from_db()
    assert source.sender_token != old
    assert AuditEntry.objects.filter(action="log_source.token_renewed").exists()


def test_no_kind_is_offered_that_nothing_listens_to(
    alice_browser: Client, alice_api: ApiClient, settings: Any
) -> None:
    assert 'value="syslog"' not in alice_browser.get("/logs/sources/new/").content.decode()
    body = {"name": "a", "kind": "syslog"}
    refused: Any = alice_api.post_json("/api/v1/logs/sources/", body)
    settings.SYSLOG_ADDRESS = ("127.0.0.1", 1514)
    accepted: Any = alice_api.post_json("/api/v1/logs/sources/", body)

    assert (refused.status_code, accepted.status_code) == (400, 201)


def test_where_syslog_was_turned_off_the_page_says_so(
    source: LogSource, alice_browser: Client, settings: Any
) -> None:
    settings.SYSLOG_ADDRESS = None

    assert "Syslog is off" in page(alice_browser, source)


def test_saving_the_form_leaves_counts_alone_that_moved_on_meanwhile(
    source: LogSource, alice_api: ApiClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    clean = LogSource.full_clean

    def move_on(row: LogSource, *args: Any, **values: Any) -> None:
        LogSource.objects.filter(pk=row.pk).update(spool_offset=9)
        clean(row, *args, **values)

    monkeypatch.setattr(LogSource, "full_clean", move_on)
    path = f"/api/v1/logs/sources/{source.pk}/"
    alice_api.patch(path, {"keep_days": 3}, content_type="application/json")

    source.refresh_from_db()
    assert (source.keep_days, source.spool_offset) == (3, 9)
