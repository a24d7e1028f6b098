"""A doctor records a consultation, reads what was said, and corrects who said it and a word."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from stack.layout import PROJECT_ROOT
from tests.e2e.conftest import PATIENCE, PHONE, Site
from tests.e2e.test_conversation import shows, sign_in
from tests.e2e.test_recording import press, speak_until, speaking_browser
from tests.llm_backend.speech import sounds
from tests.speech.test_transcriptions import ANSWER, speech_server

pytestmark = pytest.mark.e2e


def announce(site: Site, *arguments: str) -> None:
    command = [sys.executable, "-m", "tests.e2e.speech_endpoint", *arguments]
    subprocess.run(
        command, env=site.platform.installation.environment(), cwd=PROJECT_ROOT, check=True, timeout=120
    )


@pytest.fixture(scope="module")
def listening_site(site: Site) -> Iterator[Site]:
    """A server of the test writes down what is said."""
    with speech_server(lambda: ANSWER) as url:
        announce(site, url)
        yield site
        announce(site)


@pytest.fixture(scope="module")
def doctor(tmp_path_factory: pytest.TempPathFactory, listening_site: Site) -> Iterator[Chrome]:
    """Signed in, in a browser whose microphone hears a sentence, over and over."""
    if not shutil.which("espeak-ng"):
        pytest.skip("NO VOICE: install espeak-ng, the way from speech to transcript is not tested without it")
    directory: Path = tmp_path_factory.mktemp("said")
    heard = sounds.save(sounds.spoken("Take two tablets in the morning.", directory), directory / "heard.wav")
    with speaking_browser(heard) as browser:
        sign_in(browser, listening_site)
        yield browser


def begin_encounter(browser: Chrome, site: Site, number: str) -> None:
    browser.set_window_size(1280, 1400)
    browser.get(f"{site.url}/medical/encounters/new/?language=en")
    browser.find_element(By.CSS_SELECTOR, "[data-newcomer] summary").click()
    browser.find_element(By.NAME, "name").send_keys("Wang Xiuying")
    browser.find_element(By.NAME, "number").send_keys(number)
    browser.find_element(By.NAME, "has_consent").click()
    Select(browser.find_element(By.NAME, "template")).select_by_index(0)
    browser.find_element(By.CSS_SELECTOR, ".new-encounter .button-primary").click()
    WebDriverWait(browser, PATIENCE).until(
        lambda page: page.find_elements(By.CSS_SELECTOR, "[data-recorder]")
    )


def test_what_is_spoken_is_read_and_corrected(doctor: Chrome, listening_site: Site) -> None:
    begin_encounter(doctor, listening_site, "P-100")
    press(doctor, "record")
    speak_until(doctor, "00:02")
    doctor.refresh()
    press(doctor, "go-on")
    speak_until(doctor, "00:05")
    press(doctor, "stop")
    shows(doctor, "Take two")

    row = WebDriverWait(doctor, PATIENCE).until(
        lambda page: page.find_element(By.CSS_SELECTOR, "[data-utterance='0']"), "there is no transcript"
    )
    before = row.get_attribute("data-speaker")
    row.find_element(By.CSS_SELECTOR, "[data-turn]").click()
    shows(doctor, "Saved.")
    after = row.get_attribute("data-speaker")
    ActionChains(doctor).double_click(row.find_element(By.CSS_SELECTOR, "[data-text]")).perform()
    field = row.find_element(By.TAG_NAME, "textarea")
    field.send_keys(Keys.CONTROL, "a")
    field.send_keys("Take three tablets.", Keys.ENTER)
    shows(doctor, "Take three tablets.")

    WebDriverWait(doctor, PATIENCE).until(
        lambda page: page.find_element(By.CSS_SELECTOR, "[data-editor]").get_attribute("data-revision") == "3"
    )
    doctor.refresh()
    shows(doctor, "Take three tablets.")
    kept = doctor.find_element(By.CSS_SELECTOR, "[data-utterance='0']").get_attribute("data-speaker")
    assert kept == after != before


def test_the_sound_is_heard_from_the_words_that_are_chosen(doctor: Chrome, listening_site: Site) -> None:
    begin_encounter(doctor, listening_site, "P-102")
    press(doctor, "record")
    speak_until(doctor, "00:04")
    press(doctor, "stop")
    shows(doctor, "Take two")
    doctor.refresh()

    WebDriverWait(doctor, PATIENCE).until(
        lambda page: page.find_element(By.CSS_SELECTOR, "[data-utterance='0'] [data-play]")
    ).click()
    assert heard(doctor) > 0

    record = WebDriverWait(doctor, PATIENCE, poll_frequency=2).until(record_address, "no draft is there")
    doctor.get(record)
    WebDriverWait(doctor, PATIENCE).until(
        lambda page: page.find_element(By.CSS_SELECTOR, ".record-desk button[data-play]")
    ).click()
    assert heard(doctor) > 0


def record_address(browser: Chrome) -> str:
    """Of the record, once the page of the encounter leads to it."""
    browser.refresh()
    found = browser.find_elements(By.CSS_SELECTOR, ".page-header-actions a[href*='/medical/records/']")
    return str(found[0].get_attribute("href")) if found else ""


def heard(browser: Chrome) -> float:
    """Seconds into the sound, once it really plays."""
    playing = "const p = document.querySelector('[data-player]'); return !p.error && p.currentTime"
    return WebDriverWait(browser, PATIENCE).until(lambda page: page.execute_script(playing), "no sound plays")


def test_the_recorder_of_an_encounter_fits_a_phone(doctor: Chrome, listening_site: Site) -> None:
    begin_encounter(doctor, listening_site, "P-101")
    doctor.set_window_size(*PHONE)

    width = doctor.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")
    assert width[0] <= width[1]
