"""Files on the start page in a real browser: a log and a document are dropped or chosen, and what came of them opens."""

import json
from pathlib import Path

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from tests.e2e.conftest import PHONE, Site
from tests.e2e.test_conversation import shows
from tests.e2e.test_inbox import becomes, sign_in
from tests.log_analysis.conftest import shop_log

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]
# As a person lets a file go over a heading, far from the field.
DROP = """
const files = new DataTransfer();
files.items.add(new File([arguments[1]], arguments[0]));
const event = (type) => new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: files});
document.querySelector("h1").dispatchEvent(event("dragover"));
window.wasMarked = "over" in document.body.dataset;
document.querySelector("h1").dispatchEvent(event("drop"));
"""


def drop(browser: Chrome, site: Site, name: str, content: str) -> None:
    browser.get(f"{site.url}/")
    becomes(browser, "document.readyState === 'complete' && !!document.querySelector('#drop-files')")
    browser.execute_script(DROP, name, content)


def test_a_log_and_a_document_are_dropped_on_the_start_page_and_open(
    browser: Chrome, site: Site, tmp_path: Path
) -> None:
    sign_in(browser, site, site.email)

    drop(browser, site, "checkout.log", shop_log().decode())
    becomes(browser, "location.pathname.startsWith('/logs/sources/')")
    assert browser.find_element(By.TAG_NAME, "h1").text == "checkout.log"
    assert browser.find_element(By.NAME, "time_zone").get_attribute("value") == "Asia/Shanghai"

    handbook = tmp_path / "Returns.md"
    handbook.write_text("# Returns\n\nReturn it within 30 days.\n")
    browser.set_window_size(*PHONE)
    browser.get(f"{site.url}/")
    browser.find_element(By.ID, "drop-files").send_keys(str(handbook))
    shows(browser, "What should happen to this file?")
    assert browser.switch_to.active_element.text == "Document"
    assert browser.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )
    browser.switch_to.active_element.click()
    becomes(browser, "location.pathname.startsWith('/knowledge/documents/')")
    shows(browser, "Returns.md")


def test_a_file_that_nobody_takes_is_refused_at_once(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)

    drop(browser, site, "nothing.log", "")
    shows(browser, "The file is empty")
    assert browser.execute_script("return window.wasMarked && !('over' in document.body.dataset)")

    browser.execute_script(DROP, "program.exe", "MZ\0\1\0\0")
    shows(browser, "This file type is not supported")
    row = "document.querySelectorAll('[data-uploads] > li')"
    assert browser.execute_script(f"return {row}.length") == 2


def test_a_failure_is_said_and_the_file_is_sent_again(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)
    browser.get(f"{site.url}/")
    becomes(browser, "document.readyState === 'complete'")
    browser.execute_cdp_cmd("Network.enable", {})
    away = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    browser.execute_cdp_cmd("Network.emulateNetworkConditions", away)
    browser.execute_script(DROP, "again.log", json.dumps({"time": "2026-01-01T00:00:00Z", "msg": "x"}) + "\n")
    shows(browser, "Check your connection")

    browser.execute_cdp_cmd("Network.emulateNetworkConditions", away | {"offline": False})
    browser.find_element(By.CSS_SELECTOR, "[data-retry]").click()
    becomes(browser, "location.pathname.startsWith('/logs/sources/')")
    assert browser.find_element(By.TAG_NAME, "h1").text == "again.log"
