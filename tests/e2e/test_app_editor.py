"""An app of two steps made by its cards, in a real browser: values inserted by choosing, the focus kept, no rule of
accessibility broken. Nothing here needs a worker, so the pages come from this process.
"""

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import Select

from apps.accounts.actors import Actor
from apps.workbench import proposals
from apps.workbench.models import App
from domain.workflows import editing
from tests.e2e.conftest import PATIENCE, PHONE
from tests.e2e.test_accessibility import axe_source, violations
from tests.e2e.test_inbox import becomes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db(transaction=True)]


def press(browser: Chrome, selector: str) -> None:
    # Where a phone's bar lies over the end of the page, a press by place would meet the bar.
    browser.execute_script("arguments[0].click()", browser.find_element(By.CSS_SELECTOR, selector))


def insert(browser: Chrome, field: str, name: str, comparison: str = "") -> None:
    bar = f".field:has(#id_{field}) [data-insert-bar]"
    Select(browser.find_element(By.CSS_SELECTOR, f"{bar} select")).select_by_value(name)
    if comparison:
        Select(browser.find_element(By.CSS_SELECTOR, f"{bar} [data-comparison]")).select_by_value(comparison)
    press(browser, f"{bar} [data-insert]")


def test_two_steps_are_made_by_choosing(
    browser: Chrome, live_server: LiveServer, alice_browser: Client, alice_actor: Actor
) -> None:
    axe = axe_source()
    browser.set_script_timeout(PATIENCE)
    app = proposals.begin_app(alice_actor, title="Polite mails", wish="")
    browser.get(f"{live_server.url}/accounts/login/")
    for name, morsel in alice_browser.cookies.items():
        browser.add_cookie({"name": name, "value": morsel.value, "path": "/"})
    browser.get(f"{live_server.url}/apps/{app.pk}/edit/")
    press(browser, "#steps-add")
    becomes(browser, "document.activeElement.matches('.list-link')")
    press(browser, "a[href*='kind=ask']")
    becomes(browser, "document.activeElement.id == 'id_title'")
    browser.switch_to.active_element.send_keys("Polite")
    insert(browser, "prompt", "answer.text")
    browser.switch_to.active_element.send_keys("\nMake this polite.")
    insert(browser, "when", "answer.text", "{name} | length > 0")
    assert violations(browser, axe, "light") == []
    press(browser, "[data-part-form] .button-primary")
    becomes(browser, "document.activeElement.id == 'steps-polite-edit'")

    press(browser, "#steps-polite-up")
    becomes(browser, "!!document.querySelector('#steps-polite-up[disabled]')")
    assert browser.switch_to.active_element.get_attribute("id") == "steps-polite-edit"
    assert "has no result yet" in browser.find_element(By.ID, "editor-side").text
    browser.set_window_size(*PHONE)
    assert violations(browser, axe, "dark") == []
    width = "return document.querySelector('#steps-answer .workbench-head > .grow').offsetWidth"
    assert browser.execute_script(width) > PHONE[0] / 3, "the buttons stand below the title"

    press(browser, "#steps-answer-remove")
    becomes(browser, "document.getElementById('confirm-dialog').open")
    press(browser, "#confirm-dialog [value=yes]")
    becomes(browser, "!document.getElementById('steps-answer') && document.activeElement.id == 'steps-add'")

    draft = App.objects.get().draft
    assert draft
    step = editing.value_at(draft.text, ("steps", 0))
    assert step["prompt"] == "{{ answer.text }}\nMake this polite.\n"
    assert step["when"] == "answer.text | length > 0"
