"""What strangers send that nothing stores or reads is refused by one place each. Every route: tests/architecture."""

from typing import Any

import pytest
from django.test import Client

from apps.core.json_input import DEEPEST, NotUsable, parse_json
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
