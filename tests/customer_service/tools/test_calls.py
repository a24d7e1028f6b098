"""What the assistant looks up in other systems: a real server on the loopback interface answers."""

import json
import logging
import threading
from dataclasses import asdict
from datetime import date
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.utils import timezone

from apps.audit.models import AuditEntry
from apps.core import ttl_cache
from apps.core.errors import InvalidInput, NotFound
from apps.customer_service.conversations import selectors
from apps.customer_service.tools import calls as tools_calls
from apps.customer_service.tools import response_text
from apps.customer_service.tools import services as tools
from apps.customer_service.tools.models import LookupCall, LookupTool
from apps.customer_service.tools.parameters import Parameter
from apps.customer_service.tools.services import Description
from apps.jobs.runs import JobCancelled
from tests.customer_service.saved_answer_fixtures import run_of
from tests.loopback_server import Reply, serving

pytestmark = pytest.mark.django_db

SECRET = "Bearer kept-for-ourselves-123"
ORDER = Parameter("order_number", "as on the receipt", r"[A-Z]-?\d{4,12}")
STATUS = {
    "result": {"order": {"state": "on its way", "items": [{"name": "Oolong", "count": 2}], "is_paid": True}}
}


@pytest.fixture
def shop():
    """The shop's order system."""
    with serving({"/orders/A-1029": answer(STATUS)}) as server:
        yield server


def answer(body, **fields):
    return Reply(json.dumps(body).encode(), content_type="application/json", **fields)


def description(server_url, **fields):
    wanted = {
        "name": "order_status",
        "label": "Order system",
        "description": "Where an order is.",
        "url": f"{server_url}/orders/{{order_number}}",
        "parameters": [ORDER],
        "secret": SECRET,
    }
    return Description(**{**wanted, **fields})


@pytest.fixture
def tool(alice_actor, shop):
    return tools.save_lookup_tool(alice_actor, description(shop.url, result_path="result.order"))


@pytest.fixture
def asking(desk):
    """Looks up what a visitor asked for."""

    def look_up(tool, *, message="Where is my order A-1029?", **arguments):
        asked = desk.open(message)
        exchange = selectors.exchange(asked.conversation.pk)
        return tools_calls.call_tool(run_of(asked), exchange, tool, arguments)

    return look_up


def change(tool, **fields):
    for name, value in fields.items():
        setattr(tool, name, value)
    tool.save()
    return tool


def test_what_the_other_system_says_is_read_as_lines(tool, asking, shop):
    found = asking(tool, order_number="A-1029")

    assert not found.is_failed
    assert found.text == "state: on its way\nitems 1 · name: Oolong\nitems 1 · count: 2\nis paid: yes"
    call = LookupCall.objects.get()
    assert (call.tool, call.status, call.error, call.arguments) == (tool, 200, "", {"order_number": "A-1029"})
    assert shop.requests[0]["authorization"] == SECRET


def test_a_list_that_is_not_shown_to_its_end_says_so():
    sizes, orders = list(range(25)), [{"state": f"s{number}"} for number in range(21)]
    assert response_text.readable({"sizes": sizes}).endswith("19, … and 5 more, not shown")
    assert response_text.readable(orders).endswith("20 · state: s19\n… and 1 more, not shown")
    assert "more" not in response_text.readable(orders[:20])


def test_a_tool_that_is_off_is_not_offered(tool, channel, bob_actor, rival_channel):
    assert tools_calls.tools_of(channel) == [tool]
    assert tools_calls.tools_of(rival_channel) == []

    change(tool, is_enabled=False)
    ttl_cache.clear_all()
    assert tools_calls.tools_of(channel) == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "Where is my order?"),
        ({"order_number": "A-1029"}, "Where is my order?"),
        ({"order_number": "A-1029"}, "Where is my order A-10291?"),
        ({"order_number": "A-1029"}, "Where is my order BA-1029?"),
        ({"order_number": "nonsense"}, "Where is my order nonsense?"),
        ({"order_number": "A-1029", "other": "x"}, "Where is my order A-1029?"),
    ],
)
def test_a_missing_or_invented_argument_sends_nothing(tool, asking, shop, arguments, message):
    found = asking(tool, message=message, **arguments)

    assert (found.is_failed, found.text) == (True, "")
    assert found.missing in {"order_number", "other"}
    assert LookupCall.objects.get().error.startswith("missing argument")
    assert shop.requests == []


