"""Answers side by side in a real browser: streamed, swapped for their figures as they end, voted on by the keyboard."""

import subprocess
import sys

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from stack.layout import PROJECT_ROOT
from tests.e2e.conftest import PHONE, Site
from tests.e2e.test_conversation import shows
from tests.e2e.test_inbox import becomes, press, sign_in

pytestmark = pytest.mark.e2e
STREAMED = (
    "[...document.querySelectorAll('#columns [data-text]')].every(each => each.textContent.includes('Brew'))"
)


@pytest.fixture(scope="module", autouse=True)
def _second_model(site: Site) -> None:
    command = [sys.executable, "-m", "tests.e2e.second_model"]
    environment = site.platform.installation.environment()
    subprocess.run(command, env=environment, cwd=PROJECT_ROOT, check=True, capture_output=True, timeout=120)


def ask(browser: Chrome, site: Site, question: str) -> None:
    """Without names; both answers stop in the middle until the engine goes on."""
    browser.get(f"{site.url}/model-lab/side-by-side/")
    for hotter in ("80", "90"):
        site.next_answer(f"Brew it at {hotter} degrees, for two minutes. " * 4, to=question, hold_after=12)
    browser.find_element(By.NAME, "prompt").send_keys(question)
    browser.find_element(By.NAME, "is_blind").click()
    browser.find_element(By.CSS_SELECTOR, "main form .button-primary").click()
    becomes(browser, "document.querySelectorAll('#columns [data-text]').length === 2")
    becomes(browser, STREAMED)


def test_two_answers_stream_and_are_voted_on_by_the_keyboard(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)
    ask(browser, site, "How hot is the water?")
    assert "second-model" not in browser.page_source
    site.release()
    becomes(
        browser,
        "document.querySelectorAll('[name=vote]').length === 4 && !document.querySelector('[data-trial]')",
    )

    press(browser, "1")

    shows(browser, "Your vote counts in the arena.")
    shows(browser, "second-model")
    shows(browser, "tokens/s")
    browser.set_window_size(*PHONE)
    assert browser.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_one_column_is_stopped_and_the_other_goes_on(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)
    ask(browser, site, "How long does it draw?")

    browser.find_element(By.CSS_SELECTOR, "#columns [data-stop] button").click()

    becomes(browser, "document.querySelectorAll('#columns [data-trial]').length === 1")
    shows(browser, "stopped")
    site.release()
    shows(browser, "Nothing to vote on")
