import asyncio
import json
from typing import Any
from urllib.parse import unquote

import pytest
from django import forms
from django.test import Client, RequestFactory
from django.test.utils import override_settings
from django.urls import path

from apps.core import error_pages, errors
from apps.core.body_limit import BodyLimit
from apps.core.forms import validated_fields
from config import urls as site


def fails(request: object) -> None:
    raise errors.QuotaExceeded("Used up.", retry_after_seconds=7)


def explodes(request: object) -> None:
    raise RuntimeError("a bug")


urlpatterns = [
    path("fails/", fails),
    path("api/fails/", fails),
    path("explodes/", explodes),
    *site.urlpatterns,
]
handler404, handler500 = site.handler404, site.handler500


@pytest.fixture
def _failing_pages() -> Any:
    with override_settings(ROOT_URLCONF=__name__):
        yield


def test_a_message_to_an_unknown_api_address_is_told_so() -> None:
    answer = Client(enforce_csrf_checks=True).post("/api/v1/nothing/")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_an_unknown_address_is_a_page_that_leads_home(client: Client) -> None:
    answer = client.get("/nowhere/")

    assert answer.status_code == 404
    assert 'href="/"' in answer.content.decode()


@pytest.mark.usefixtures("_failing_pages")
def test_an_error_in_a_view_becomes_a_page_with_its_status(client: Client) -> None:
    answer = client.get("/fails/")

    assert answer.status_code == 429
    assert answer["Retry-After"] == "7"
    assert "Used up." in answer.content.decode()
    assert answer["X-Error-Message"] == "Used%20up."


def test_a_field_is_called_by_its_label_and_never_by_its_name_in_the_api() -> None:
    class Limits(forms.Form):
        max_tokens = forms.IntegerField(label="Longest answer", max_value=10)

    with pytest.raises(errors.InvalidInput) as refused:
        validated_fields(Limits({"max_tokens": 11}))
    unlabelled = errors.InvalidInput(fields={"max_tokens": ["Enter less."]})

    assert refused.value.reason.startswith("Longest answer: ")
    page = error_pages.error_page(refused.value).text
    assert "Longest answer: Enter at most 10." in page
    assert "Enter less." in error_pages.error_page(unlabelled).text
    assert "max_tokens" not in page + error_pages.error_page(unlabelled).text


@pytest.mark.usefixtures("_failing_pages")
def test_the_same_error_under_the_api_is_json(client: Client) -> None:
    answer = client.get("/api/fails/")

    assert answer.json()["error"]["code"] == "quota_exceeded"


@pytest.mark.usefixtures("_failing_pages")
def test_a_bug_shows_the_request_id_and_nothing_of_the_code(client: Client) -> None:
    client.raise_request_exception = False

    answer = client.get("/explodes/")

    assert answer.status_code == 500
    assert answer["X-Request-Id"] in answer.content.decode()
    assert "RuntimeError" not in answer.content.decode()


def test_a_form_without_its_token_is_explained(alice: object) -> None:
    answer = Client(enforce_csrf_checks=True).post("/accounts/login/", {})

    assert answer.status_code == 403
    assert 'href="/"' in answer.text
    assert "This page has expired" in answer.text
    assert "No permission" not in answer.text


@pytest.mark.usefixtures("_failing_pages")
def test_a_form_that_was_refused_leads_back_to_its_page(client: Client) -> None:
    sent = {"Host": "testserver", "Accept": "text/html"}
    answers = [
        client.post("/fails/", headers={**sent, "Referer": page})
        for page in (
            "http://testserver/jobs/?state=failed",
            "http://elsewhere/jobs/",
            "http://testserver//evil/",
        )
    ]
    looked_at = client.get("/fails/", headers={**sent, "Referer": "http://testserver/jobs/"})

    assert 'href="/jobs/?state=failed"' in answers[0].text
    assert "data-lost-form" in answers[0].text
    assert not [each for each in (*answers[1:], looked_at) if "data-lost-form" in each.text]


def test_a_form_that_came_without_a_session_leads_to_signing_in_and_back() -> None:
    here = {"Referer": "http://testserver/jobs/new/?from=home", "Host": "testserver", "Accept": "text/html"}
    form = RequestFactory().post("/jobs/new/", headers=here)
    script = RequestFactory().post("/jobs/new/", headers={**here, "Accept": "*/*"})

    led = error_pages.error_answer(form, errors.NotAuthenticated())
    assert led["Location"] == "/accounts/login/?next=/jobs/new/%3Ffrom%3Dhome"
    told = error_pages.error_answer(script, errors.NotAuthenticated())
    assert told.status_code == 401
    assert unquote(told["X-Error-Message"]).startswith("You are signed out. Sign in again in another tab")


def test_what_is_sent_after_the_session_ended_is_called_signed_out() -> None:
    answer = error_pages.error_page(errors.NotAuthenticated())

    assert "You are signed out</h1>" in answer.text


async def exchange(
    headers: list[tuple[bytes, bytes]], chunks: list[bytes], path: str = "/"
) -> list[dict[str, Any]]:
    """Sends a request through a limit of ten bytes to an application that echoes the length."""
    sent: list[dict[str, Any]] = []
    waiting = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    waiting.append({"type": "http.request", "body": b"", "more_body": False})

    async def receive() -> dict[str, Any]:
        return waiting.pop(0)

    async def send(event: dict[str, Any]) -> None:
        sent.append(event)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        length = 0
        while True:
            event = await receive()
            if event["type"] == "http.disconnect":
                return
            length += len(event["body"])
            if not event["more_body"]:
                break
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": str(length).encode()})

    scope = {"type": "http", "method": "POST", "path": path, "headers": headers, "query_string": b""}
    await BodyLimit(application, max_bytes=10)(scope, receive, send)  # type: ignore[arg-type]
    return sent


def test_a_body_within_the_limit_passes() -> None:
    start, body = asyncio.run(exchange([], [b"12345", b"67890"]))

    assert start["status"] == 200
    assert body["body"] == b"10"


def test_an_announced_length_over_the_limit_is_refused_unread() -> None:
    headers = [(b"content-length", b"11"), (b"accept-language", b"zh-hans")]
    start, body = asyncio.run(exchange(headers, [], path="/api/v1/documents/"))
    told = json.loads(body["body"])["error"]

    assert start["status"] == 413
    assert told["code"] == "too_large"
    assert told["request_id"].encode() == dict(start["headers"])[b"x-request-id"] != b""
    assert told["message"] in body["body"].decode()


def test_chunks_are_counted() -> None:
    start, body = asyncio.run(exchange([], [b"12345"] * 3))

    assert start["status"] == 413
    assert b"<html" in body["body"]


def test_the_error_page_needs_no_database() -> None:
    answer = error_pages.server_error(RequestFactory().get("/"))

    assert answer.status_code == 500
