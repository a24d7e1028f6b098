"""Whatever a request holds, no route answers with a fault of ours (5xx). The walk finds new routes by itself."""

import json
import re
from collections.abc import Iterator
from functools import cache
from itertools import cycle, product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.forms import BaseForm as Form
from django.forms import DateField, DateTimeField
from django.test import Client

from apps.accounts.models import Organisation, User
from tests.architecture.instances import Belongings, model_of
from tests.architecture.routes import Route, our_routes
from tests.architecture.test_isolation import PLAIN_KWARGS, documented_bodies
from tests.conftest import ApiClient

NUL, HALF, DEEP = "\x00", "\ud800", "[" * 20_000
HUGE_NUMBER = "9" * 5_000
STRANGE_TEXTS = [f"a{NUL}b", "²", "١", "-1", HUGE_NUMBER, "'\"<", "a" * 3_000, "%00", "../" * 20, "NaN", ""]
# Read before the view is reached, the same for every route: a strange one would hide what the view does with the others.
EARLY_HEADERS = [
    "Accept",
    "Accept-Language",
    "Authorization",
    "Content-Length",
    "Content-Type",
    "Cookie",
    "Host",
    "Origin",
    "Referer",
    "Traceparent",
    "X-Csrftoken",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Http-Method-Override",
    "X-Request-Id",
]
HEADERS = [
    "HX-Current-URL",
    "HX-Request",
    "HX-Target",
    "Idempotency-Key",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "Last-Event-ID",
    "Range",
    "Upload-Checksum",
    "Upload-Defer-Length",
    "Upload-Length",
    "Upload-Metadata",
    "Upload-Offset",
    "Sign",
    "Timestamp",
    "X-Lark-Request-Nonce",
    "X-Lark-Request-Timestamp",
    "X-Lark-Signature",
    "X-Telegram-Bot-Api-Secret-Token",
]
# A day before, a day after, or another time zone is beyond what can be calculated with.
ENDS_OF_THE_CALENDAR = ["0001-01-01", "9999-12-31", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
STRANGE_HEADERS = [
    *STRANGE_TEXTS[:2],
    HUGE_NUMBER,
    "99999999999999999999999-1",
    "é" * 100,
    "bytes=0-,5-",
    f"bytes=-{HUGE_NUMBER}",
    "sha1 é",
    "name é, ,x",
    'sessionid="aaaaaaaaaa\\000"; csrftoken=é; django_language=\\000',
    "Bearer kg_\x00.é",
    "multipart/form-data; boundary=é\x00",
    "application/json; charset=none",
    "text/html;q=é, */*;q=NaN",
]
STRANGE_BODIES = [
    DEEP.encode(),
    b'{"a":' * 20_000,
    b"\xff\xfe\x00",
    b"null",
    b"[]",
    b'"text"',
    b"NaN",
    b'{"name": 1e999}',
    HUGE_NUMBER.encode(),
    b"",
]
CHANGING = {"post", "put", "patch", "delete"}
VALUES_EACH = 1

pytestmark = [pytest.mark.slow, pytest.mark.django_db]


class Caller:
    """Sends requests as alice and notes which ones end in a fault: to the API from her browser and with a key in turn."""

    def __init__(self, belongings: Belongings, browser: Client, api: ApiClient) -> None:
        clients = (browser, api)
        self.belongings, self.browser, self.in_turn = belongings, browser, cycle(clients)
        self.faults: list[str] = []
        for client in clients:
            client.raise_request_exception = False

    def call(self, route: Route, method: str, what: str, query: str = "", **request: Any) -> None:
        """What the request changes is undone."""
        client = next(self.in_turn) if route.is_api else self.browser
        # Rows that the address names are made before, and stay.
        path = self.path(route) + query
        with transaction.atomic():
            answer = getattr(client, method)(path, **request)
            transaction.set_rollback(True)
        if answer.status_code >= 500 and answer.status_code not in (503, 507):
            self.faults.append(f"{method.upper()} {route} with {what} → {answer.status_code}")

    def path(self, route: Route) -> str:
        values = {}
        for kwarg in route.kwargs:
            model = model_of(kwarg)
            plain = PLAIN_KWARGS.get(kwarg, "strange")
            plain = plain(self.belongings) if callable(plain) else plain
            values[kwarg] = self.belongings.one(model).pk if model else plain
        return route.path(values)


@pytest.fixture
def caller(
    tea_house: Organisation, alice: User, alice_browser: Client, alice_api: ApiClient
) -> Iterator[Caller]:
    caller = Caller(Belongings(tea_house, alice), alice_browser, alice_api)
    yield caller
    assert caller.faults == []


def test_no_header_breaks_a_route(caller: Caller) -> None:
    for value, route, method in in_turn(STRANGE_HEADERS, {"get", "patch"}):
        headers = dict.fromkeys(HEADERS, value) | {"Tus-Resumable": "1.0.0"}
        caller.call(route, method, f"headers {value[:40]!r}", headers=headers)


def test_no_header_breaks_the_middleware(caller: Caller) -> None:
    some = [route for route in named_routes() if not route.kwargs][::160]
    for route, header, value in product(some, EARLY_HEADERS, STRANGE_HEADERS):
        caller.call(route, route.methods[0], f"{header}: {value[:40]!r}", headers={header: value})


def test_no_text_in_the_address_breaks_a_route(caller: Caller) -> None:
    for text, route, method in in_turn(STRANGE_TEXTS, {"get"}):
        query = urlencode(dict.fromkeys(query_names(), text))
        caller.call(route, method, f"the query {text[:20]!r}", query=f"?{query}")


def test_no_day_in_the_address_breaks_a_route(caller: Caller) -> None:
    for day, route, _get in in_turn(ENDS_OF_THE_CALENDAR, {"get"}, each=2):
        query = urlencode(dict.fromkeys({*query_names(), *date_names()}, day))
        caller.call(route, "get", f"the day {day}", query=f"?{query}")


def test_no_body_breaks_a_route(caller: Caller) -> None:
    for body, route, method in in_turn(STRANGE_BODIES, CHANGING):
        kind = "application/json" if route.is_api else "application/x-www-form-urlencoded"
        caller.call(route, method, f"body {body[:20]!r}", data=body, content_type=kind)


def test_no_field_breaks_a_route(caller: Caller) -> None:
    for text, route, method in in_turn([*STRANGE_TEXTS, *ENDS_OF_THE_CALENDAR, HALF], CHANGING):
        fields = dict.fromkeys(field_names(), text)
        if route.is_api or text == HALF:
            sent = {"data": json.dumps(fields), "content_type": "application/json"}
        else:
            sent = {"data": fields}
        caller.call(route, method, f"fields {text[:20]!r}", **sent)


def in_turn(
    values: list[Any], methods: set[str], each: int = VALUES_EACH
) -> Iterator[tuple[Any, Route, str]]:
    """So many of the values for every route and method, others for the next: all for all would take an hour."""
    turns = cycle(values)
    for route in named_routes():
        for method in methods & set(route.methods):
            for _ in range(each):
                yield next(turns), route, method


def named_routes() -> list[Route]:
    """What has no name answers every other address, with the same 404."""
    return [route for route in our_routes() if route.name]


@cache
def sources() -> str:
    return "".join(path.read_text() for path in Path("apps").rglob("*.py"))


@cache
def query_names() -> list[str]:
    """Every name that the sources read from an address."""
    read = re.findall(r"""GET(?:\.get\(|\[)"(\w+)\"""", sources())
    filters = re.findall(r"^    (\w+) = django_filters", sources(), re.MULTILINE)
    return sorted({*read, *filters, "cursor", "page_size"})


@cache
def date_names() -> list[str]:
    """Of every day and moment that a form asks for; those of reports are made for each request."""
    fields = [(name, field) for form in our_forms() for name, field in form.base_fields.items()]
    return ["from", "to", *(name for name, field in fields if isinstance(field, DateField | DateTimeField))]


@cache
def field_names() -> list[str]:
    """Of every form and of every documented body, and what views read by themselves."""
    read = re.findall(r"""POST(?:\.get(?:list)?\(|\[)"(\w+)\"""", sources())
    documented = [name for _m, _p, body in documented_bodies() for name in body.get("properties", {})]
    return sorted({*documented, *read, *(name for form in our_forms() for name in form.base_fields)})


def our_forms() -> list[Any]:
    return [form for form in _below(Form) if form.__module__.startswith("apps.")]


def _below(parent: Any) -> Iterator[Any]:
    for child in parent.__subclasses__():
        yield child
        yield from _below(child)
