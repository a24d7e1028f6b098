"""A form that did not arrive, in a real browser. Pages are rendered here and served as they are."""

from pathlib import Path

import pytest
from django.test import Client
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from apps.core import error_pages, errors
from tests.e2e.test_accessibility import rendered  # noqa: F401  (fixture)
from tests.e2e.test_inbox import becomes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db]
NAME = "document.querySelector('#content [name=name]')"
IS_READY = "document.readyState == 'complete'"


def send(browser: Chrome, form: str, name: str) -> None:
    """As far as the page itself sees it go."""
    browser.get(form)
    becomes(browser, f"{IS_READY} && !!{NAME}")
    browser.execute_script("addEventListener('submit', (event) => event.preventDefault())")
    browser.execute_script(f"{NAME}.value = arguments[0]; {NAME}.form.requestSubmit()", name)


def test_what_was_typed_is_shown_where_it_was_refused_and_is_back_in_its_form(
    browser: Chrome,
    rendered: str,  # noqa: F811
    tmp_path: Path,
    alice_browser: Client,
) -> None:
    page = alice_browser.get("/knowledge/collections/new/", headers={"Accept-Language": "en"})
    (tmp_path / "form.html").write_bytes(page.content)
    (tmp_path / "other.html").write_bytes(page.content)
    (tmp_path / "refused.html").write_bytes(error_pages.error_page(errors.Conflict(), "/form").content)

    send(browser, f"{rendered}/form", "Handbook 手册")
    browser.get(f"{rendered}/refused")
    becomes(browser, "!!document.querySelector('[data-lost-form] textarea')")
    assert (
        browser.find_element(By.CSS_SELECTOR, "[data-lost-form] textarea").get_attribute("value")
        == "Handbook 手册"
    )
    browser.get(f"{rendered}/form")
    becomes(browser, f"{NAME}.value == 'Handbook 手册'")
    assert "It has not been saved yet." in browser.find_element(By.ID, "toasts").text

    send(browser, f"{rendered}/form", "Deliveries")
    for address in ("other", "form"):
        browser.get(f"{rendered}/{address}")
        becomes(browser, IS_READY)
    assert browser.execute_script(f"return {NAME}.value") == "", "it arrived: another page was shown"

    send(browser, f"{rendered}/form", "Deliveries")
    browser.execute_script("document.querySelector('form[data-signs-out]').requestSubmit()")
    assert browser.execute_script("return sessionStorage.getItem('sent form')") is None