@pytest.mark.parametrize(
    ("value", "text", "expected"),
    [
        ("A-1029", "my order is a1029", True),
        ("A1029", "订单号Ａ-1029呢", True),
        ("13800138000", "我的手机是138 0013 8000", True),
        ("1234", "I have 12 of 34", False),
        ("vera@shop.example", "Mail: Vera@shop.example.", True),
        ("", "anything", False),
    ],
)
def test_other_spellings_of_what_was_written_count(value, text, expected):
    assert tools_calls.is_written(value, text) is expected


@pytest.mark.parametrize("written", ["12月3日", "十二月三号", "December 3rd"])
def test_a_day_is_sent_in_the_form_that_the_tool_takes(tool, asking, shop, written, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: date(2026, 12, 1))
    shop.replies["*"] = answer({"slots": 2})
    day = asdict(Parameter("day", pattern=r"\d{4}-\d{2}-\d{2}"))
    change(tool, url=f"{shop.url}/slots/{{day}}", parameters=[day], result_path="")

    found = asking(tool, message=f"{written} 送到吗？", day=written)

    assert not found.is_failed
    assert shop.requests[0]["path"].endswith("2026-12-03")


def test_a_day_without_a_year_may_be_of_the_year_before():
    last_year = timezone.localdate().year - 1

    assert tools_calls.is_written(f"{last_year}-12-03", "12月3日下的单")
    assert not tools_calls.is_written(f"{last_year}-12-04", "12月3日下的单")


def test_in_january_a_day_of_december_is_sent_as_the_one_that_was(tool, asking, shop, monkeypatch):
    monkeypatch.setattr(timezone, "localdate", lambda: date(2027, 1, 5))
    shop.replies["*"] = answer({"slots": 2})
    day = asdict(Parameter("day", pattern=r"\d{4}-\d{2}-\d{2}"))
    change(tool, url=f"{shop.url}/slots/{{day}}", parameters=[day], result_path="")

    asking(tool, message="12月30日下的单呢？", day="12月30日")

    assert shop.requests[0]["path"].endswith("2026-12-30")
    assert not tools_calls.is_written("2026-01-04", "昨天下的单")


def test_a_value_cannot_leave_its_place_in_the_address(tool, asking, shop):
    shop.replies["*"] = answer({"ok": True})
    change(
        tool,
        url=f"{shop.url}/search/{{word}}?q={{word}}&fixed=1",
        parameters=[asdict(Parameter("word", pattern=".*"))],
        result_path="",
    )

    word = "tea&fixed=2#x?y %2e"
    asking(tool, word=word)
    parts = urlsplit(shop.requests[0]["path"])
    assert unquote(parts.path) == f"/search/{word}"
    assert parse_qs(parts.query) == {"q": [word], "fixed": ["1"]}
    for step in ("..", ".", "a/b", "a\\b"):
        assert asking(tool, word=step).missing == "word"
    assert len(shop.requests) == 1


def test_a_post_sends_the_arguments_as_json(tool, asking, shop):
    shop.replies["/find"] = answer({"result": {"order": "on its way"}})
    change(tool, method="POST", url=f"{shop.url}/find")

    found = asking(tool, order_number="A-1029")

    assert found.text == "on its way"
    assert (shop.requests[0]["method"], shop.requests[0]["body"]) == ("POST", {"order_number": "A-1029"})


