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


def test_what_is_said_stands_in_the_question(doctor: Chrome, listening_site: Site) -> None:
    doctor.set_script_timeout(PATIENCE)
    doctor.get(f"{listening_site.url}/assistant/?language=en")
    box = doctor.find_element(By.ID, "question")
    box.send_keys("He says:")
    button = doctor.find_element(By.CSS_SELECTOR, ".composer [aria-pressed]")
    button.click()
    becomes(doctor, "!!document.querySelector('.composer [aria-pressed=true]')")
    assert violations(doctor, axe_source(), "light") == []
    WebDriverWait(doctor, 3).until(lambda page: "Listening" in page.page_source)
    doctor.execute_async_script("setTimeout(arguments[0], 2500)")
    button.click()

    said = " ".join(segment["text"].strip() for segment in ANSWER["segments"])
    becomes(
        doctor,
        "document.getElementById('question').value.length > 9 && document.activeElement.id == 'question'",
    )
    assert box.get_attribute("value") == f"He says: {said}"
