"""What browsers are told with every answer, whoever writes it."""

import asyncio
import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import Organisation, User
from apps.core.body_limit import BodyLimit
from config.env import PROJECT_ROOT
from config.response_headers import ResponseHeaders
from tests.architecture.routes import our_routes
from tests.conftest import PASSWORD
from tests.sample import sampled

TLS = """
import django
django.setup()
from django.conf import settings
from apps.accounts import sign_in_limits
print(settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, settings.LANGUAGE_COOKIE_NAME, sign_in_limits.COOKIE)
print(settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS, settings.SESSION_COOKIE_SECURE)
"""


def answer_to(application: Any, path: str, length: bytes = b"0") -> dict[str, str]:
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": [(b"content-length", length)],
        "query_string": b"",
    }
    messages: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b""}

    async def send(message: Any) -> None:
        messages.append(message)

    asyncio.run(application(scope, receive, send))
    return {name.decode().lower(): value.decode() for name, value in messages[0]["headers"]}


async def bare(scope: Any, receive: Any, send: Any) -> None:
    headers = [(b"Content-Type", b"text/css"), (b"Referrer-Policy", b"no-referrer")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b""})


def test_static_files_get_what_pages_have() -> None:
    headers = answer_to(ResponseHeaders(bare, hsts_seconds=31536000), "/static/base.css")

    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains"
    assert headers["x-content-type-options"] == "nosniff"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_what_an_answer_says_itself_stays() -> None:
    assert answer_to(ResponseHeaders(bare, hsts_seconds=0), "/")["referrer-policy"] == "no-referrer"


def test_without_tls_nothing_is_said_about_it() -> None:
    assert "strict-transport-security" not in answer_to(ResponseHeaders(bare, hsts_seconds=0), "/")


def test_a_refusal_by_size_has_them_too() -> None:
    application = ResponseHeaders(BodyLimit(bare, max_bytes=10), hsts_seconds=60)

    assert answer_to(application, "/jobs/", length=b"999")["strict-transport-security"].startswith(
        "max-age=60"
    )


@pytest.mark.slow
def test_behind_tls_cookies_belong_to_the_host_alone() -> None:
    environment = {
        **os.environ,
        "PUBLIC_URL": "https://kongming.example",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    environment.pop("SECURE_COOKIES", None)
    said = subprocess.run(
        [sys.executable, "-c", TLS],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()

    assert all(name.startswith("__Host-") for name in said[-2].split())
    assert said[-1] == "31536000 True True"


def test_cookies_are_for_the_same_site_and_closed_to_scripts(alice: User, tea_house: Organisation) -> None:
    browser = Client()
    browser.get("/accounts/login/")
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    browser.post("/language/", {"language": "en"})

    assert set(browser.cookies) == {"csrftoken", "sessionid", "known_browser", "django_language"}
    for name, cookie in browser.cookies.items():
        assert cookie["samesite"] == "Lax", name
        assert cookie["httponly"], name
        assert (cookie["path"], cookie["domain"]) == ("/", ""), name


@pytest.mark.parametrize("path", ["/", "/accounts/login/", "/nowhere/", "/healthz", "/api/docs/"])
def test_pages_say_where_they_may_be_shown_and_what_they_tell_others(
    alice_browser: Client, path: str
) -> None:
    answer = alice_browser.get(path)

    assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
    assert "object-src 'none'" in answer["Content-Security-Policy"]
    assert "base-uri 'none'" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.slow
def test_no_answer_repeats_a_request_that_is_traced(alice_browser: Client) -> None:
    paths = sorted({route.path({}) for route in our_routes() if not route.kwargs and route.name})
    for path in sampled(paths, 1 / 8):
        answer = alice_browser.trace(path, headers={"X-Probe": "a-header-of-a-proxy"})
        assert answer.streaming or b"a-header-of-a-proxy" not in answer.content, path