@pytest.mark.parametrize("reply", [Reply(status=404), Reply(status=204), answer({"result": {"order": None}})])
def test_nothing_found_is_an_answer_not_a_failure(tool, asking, shop, reply):
    shop.replies["/orders/A-1029"] = reply

    found = asking(tool, order_number="A-1029")

    assert not found.is_failed
    assert found.text == "Order system: nothing found."
    assert LookupCall.objects.get().error == ""


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (Reply(status=500), "HTTP 500"),
        (Reply(status=302, headers={"Location": "/elsewhere"}), "HTTP 302 (redirects are not followed)"),
        (Reply(b"x" * 200_000), "the answer is longer than 64 kB"),
        (Reply(b"not json"), "the answer is not JSON"),
        (answer({"other": 1}), "the answer has no part “result.order”: “result” is missing"),
        (Reply(b"[" * 60_000), "the answer is nested too deeply"),
    ],
)
def test_a_fault_of_the_other_system_is_noted(tool, asking, shop, reply, error):
    shop.replies["/orders/A-1029"] = reply
    shop.replies["/elsewhere"] = answer(STATUS)

    found = asking(tool, order_number="A-1029")

    assert (found.is_failed, found.text) == (True, "")
    assert LookupCall.objects.get().error == error
    assert len(shop.requests) == 1


def test_plain_text_is_read_where_all_of_the_answer_is_wanted(tool, asking, shop):
    shop.replies["/orders/A-1029"] = Reply(("on its way\n" * 400).encode(), content_type="text/plain")
    change(tool, result_path="")

    text = asking(tool, order_number="A-1029").text

    assert text.startswith("on its way\n")
    assert text.endswith("on its way\n…")
    assert len(text) <= 1502


@pytest.mark.slow
def test_a_slow_system_is_waited_for_no_longer_than_said(tool, asking, shop):
    until = threading.Event()
    shop.replies["/orders/A-1029"] = answer(STATUS, held_until=until)
    change(tool, timeout_seconds=1)

    found = asking(tool, order_number="A-1029")
    until.set()

    assert found.is_failed
    assert LookupCall.objects.get().error == "no answer within 1 seconds"


def test_a_cancel_ends_the_wait_at_once(tool, desk, shop):
    until = threading.Event()
    shop.replies["/orders/A-1029"] = answer(STATUS, held_until=until)
    asked = desk.open("Where is my order A-1029?")
    run, exchange = run_of(asked), selectors.exchange(asked.conversation.pk)
    threading.Timer(0.2, run.cancel).start()

    with pytest.raises(JobCancelled):
        tools_calls.call_tool(run, exchange, tool, {"order_number": "A-1029"})
    until.set()

    assert LookupCall.objects.get().error == "stopped"


def test_a_private_address_is_never_connected_to(tool, asking, shop, settings):
    settings.PRIVATE_NETWORKS = ()

    found = asking(tool, order_number="A-1029")

    assert found.is_failed
    assert "private address" in LookupCall.objects.get().error
    assert shop.requests == []


@pytest.mark.parametrize("value", ["2026/11/30", "INV/2026-118", "订单 A-1029", "vera@shop.example"])
def test_what_numbers_and_days_are_written_with_fits_a_parameter_without_a_pattern(value):
    assert Parameter("day").fits(value)


def test_a_pattern_that_takes_for_ever_fits_nothing():
    slow = Parameter("word", pattern=r"(a+)+$")

    assert not slow.fits("a" * 60 + "!")
    assert slow.fits("aaa")


