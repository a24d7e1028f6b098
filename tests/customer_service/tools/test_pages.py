"""The pages and the API of lookups."""

from dataclasses import asdict

import pytest

from apps.accounts.models import Membership
from apps.customer_service.tools import parameters
from apps.customer_service.tools.models import LookupTool
from apps.customer_service.tools.parameters import Parameter
from tests.customer_service.tools.test_calls import SECRET, STATUS, answer
from tests.loopback_server import Reply, serving

pytestmark = pytest.mark.django_db

PAGE = "/conversations/lookups/"
API = "/api/v1/lookup-tools/"
LINE = r"order_number | as on the receipt | [A-Z]-?\d{4,12} | required"


@pytest.fixture
def shop():
    with serving({"/orders/A-1029": answer(STATUS), "/orders/A-5000": Reply(status=500)}) as server:
        yield server


def fields(server, **changes):
    wanted = {
        "name": "order_status",
        "label": "Order system",
        "description": "Where an order is.",
        "method": "GET",
        "url": f"{server.url}/orders/{{order_number}}",
        "parameters": LINE,
        "secret_header": "Authorization",
        "secret": SECRET,
        "result_path": "result.order",
        "timeout_seconds": "5",
        "is_enabled": "on",
    }
    return {**wanted, **changes}


def test_without_lookups_the_page_says_what_one_is(alice_browser):
    assert "No lookups yet" in alice_browser.get(PAGE).text


def test_a_lookup_is_made_tried_changed_and_deleted_on_its_pages(alice_browser, shop):
    made = alice_browser.post(f"{PAGE}new/", fields(shop))
    address = made.headers["Location"]
    tool = LookupTool.objects.get()
    assert tool.parameters == [asdict(Parameter("order_number", "as on the receipt", r"[A-Z]-?\d{4,12}"))]
    assert LINE in alice_browser.get(address).text

    found = alice_browser.post(f"{address}try/", {"argument-order_number": "A-1029"}).text
    assert "state: on its way" in found
    assert "Lookup failed" not in found
    assert "HTTP 500" in alice_browser.post(f"{address}try/", {"argument-order_number": "A-5000"}).text
    assert (
        "does not match the pattern"
        in alice_browser.post(f"{address}try/", {"argument-order_number": "x"}).text
    )

    alice_browser.post(address, fields(shop, label="Orders", secret="", is_enabled=""))
    tool.refresh_from_db()
    assert (tool.label, tool.secret, tool.is_enabled) == ("Orders", SECRET, False)
    assert "Orders" in alice_browser.get(PAGE).text

    alice_browser.post(f"{address}delete/")
    assert not LookupTool.objects.exists()


def test_markup_in_a_description_is_text_and_htmx_leaves_it_alone(alice_browser, shop):
    hostile = LINE.replace("as on the receipt", '<b hx-post="/team/" hx-trigger="load">receipt</b>')
    page = alice_browser.post(f"{PAGE}new/", fields(shop, parameters=hostile), follow=True).text

    assert "<b hx-post" not in page
    assert (
        "hx-disable>&lt;b hx-post=&quot;/team/&quot; hx-trigger=&quot;load&quot;&gt;receipt&lt;/b&gt;" in page
    )


def test_what_is_wrong_stands_beside_its_field(alice_browser, shop):
    page = alice_browser.post(f"{PAGE}new/", fields(shop, parameters="Order number | x")).text
    assert "Line 1: “Order number” is not a valid name" in page

    page = alice_browser.post(f"{PAGE}new/", fields(shop, url="https://{order_number}.example/")).text
    assert "not in the host" in page
    assert SECRET not in page
    assert not LookupTool.objects.exists()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("city", Parameter("city")),
        ("city | where", Parameter("city", "where")),
        ("city | where | optional", Parameter("city", "where", "", is_required=False)),
        ("size | | S|M|L | 可选", Parameter("size", "", "S|M|L", is_required=False)),
        (r"day | a day | \d+ |", Parameter("day", "a day", r"\d+ |".strip())),
    ],
)
def test_parameters_are_written_a_line_each(line, expected):
    [read] = parameters.read(f"\n{line}\n")

    assert read == expected
    assert parameters.read(parameters.parameter_lines([read])) == [read]


def test_who_only_looks_sees_calls_but_no_form(alice_browser, alice, shop, charlie, client):
    alice_browser.post(f"{PAGE}new/", fields(shop))
    tool = LookupTool.objects.get()
    Membership.objects.filter(user=charlie).update(role="analyst")
    client.force_login(charlie, backend="allauth.account.auth_backends.AuthenticationBackend")

    page = client.get(f"{PAGE}{tool.pk}/")

    assert page.status_code == 200
    assert 'name="secret"' not in page.text
    assert "Not called yet" in page.text
    assert client.post(f"{PAGE}{tool.pk}/", fields(shop)).status_code == 403
    assert client.post(f"{PAGE}{tool.pk}/try/", {"argument-order_number": "A-1029"}).status_code == 403


def test_the_api_makes_tries_changes_and_deletes(alice_api, shop):
    body = {
        "name": "order_status",
        "label": "Order system",
        "description": "Where an order is.",
        "url": f"{shop.url}/orders/{{order_number}}",
        "parameters": [{"name": "order_number", "pattern": r"[A-Z]-?\d{4,12}"}],
        "secret": SECRET,
        "result_path": "result.order.state",
    }
    made = alice_api.post_json(API, body)
    assert made.status_code == 201, made.json()
    assert made.json()["has_secret"]
    assert "secret" not in made.json()
    address = f"{API}{made.json()['id']}/"

    tried = alice_api.post_json(f"{address}try/", {"arguments": {"order_number": "A-1029"}}).json()
    assert (tried["status"], tried["text"], tried["error"]) == (200, "on its way", "")
    refused = alice_api.post_json(f"{address}try/", {"arguments": {"order_number": "x"}})
    assert "order_number" in refused.json()["error"]["fields"]

    changed = alice_api.put(
        address, body | {"secret": "", "label": "Orders"}, content_type="application/json"
    )
    assert (changed.json()["label"], changed.json()["has_secret"]) == ("Orders", True)
    assert alice_api.delete(address).status_code == 204


def test_tabs_lead_to_the_pages_of_the_desk(alice_browser):
    page = alice_browser.get(PAGE).text

    assert f'<a class="subtab" href="{PAGE}" aria-current="page">Lookups</a>' in page
    assert '<a class="tab" href="/conversations/channels/">Channels</a>' in page
    for other in ("intents", "saved-answers"):
        assert f'href="{PAGE}">Lookups</a>' in alice_browser.get(f"/conversations/{other}/").text
