"""Translating in a real browser: seen while it is written, reviewed with the keyboard, remembered."""

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select

from tests.e2e.conftest import PHONE, Site
from tests.e2e.test_conversation import shows
from tests.e2e.test_inbox import becomes, sign_in

pytestmark = pytest.mark.e2e


def send(browser: Chrome, site: Site, text: str) -> None:
    browser.get(f"{site.url}/translation/")
    Select(browser.find_element(By.NAME, "source_language")).select_by_value("en")
    Select(browser.find_element(By.NAME, "target_language")).select_by_value("zh")
    browser.find_element(By.NAME, "text").send_keys(text, Keys.CONTROL, Keys.ENTER)


def test_a_text_is_written_reviewed_and_used_again(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)
    # What takes a moment is held until it was seen, however slow the browser is.
    site.next_answer("请尽快退货。" * 100, to="Return it", hold_after=100)
    site.next_answer("请尽快退货。", to="Return it")
    send(browser, site, "Return it within 30 days.")

    becomes(browser, "document.querySelector('[data-text]')?.textContent.includes('退货')")
    site.release()
    becomes(browser, "document.querySelectorAll('[data-segment]').length === 1")
    shows(browser, "30")
    field = browser.find_element(By.NAME, "target")
    field.clear()
    field.send_keys("请在30天内退货。", Keys.CONTROL, Keys.ENTER)
    becomes(browser, "!document.querySelector('.segment-problem')")

    send(browser, site, "Return it within 30 days.")
    becomes(browser, "document.querySelector('[data-segment] textarea')?.value === '请在30天内退货。'")


def test_pages_fit_a_phone(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)
    browser.set_window_size(*PHONE)

    for path in ("", "documents/", "glossary/", "figures/"):
        browser.get(f"{site.url}/translation/{path}")
        becomes(browser, "document.readyState === 'complete'")
        assert browser.execute_script(
            "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        )