def test_the_key_is_written_nowhere(tool, asking, shop, caplog, alice_browser, alice_api):
    shop.replies["/orders/A-1029"] = answer({"result": {"order": f"you sent {SECRET}"}})
    with caplog.at_level(logging.DEBUG):
        found = asking(tool, order_number="A-1029")
        shown = [
            alice_browser.get("/conversations/lookups/").text,
            alice_browser.get(f"/conversations/lookups/{tool.pk}/").text,
            alice_browser.post(
                f"/conversations/lookups/{tool.pk}/try/", {"argument-order_number": "A-1029"}
            ).text,
            alice_api.get(f"/api/v1/lookup-tools/{tool.pk}/").text,
            alice_api.get(f"/api/v1/lookup-tools/{tool.pk}/calls/").text,
        ]

    stored = [str(entry.details) for entry in AuditEntry.objects.all()]
    calls = [f"{call.error}{call.arguments}" for call in LookupCall.objects.all()]
    places = [found.text, caplog.text, *shown, *stored, *calls]
    assert [place for place in places if "kept-for-ourselves" in place] == []
    assert found.text == "you sent •••"
    assert "A key is saved" in shown[1]
    raw = LookupTool.objects.extra(select={"raw": "secret"}).values_list("raw", flat=True)
    assert "kept-for-ourselves" not in raw[0]


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": "Order status"}, "name"),
        ({"label": ""}, "label"),
        ({"description": "x" * 301}, "description"),
        ({"method": "DELETE"}, "method"),
        ({"url": "ftp://shop.example/{order_number}"}, "url"),
        ({"url": "https://{order_number}.shop.example/"}, "url"),
        ({"url": "https://shop.example:{order_number}/"}, "url"),
        ({"url": "https://user:pass@shop.example/{order_number}"}, "url"),
        ({"url": "https://shop.example/{order_number.x}"}, "url"),
        ({"url": "https://shop.example/{order_number!r}"}, "url"),
        ({"url": "https://shop.example/{}"}, "url"),
        ({"url": "https://shop.example/{order_number"}, "url"),
        ({"url": "https://shop.example/#{order_number}"}, "url"),
        ({"url": "https://shop.example/{other}"}, "parameters"),
        ({"url": "https://shop.example/all"}, "parameters"),
        ({"parameters": [ORDER, ORDER]}, "parameters"),
        ({"parameters": [Parameter("order_number", pattern="(")]}, "parameters"),
        ({"secret_header": "X-Key: 1\r\nEvil"}, "secret_header"),
        ({"secret_header": "Host"}, "secret_header"),
        ({"secret": "one\r\nX-Evil: 1"}, "secret"),
        ({"result_path": "result..order"}, "result_path"),
        ({"timeout_seconds": 31}, "timeout_seconds"),
    ],
)
def test_what_could_do_harm_is_refused_beside_its_field(alice_actor, fields, field):
    with pytest.raises(InvalidInput) as refusal:
        tools.save_lookup_tool(alice_actor, description("https://shop.example", **fields))

    assert list(refusal.value.fields) == [field]
    assert not LookupTool.objects.exists()


@pytest.mark.parametrize("url", ["https://127.0.0.1/{order_number}", "http://shop.example/{order_number}"])
def test_private_and_plain_addresses_are_refused(alice_actor, url, settings):
    settings.PRIVATE_NETWORKS = ()
    with pytest.raises(InvalidInput) as refusal:
        tools.save_lookup_tool(alice_actor, description("", url=url))

    assert list(refusal.value.fields) == ["url"]


def test_a_key_stays_until_another_server_would_get_it(alice_actor, tool, shop):
    kept = description(shop.url, secret="", label="Orders")
    tools.save_lookup_tool(alice_actor, kept, lookup_tool_id=tool.pk)
    tool.refresh_from_db()
    assert (tool.label, tool.secret) == ("Orders", SECRET)

    elsewhere = description("https://evil.example", secret="")
    with pytest.raises(InvalidInput, match="another server"):
        tools.save_lookup_tool(alice_actor, elsewhere, lookup_tool_id=tool.pk)

    forgetting = description("https://shop.example", secret="", forgets_secret=True)
    tools.save_lookup_tool(alice_actor, forgetting, lookup_tool_id=tool.pk)
    tool.refresh_from_db()
    assert tool.secret == ""


def test_a_name_is_taken_once_in_an_organisation(alice_actor, bob_actor, tool, shop):
    tools.save_lookup_tool(bob_actor, description(shop.url))

    with pytest.raises(InvalidInput, match="already"):
        tools.save_lookup_tool(alice_actor, description(shop.url))
    with pytest.raises(NotFound):
        tools.delete_lookup_tool(bob_actor, lookup_tool_id=tool.pk)
