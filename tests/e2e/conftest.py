"""A whole installation in front of a real browser: everything `./kongming up` starts."""

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from selenium import webdriver

from benchmarks import isolated
from benchmarks.isolated import Platform
from stack.layout import PROJECT_ROOT

PHONE = (390, 844)
# Seconds until a state is given up; what is there goes on at once, so only a failure waits this long.
PATIENCE = 180


@dataclass(frozen=True)
class Site:
    platform: Platform
    email: str
    colleague: str
    password: str
    token: str
    channel: str
    slug: str
    identity_secret: str

    @property
    def url(self) -> str:
        return self.platform.url

    def next_answer(self, text: str, *, to: str, hold_after: int | None = None) -> None:
        """What the scripted engine says to a request with these words, whatever else of the platform asks it meanwhile;
        after so many tokens it may wait for `release`.
        """
        script = {"asks": to, "text": text, "first_token_ms": 20, "gap_ms": 5, "hold_after": hold_after}
        self._tell_engine("/script", [script])

    def release(self) -> None:
        """The engine goes on with what it held back."""
        self._tell_engine("/release", {})

    def clear_answers(self) -> None:
        self._tell_engine("/reset", {})
        self.release()

    def _tell_engine(self, path: str, body: object) -> None:
        request = urllib.request.Request(
            f"{self.platform.engine_url}{path}", data=json.dumps(body).encode(), method="POST"
        )
        urllib.request.urlopen(request, timeout=5).close()


def made_shop(platform: Platform) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.e2e.shop"],
        env=platform.installation.environment(),
        cwd=PROJECT_ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    made: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return made


# Until the last of these tests alone: the processes of an installation hold three gigabytes.
@pytest.fixture(scope="package")
def site() -> Iterator[Site]:
    with isolated.platform(["--first-token-ms", "20", "--gap-ms", "5"]) as platform:
        yield Site(platform, **made_shop(platform))


@pytest.fixture(autouse=True)
def _no_answers_of_another_test(request: pytest.FixtureRequest) -> None:
    """What one had the engine say and then did not ask for would be said to the next with such a question."""
    if "site" in request.fixturenames:
        request.getfixturevalue("site").clear_answers()


def started_browser() -> webdriver.Chrome:
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not browser or not driver:
        pytest.skip(
            "NO BROWSER: install chromium and chromium-driver, these pages are not tested without them"
        )
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking"):
        options.add_argument(argument)
    return webdriver.Chrome(options, webdriver.ChromeService(str(Path(driver))))


@pytest.fixture(scope="package")
def chromium() -> Iterator[webdriver.Chrome]:
    started = started_browser()
    yield started
    started.quit()


@pytest.fixture
def second_browser() -> Iterator[webdriver.Chrome]:
    """Of a colleague, with cookies of its own."""
    started = started_browser()
    started.set_window_size(1280, 900)
    yield started
    started.quit()


@pytest.fixture
def browser(chromium: webdriver.Chrome) -> Iterator[webdriver.Chrome]:
    chromium.set_window_size(1280, 900)
    yield chromium
    # An open page goes on asking, and without cookies it would get new ones in between.
    chromium.get("about:blank")
    chromium.execute_cdp_cmd("Network.clearBrowserCookies", {})
