"""axe-core over pages of every desk with rows in them: as they open, in the dark and on a phone, each opened once.

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
from selenium.webdriver import Chrome

from apps.accounts.models import Organisation, User
from apps.customer_service.channels.models import Channel
from tests.architecture.instances import Belongings
from tests.architecture.routes import all_routes
from tests.architecture.test_isolation import values_for
from tests.e2e.conftest import PATIENCE, PHONE

pytestmark = pytest.mark.e2e

PAGES = (
    "portal:home",
    "jobs:jobs",
    "knowledge:documents",
    "speech:recordings",
    "accounts:team",
    "inference:usage",
    "capacity:plan",
    "audit:entries",
    "accounts:settings",
    "customer_service:conversation",
    "customer_service:channel",
    "customer_service:create_curated_answer",
    "customer_service:figures",
    "customer_service:desk_settings",
    "medical_records:records",
    "medical_records:record",
    "medical_records:encounter",
    "medical_records:new_encounter",
    "medical_records:patient",
    "log_analysis:incidents",
    "log_analysis:records",
    "log_analysis:new_log_source",
    "marketing:briefs",
    "marketing:brief",
    "marketing:people",
    "marketing:new_segment",
    "marketing:campaign",
    "marketing:experiment",
    "translation:text",
    "translation:glossary",
)
# WCAG 2.2 A and AA. A theme and a narrow window are asked only for what they change.
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
IN_THE_DARK = ["color-contrast"]
ON_A_PHONE = ["target-size", "scrollable-region-focusable"]
# A colour on its way to the other theme and a menu on its way out would be measured in between; and at the end of a
# page nothing of it lies behind the bar of a phone.
AT_REST = """
  document.body.getBoundingClientRect();
  document.getAnimations().forEach((each) => each.cancel());
  window.scrollTo(0, document.body.scrollHeight);
"""
RUN = """
  const [only, done] = [arguments[0], arguments[1]];
  axe.run(document, {runOnly: only, resultTypes: ["violations"]}).then((result) => done(
    result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html.slice(0, 200)}`))
  ), (reason) => done([String(reason)]));
"""


def axe_source() -> str:
    """From the package that carries it (MPL-2.0); nothing of it is kept here."""
    found = importlib.util.find_spec("axe_playwright_python")
    if not found or not found.origin:
        pytest.skip(
            "NO AXE: install axe-playwright-python, accessibility is not checked in a browser without it"
        )
    return (Path(found.origin).parent / "axe.min.js").read_text()


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


def asked(browser: Chrome, kind: str, values: list[str]) -> list[str]:
    found: Any = browser.execute_async_script(RUN, {"type": kind, "values": values})
    return list(found)


def violations(browser: Chrome, axe: str) -> list[str]:
    """Of the open page, in every shape."""
    browser.execute_script(axe)
    found = asked(browser, "tag", LEVELS)
    browser.execute_script("document.documentElement.dataset.theme = 'dark'")
    browser.execute_script(AT_REST)
    found += [f"dark {each}" for each in asked(browser, "rule", IN_THE_DARK)]
    browser.set_window_size(*PHONE)
    browser.execute_script(AT_REST)
    found += [f"phone {each}" for each in asked(browser, "rule", ON_A_PHONE)]
    browser.set_window_size(1280, 900)
    return found


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
    routes = {route.name: route for route in all_routes() if route.name in PAGES}
    chat: Any = alices.one(Channel)
    addresses = {name: routes[name].path(values_for(routes[name], alices)) for name in PAGES}
    addresses |= {"chat": f"/c/{chat.slug}/", "sign-in": "/accounts/login/"}
    found = {}
    for name, address in addresses.items():
        client = Client() if name in ("chat", "sign-in") else alice_browser
        page = client.get(address, headers={"Accept-Language": "en"})
        assert page.status_code == 200, (name, page.status_code)
        (tmp_path / f"{name}.html").write_bytes(page.content)
        browser.get(f"{rendered}/{name}")
        if each := violations(browser, axe):
            found[name] = each

    assert found == {}
