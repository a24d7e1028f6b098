"""Somebody speaks, the page is loaded anew in the middle, and what was said arrives whole."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver
from selenium.common.exceptions import TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.conftest import PATIENCE, PHONE, Site
from tests.e2e.test_conversation import shows, sign_in
from tests.llm_backend.speech import sounds

pytestmark = pytest.mark.e2e

ASK = "const done = arguments[0]; fetch('/api/v1/recordings/').then((answer) => answer.json()).then(done);"


@contextmanager
def speaking_browser(heard: Path) -> Iterator[Chrome]:
    """A browser whose microphone hears the file, over and over."""
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip("NO BROWSER: install chromium and chromium-driver, the recorder is not tested without it")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    options.unhandled_prompt_behavior = "accept"
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={heard}",
    ):
        options.add_argument(argument)
    started = webdriver.Chrome(options, webdriver.ChromeService(str(Path(driver))))
    yield started
    started.quit()


@pytest.fixture(scope="module")
def speaking_chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chrome]:
    # Chords that a busy machine plays in pieces were once taken for speech, which no model here writes down.
    heard = sounds.save(sounds.noise(4), tmp_path_factory.mktemp("sound") / "heard.wav")
    with speaking_browser(heard) as browser:
        yield browser


@pytest.fixture
def recorder(speaking_chromium: Chrome, site: Site) -> Iterator[Chrome]:
    speaking_chromium.set_window_size(1280, 900)
    sign_in(speaking_chromium, site)
    speaking_chromium.get(f"{site.url}/recordings/?language=en")
    yield speaking_chromium
    speaking_chromium.delete_all_cookies()


def press(browser: Chrome, name: str) -> None:
    WebDriverWait(browser, PATIENCE).until(
        lambda page: [
            each for each in page.find_elements(By.CSS_SELECTOR, f"[data-{name}]") if each.is_displayed()
        ],
        f"there is no {name} to press",
    )[0].click()


def speak_until(browser: Chrome, time: str) -> None:
    WebDriverWait(browser, PATIENCE).until(
        lambda page: page.find_element(By.CSS_SELECTOR, "[data-time]").text >= time,
        f"the clock never reached {time}",
    )


def recordings(browser: Chrome) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = browser.execute_async_script(ASK)["results"]
    return found


def newest_once(browser: Chrome, is_so: Any) -> dict[str, Any]:
    seen: list[dict[str, Any]] = []

    def newest(page: Chrome) -> dict[str, Any] | None:
        seen[:] = recordings(page)[:1]
        return next(filter(is_so, seen), None)

    try:
        found: dict[str, Any] = WebDriverWait(browser, PATIENCE).until(newest)
    except TimeoutException as error:
        raise AssertionError(f"the newest recording stays {seen}") from error
    return found


def test_a_reload_in_the_middle_loses_nothing(recorder: Chrome) -> None:
    press(recorder, "record")
    speak_until(recorder, "00:04")
    newest_once(recorder, lambda recording: recording["offset"] > 0)

    recorder.refresh()
    press(recorder, "go-on")
    speak_until(recorder, "00:06")
    press(recorder, "pause")
    press(recorder, "resume")
    speak_until(recorder, "00:07")
    press(recorder, "stop")

    stored = newest_once(recorder, lambda recording: recording["received_at"] and recording["seconds"])
    assert stored["media_type"] == "video/webm"
    assert stored["length"] == stored["offset"] > 10_000
    assert stored["seconds"] > 6
    kept = recorder.execute_async_script(
        "const done = arguments[0]; import('/static/speech/kept_parts.js').then(async (kept) => "
        "done(await kept.keptRecordings()), () => done('not served under this name'));"
    )
    assert kept in ([], "not served under this name")


def test_what_an_earlier_page_left_can_be_finished_as_it_is(recorder: Chrome) -> None:
    press(recorder, "record")
    speak_until(recorder, "00:03")
    recorder.refresh()

    press(recorder, "finish")

    stored = newest_once(recorder, lambda recording: recording["received_at"])
    assert stored["offset"] > 1000
    shows(recorder, "Saved.")


def test_a_network_that_goes_away_loses_nothing(recorder: Chrome) -> None:
    offline = {"offline": True, "latency": 0, "download_throughput": 0, "upload_throughput": 0}
    press(recorder, "record")
    speak_until(recorder, "00:02")
    recorder.set_network_conditions(**offline)
    speak_until(recorder, "00:04")
    shows(recorder, "Connection lost.")
    recorder.delete_network_conditions()
    speak_until(recorder, "00:05")
    press(recorder, "stop")

    stored = newest_once(recorder, lambda recording: recording["received_at"] and recording["seconds"])
    assert stored["seconds"] > 4.5


def test_a_chosen_file_is_uploaded(recorder: Chrome, tmp_path: Path) -> None:
    file = sounds.save(sounds.music(2), tmp_path / "melody.mp3")
    recorder.find_element(By.ID, "upload-files").send_keys(str(file))

    stored = newest_once(
        recorder, lambda recording: recording["title"] == "melody" and recording["received_at"]
    )
    assert stored["media_type"] == "audio/mpeg"
    assert stored["length"] == file.stat().st_size


def test_the_page_fits_a_phone(recorder: Chrome) -> None:
    recorder.set_window_size(*PHONE)
    width = recorder.execute_script("return [document.documentElement.scrollWidth, window.innerWidth]")

    assert width[0] <= width[1]
