"""What strangers send that nothing stores or reads is refused by one place each. Every route: tests/architecture."""

from typing import Any

import pytest
from django.test import Client

from apps.core.api import DEEPEST, NotUsable, parse_json
from apps.operations.announcements import selectors as announcements
from tests.conftest import ApiClient

JSON = "application/json"


def nested(levels: int) -> bytes:
    return b"[" * levels + b"]" * levels


def test_json_is_read_down_to_a_depth() -> None:
    assert parse_json(nested(DEEPEST))
    for content in (nested(DEEPEST + 1), nested(100_000), b"[" * 100_000, b"NaN", b"\xff", b"9" * 5000):
        with pytest.raises(NotUsable):
            parse_json(content)


@pytest.mark.django_db
def test_deep_and_large_json_is_refused(alice_api: ApiClient, settings: Any) -> None:
    def sent(body: bytes) -> int:
        return alice_api.post("/api/v1/collections/", body, content_type=JSON).status_code

    assert sent(b'{"name":' * 20_000) == 400
    assert sent(b'{"name": "' + b"a" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE + b'"}') == 413


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["q=a%00b", "page=%00", "patient=none", f"page={'9' * 5000}"])
def test_what_no_column_takes_is_no_fault_of_ours(alice_browser: Client, query: str) -> None:
    alice_browser.raise_request_exception = False
    for path in ("/conversations/", "/medical/encounters/new/", "/jobs/"):
        assert alice_browser.get(f"{path}?{query}").status_code < 500


@pytest.mark.django_db
@pytest.mark.parametrize(
    "moments",
    [
        {"begins_at": "0001-01-01T00:00"},
        {"begins_at": "0001-01-01T00:00:00+14:00"},
        {"begins_at": "2026-01-01T00:00", "ends_at": "9999-12-31T23:59:59-12:00"},
        {"begins_at": "2026-01-01T00:00", "ends_at": "9999-12-31T23:59:59Z"},
    ],
)
def test_a_moment_that_no_page_could_show_again_is_not_stored(
    alice_browser: Client, moments: dict[str, str]
) -> None:
    form = {"text_en": "The lifts are out.", "tone": "note", **moments}
    refused = alice_browser.post("/operations/announcements/new/", form)
    announcements.clear()

    assert refused.status_code == 400
    assert "date that cannot be stored" in refused.text
    assert alice_browser.get("/operations/announcements/").status_code == 200
    assert alice_browser.get("/jobs/").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31T23:59:59-12:00"])
def test_a_moment_that_nothing_can_be_calculated_with_is_no_fault_of_ours(
    alice_api: ApiClient, moment: str
) -> None:
    key = {"name": "till", "scopes": ["jobs.view"], "expires_at": moment}

    assert alice_api.post_json("/api/v1/api-keys/", key).status_code == 400
