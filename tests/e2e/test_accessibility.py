"""axe-core (WCAG 2.2 A and AA, and good practice) over pages of every desk with rows in them, and names that no line holds.

Pages are rendered here and served as they are: what a page says and looks like needs no workers.
"""

import importlib.util
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from selenium.webdriver import Chrome

from apps.accounts.models import Organisation, User
from apps.customer_service.channels.models import Channel
from apps.knowledge.models import Collection
from tests.architecture.instances import Belongings
from tests.architecture.routes import all_routes
from tests.architecture.test_isolation import values_for
from tests.e2e.conftest import PATIENCE, PHONE

pytestmark = pytest.mark.e2e

# What there is of components and rows, once each: half of the pages as on a desk by day, half as on a phone at night.
BY_DAY = (
    "portal:home",
    "accounts:team",
    "customer_service:conversation",
    "customer_service:figures",
    "medical_records:record",
    "log_analysis:records",
    "marketing:experiment",
    "dashboards:value",
    "operations:prompt",
)
AT_NIGHT = (
    "jobs:jobs",
    "knowledge:documents",
    "customer_service:channel",
    "medical_records:new_encounter",
    "log_analysis:incidents",
    "marketing:campaign",
    "translation:glossary",
    "dashboards:mailed_report",
    "chat",
    "sign-in",
)
SHAPES = (("light", (1280, 900), BY_DAY), ("dark", PHONE, AT_NIGHT))
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A colour on its way to the other theme and a menu on its way out would be measured in between; and at the end of a
# page nothing of it lies behind the bar of a phone.
AT_REST = """
  document.documentElement.dataset.theme = arguments[0];
  document.body.getBoundingClientRect();
  document.getAnimations().forEach((each) => each.cancel());
  window.scrollTo(0, document.body.scrollHeight);
"""
RUN = """
  const [tags, done] = arguments;
  // Off until it is named: WCAG 2.2 is new to axe.
  const rules = {"target-size": {enabled: true}};
  axe.run(document, {runOnly: tags, rules, resultTypes: ["violations"]}).then((result) => done(
    result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 200)}`))
  ), (reason) => done([String(reason)]));
"""


def axe_source() -> str:
    """From the package that carries it (MPL-2.0); nothing of it is kept here."""
    found = importlib.util.find_spec("selenium_axe_python")
    if not found or not found.origin:
        pytest.skip(
            "NO AXE: install selenium-axe-python, accessibility is not checked in a browser without it"
        )
    return (Path(found.origin).parent / "axe-core" / "axe.min.js").read_text()


class RenderedPages(SimpleHTTPRequestHandler):
    folder: Path

    def translate_path(self, path: str) -> str:
        path = path.partition("?")[0]
        if path.startswith("/static/"):
            return str(finders.find(path.removeprefix("/static/")) or self.folder / "missing")
        return str(self.folder / f"{path.strip('/')}.html")

    def log_message(self, format: str, *values: Any) -> None:
        """Nothing is written to the terminal."""


@pytest.fixture
def rendered(tmp_path: Path) -> Iterator[str]:
    class PagesOfThisTest(RenderedPages):
        folder = tmp_path

    server = ThreadingHTTPServer(("127.0.0.1", 0), PagesOfThisTest)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def violations(browser: Chrome, axe: str, theme: str) -> list[str]:
    """Of the open page."""
    browser.execute_script(axe)
    browser.execute_script(AT_REST, theme)
    found: Any = browser.execute_async_script(RUN, LEVELS)
    return list(found)


def test_no_page_breaks_a_rule_of_accessibility(
    browser: Chrome,
    rendered: str,
    tmp_path: Path,
    alice_browser: Client,
    tea_house: Organisation,
    alice: User,
) -> None:
    axe = axe_source()
    browser.set_script_timeout(PATIENCE)
    alices = Belongings(tea_house, alice)
    routes = {route.name: route for route in all_routes() if route.name in BY_DAY + AT_NIGHT}
    chat: Any = alices.one(Channel)
    addresses = {name: route.path(values_for(route, alices)) for name, route in routes.items()}
    addresses |= {"chat": f"/c/{chat.slug}/", "sign-in": "/accounts/login/"}
    assert set(addresses) == {*BY_DAY, *AT_NIGHT}
    for name, address in addresses.items():
        client = Client() if name in ("chat", "sign-in") else alice_browser
        page = client.get(address, headers={"Accept-Language": "en"})
        assert page.status_code == 200, (name, page.status_code)
        (tmp_path / f"{name}.html").write_bytes(page.content)
    found = {}
    for theme, size, pages in SHAPES:
        browser.set_window_size(*size)
        for name in pages:
            browser.get(f"{rendered}/{name}")
            if each := violations(browser, axe, theme):
                found[name] = each

    assert found == {}


WIDER_THAN_IT_SHOWS = """
  return [document.documentElement, ...document.querySelectorAll(".table-frame, .form")]
    .filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.className || each.tagName);
"""


def test_a_name_without_spaces_fits_a_phone(
    browser: Chrome, rendered: str, tmp_path: Path, alice_browser: Client, tea_house: Organisation
) -> None:
    """As a title, in a row of a table and beside a box to tick."""
    collection = Collection.objects.create(organisation=tea_house, name="handbook_final_version_2026_" * 4)
    pages = {
        "title": reverse("knowledge:collection", args=[collection.pk]),
        "row": reverse("knowledge:documents"),
        "box": reverse("customer_service:new_channel"),
    }
    browser.set_window_size(*PHONE)
    wider = {}
    for name, address in pages.items():
        (tmp_path / f"{name}.html").write_bytes(alice_browser.get(address).content)
        browser.get(f"{rendered}/{name}")
        assert "handbook_final" in browser.page_source
        wider[name] = browser.execute_script(WIDER_THAN_IT_SHOWS)

    assert wider == {"title": [], "row": [], "box": []}
