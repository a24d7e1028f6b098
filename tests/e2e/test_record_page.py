"""A record through a real browser: words light up, keys do everything, two who write at once lose nothing."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from stack.layout import PROJECT_ROOT
from tests.e2e.conftest import PATIENCE, PHONE, Site
from tests.e2e.test_conversation import shows

pytestmark = pytest.mark.e2e


@dataclass
class Hospital:
    site: Site
    made: dict[str, Any]

    def open(self, browser: Chrome, record: str, who: str = "doctor") -> None:
        browser.get(f"{self.site.url}/accounts/login/")
        browser.find_element(By.NAME, "login").send_keys(self.made[who])
        browser.find_element(By.NAME, "password").send_keys(self.made["password"], Keys.ENTER)
        WebDriverWait(browser, PATIENCE).until(lambda page: "/accounts/login" not in page.current_url)
        browser.get(f"{self.site.url}/medical/records/{record}/")


@pytest.fixture(scope="module")
def hospital(site: Site) -> Hospital:
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.hospital"],
        env=site.platform.installation.environment(),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return Hospital(site, json.loads(done.stdout.splitlines()[-1]))


def until(browser: Chrome, is_so: Callable[[Chrome], Any], what: str) -> Any:
    vanishing = [StaleElementReferenceException, NoSuchElementException]
    return WebDriverWait(browser, PATIENCE, ignored_exceptions=vanishing).until(is_so, what)


def statement(browser: Chrome, name: str) -> WebElement:
    return browser.find_element(By.ID, f"statement-{name}")


def lit(browser: Chrome) -> list[str]:
    return [each.text for each in browser.find_elements(By.CSS_SELECTOR, ".said-piece[data-lit]")]


def press(browser: Chrome, *keys: str) -> None:
    ActionChains(browser).send_keys(*keys).perform()


def current(browser: Chrome) -> str:
    return str(browser.execute_script("return document.activeElement.dataset.statement ?? ''"))


def test_a_statement_lights_its_words_and_words_their_statements(browser: Chrome, hospital: Hospital) -> None:
    hospital.open(browser, hospital.made["en"][0])

    ActionChains(browser).move_to_element(statement(browser, "s3")).perform()
    until(
        browser,
        lambda page: lit(page) == ["a little", "short of breath", "when I walk fast"],
        "no words light up",
    )

    browser.find_element(By.XPATH, "//span[text()='crackles at the right base']").click()
    until(browser, lambda page: current(page) == "s13", "the statement was not found by its words")
    assert statement(browser, "s13").get_attribute("data-lit") == "yes"


def test_the_keys_lead_from_doubt_to_signature(browser: Chrome, hospital: Hospital) -> None:
    hospital.open(browser, hospital.made["en"][1])

    press(browser, "j")
    until(browser, lambda page: current(page) == "s1", "j does not begin at the first statement")
    press(browser, "j")
    press(browser, "k")
    until(browser, lambda page: current(page) == "s1", "k does not lead back")
    press(browser, "u")
    until(browser, lambda page: current(page) == "s4", "u does not find what was not said")
    press(browser, "a")
    until(
        browser,
        lambda page: statement(page, "s4").get_attribute("data-support") == "entered",
        "a does not accept",
    )
    press(browser, "u")
    until(browser, lambda page: current(page) == "s14", "u does not go on")
    press(browser, "x")
    until(browser, lambda page: not page.find_elements(By.ID, "statement-s14"), "x does not remove")

    press(browser, "s")
    until(browser, lambda page: page.find_element(By.CSS_SELECTOR, "#sign-dialog[open]"), "s opens no dialog")
    browser.find_element(By.CSS_SELECTOR, "[data-sign]").click()

    shows(browser, "Signed and locked.")
    shows(browser, "verified")
    assert not browser.find_elements(By.CSS_SELECTOR, "[data-edit]")


def test_what_is_typed_is_saved_by_itself(browser: Chrome, hospital: Hospital) -> None:
    hospital.open(browser, hospital.made["zh"][0], who="resident")

    press(browser, "j", "e")
    box = until(browser, lambda page: page.find_element(By.CSS_SELECTOR, "[data-editor] textarea"), "no form")
    box.send_keys("夜间加重。")
    until(
        browser,
        lambda page: page.find_element(By.CSS_SELECTOR, "[data-save-state]").text in ("Saved", "已保存"),
        "it is not saved while one types",
    )
    box.send_keys("痰少。", Keys.CONTROL, Keys.ENTER)
    until(browser, lambda page: "夜间加重。痰少。" in statement(page, "s1").text, "Ctrl+Enter does not save")

    browser.refresh()
    assert "夜间加重。痰少。" in statement(browser, "s1").text
    assert current(browser) == ""


def test_the_slower_of_two_sees_both_and_loses_nothing(
    browser: Chrome, second_browser: Chrome, hospital: Hospital
) -> None:
    record = hospital.made["zh"][1]
    hospital.open(browser, record)
    hospital.open(second_browser, record, who="resident")
    for page in (browser, second_browser):
        press(page, "j", "e")
        until(page, lambda each: each.find_element(By.CSS_SELECTOR, "[data-editor] textarea"), "no form")
    browser.find_element(By.CSS_SELECTOR, "[data-editor] textarea").send_keys("快", Keys.CONTROL, Keys.ENTER)
    until(browser, lambda page: not page.find_elements(By.CSS_SELECTOR, "[data-editor]"), "not saved")

    second_browser.find_element(By.CSS_SELECTOR, "[data-editor] textarea").send_keys(
        "慢", Keys.CONTROL, Keys.ENTER
    )

    conflict = until(
        second_browser, lambda page: page.find_element(By.CSS_SELECTOR, ".record-conflict"), "nobody is told"
    )
    assert "Lin" in conflict.text
    kept = second_browser.find_element(By.CSS_SELECTOR, "[data-editor] textarea").get_attribute("value")
    assert kept == "咳嗽3天，发热1天。慢"
    second_browser.find_element(By.CSS_SELECTOR, "[data-editor] .button-primary").click()
    until(second_browser, lambda page: "发热1天。慢" in statement(page, "s1").text, "the words were lost")


def test_a_phone_shows_one_part_at_a_time(browser: Chrome, hospital: Hospital) -> None:
    browser.set_window_size(*PHONE)
    hospital.open(browser, hospital.made["en"][2])

    said = browser.find_element(By.ID, "said")
    assert not said.is_displayed()
    browser.find_element(By.CSS_SELECTOR, "[data-show=said]").click()
    assert said.is_displayed()
    browser.find_element(By.XPATH, "//span[text()='No chest pain']").click()
    until(browser, lambda page: current(page) == "s5", "the words do not lead to the record")
    width = browser.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]
