"""Somebody speaks to a page, and their words stand in its text."""

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.conftest import PATIENCE, Site
from tests.e2e.test_accessibility import axe_source, violations
from tests.e2e.test_encounter import doctor, listening_site
from tests.e2e.test_inbox import becomes
from tests.speech.test_transcriptions import ANSWER

__all__ = ["doctor", "listening_site"]  # fixtures
pytestmark = pytest.mark.e2e
SAID = " ".join(segment["text"].strip() for segment in ANSWER["segments"])
# In a page: the address of the first app.
APP_PATH = "[...document.links].map(a => a.pathname).find(path => /^\\/apps\\/[0-9a-f-]{36}\\/$/.test(path))"


def dictate(browser: Chrome, box_id: str, button: str) -> str:
    """What stands in the text once “He says:” was typed and the rest dictated. `button`: its selector."""
    browser.set_script_timeout(PATIENCE)
    box = browser.find_element(By.ID, box_id)
    box.send_keys("He says:")
    pressed = browser.find_element(By.CSS_SELECTOR, button)
    pressed.click()
    becomes(browser, f"document.querySelector('{button}').getAttribute('aria-pressed') == 'true'")
    assert violations(browser, axe_source(), "light") == []
    WebDriverWait(browser, 3).until(lambda page: "Listening" in page.page_source)
    browser.execute_async_script("setTimeout(arguments[0], 2500)")
    pressed.click()
    becomes(
        browser,
        f"document.getElementById('{box_id}').value.length > 9 && document.activeElement.id == '{box_id}'",
    )
    return str(box.get_attribute("value"))


def test_what_is_said_stands_in_the_question(doctor: Chrome, listening_site: Site) -> None:
    doctor.get(f"{listening_site.url}/assistant/?language=en")

    assert dictate(doctor, "question", ".composer [aria-pressed]") == f"He says: {SAID}"


def test_what_is_said_stands_in_the_text_for_an_app(doctor: Chrome, listening_site: Site) -> None:
    # On a narrower one the driver scrolls the button under the bar at the foot of the page.
    doctor.set_window_size(1280, 900)
    doctor.get(f"{listening_site.url}/apps/?language=en")
    doctor.find_element(By.XPATH, "//form[input[@value='summarise']]/button").click()
    becomes(doctor, APP_PATH)
    doctor.get(f"{listening_site.url}{doctor.execute_script(f'return {APP_PATH}')}")

    assert dictate(doctor, "id_text", "#id_text + .row [aria-pressed]") == f"He says: {SAID}"
