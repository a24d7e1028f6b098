"""Logs in a real browser: a file is dropped, an incident stands there, its records are searched; on a phone, too."""

from pathlib import Path

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.conftest import PATIENCE, PHONE, Site
from tests.e2e.test_conversation import shows
from tests.e2e.test_inbox import becomes, sign_in
from tests.log_analysis.conftest import shop_log

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
PAGES = (
    "", "records/", "records/heat-map/", "records/compare/", "records/live/", "templates/", "sources/", "changes/",
    "alerts/", "settings/",
)  # fmt: skip


def submit(browser: Chrome, form: str) -> None:
    browser.find_element(By.CSS_SELECTOR, f"{form} button[type=submit], {form} .button-primary").click()


def test_a_dropped_file_becomes_an_incident_whose_records_are_searched(
    browser: Chrome, site: Site, tmp_path: Path
) -> None:
    log = tmp_path / "shop.log"
    log.write_bytes(shop_log())
    sign_in(browser, site, site.email)
    browser.get(f"{site.url}/logs/sources/new/")
    browser.find_element(By.NAME, "name").send_keys("shop")
    submit(browser, "main form")
    becomes(browser, "!!document.querySelector('#upload-files')")
    browser.find_element(By.ID, "upload-files").send_keys(str(log))
    # Whoever leaves the page earlier breaks the upload off: it goes on when the same file is chosen again.
    becomes(browser, "!document.querySelector('[data-uploads] [data-give-up]')")

    def is_found(page: Chrome) -> bool:
        page.get(f"{site.url}/logs/")
        return "connection to" in page.find_element(By.TAG_NAME, "main").text

    # Reading and judging a file is several steps of a worker, from which each look takes time; the page may be replaced
    # while it is read.
    patient = WebDriverWait(
        browser, 2 * PATIENCE, poll_frequency=2, ignored_exceptions=[StaleElementReferenceException]
    )
    patient.until(is_found, "no incident was found in the file")
    browser.find_element(By.PARTIAL_LINK_TEXT, "connection to").click()
    shows(browser, "Likely cause")
    shows(browser, "refused after")

    browser.get(f"{site.url}/logs/records/?text=bank-1+refused")
    becomes(browser, "document.querySelectorAll('[data-record], .log-record, tbody tr').length > 0")
    shows(browser, "connection to bank-1 refused")

    browser.set_window_size(*PHONE)
    for path in PAGES:
        browser.get(f"{site.url}/logs/{path}")
        becomes(browser, "document.readyState === 'complete'")
        assert browser.execute_script(
            "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
        ), path
