"""The widget on a shop's own pages, in a real browser and across real origins."""

import base64
import hashlib
import hmac
import json
import shutil
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from typing import Any

import numpy as np
import pytest
from selenium import webdriver
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webelement import WebElement
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.conftest import PATIENCE, PHONE, Site
from tests.e2e.shop_site import ShopSite, shop_site
from tests.e2e.test_conversation import ANSWER, shows
from tests.e2e.test_encounter import announce
from tests.e2e.test_inbox import becomes
from tests.llm_backend.speech import sounds
from tests.speech.test_transcriptions import speech_server

pytestmark = pytest.mark.e2e

STARS = "#rating label:nth-of-type(4)"


def call_api(site: Site, method: str, path: str, body: dict[str, Any]) -> None:
    request = urllib.request.Request(
        f"{site.url}/api/v1/{path}",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {site.token}", "Content-Type": "application/json"},
        method=method,
    )
    urllib.request.urlopen(request, timeout=10).close()


def patch_channel(site: Site, **fields: Any) -> None:
    call_api(site, "PATCH", f"channels/{site.channel}/", fields)


@pytest.fixture
def shop(site: Site) -> Iterator[ShopSite]:
    """An allowed site with the widget on it."""
    with shop_site() as made:
        made.script = f"{site.url}/widget/{site.slug}.js"
        patch_channel(site, allowed_domains=[made.url])
        yield made
        patch_channel(site, allowed_domains=[])


@pytest.fixture
def visitor(browser: Chrome) -> Iterator[Chrome]:
    yield browser
    browser.switch_to.default_content()


def in_widget(browser: Chrome, selector: str) -> WebElement:
    """An element of the widget on the shop's page."""
    find = "return document.querySelector('kongming-chat')?.shadowRoot.querySelector(arguments[0])"
    found: WebElement = WebDriverWait(browser, PATIENCE).until(
        lambda page: page.execute_script(find, selector)
    )
    return found


def into_chat(browser: Chrome) -> None:
    browser.switch_to.frame(in_widget(browser, "iframe"))
    # The page stands before its script has begun, which Enter needs.
    becomes(browser, "document.getElementById('message') && document.readyState == 'complete'")


def open_widget(browser: Chrome, shop: ShopSite) -> None:
    browser.get(shop.url)
    in_widget(browser, "button").click()
    into_chat(browser)


def ask(browser: Chrome, text: str) -> None:
    browser.find_element(By.ID, "message").send_keys(text, Keys.ENTER)


def press(browser: Chrome, label: str) -> None:
    WebDriverWait(browser, PATIENCE).until(
        lambda page: [each for each in page.find_elements(By.CSS_SELECTOR, "button") if label in each.text],
        f"there is no {label}",
    )[0].click()


def signed(secret: str, **identity: Any) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(identity).encode()).decode().rstrip("=")
    return f"{payload}.{hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()}"


def test_a_visitor_of_the_shop_asks_and_goes_on_after_a_reload_and_on_another_page(
    visitor: Chrome, shop: ShopSite, site: Site
) -> None:
    site.next_answer(ANSWER, to="delivery take?")
    open_widget(visitor, shop)
    ask(visitor, "How long does delivery take?")
    shows(visitor, "costs 12 yuan")
    WebDriverWait(visitor, PATIENCE).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".citation"))

    visitor.get(f"{shop.url}/other")
    into_chat(visitor)

    shows(visitor, "How long does delivery take?")
    shows(visitor, "costs 12 yuan")
    visitor.switch_to.default_content()
    assert visitor.get_cookies() == []


def test_a_site_that_is_not_allowed_shows_nothing(visitor: Chrome, shop: ShopSite, site: Site) -> None:
    patch_channel(site, allowed_domains=["https://elsewhere.example"])

    visitor.get(shop.url)
    visitor.execute_async_script(
        """const done = arguments[1];
        const frame = document.createElement("iframe");
        frame.id = "forced";
        frame.src = arguments[0];
        frame.onload = () => done();
        document.body.append(frame);""",
        f"{site.url}/c/{site.slug}/?embedded=1",
    )

    assert visitor.execute_script("return document.querySelector('kongming-chat')") is None
    visitor.switch_to.frame("forced")
    assert not visitor.find_elements(By.ID, "message")


def test_the_keyboard_alone_opens_asks_and_closes(visitor: Chrome, shop: ShopSite, site: Site) -> None:
    site.next_answer(ANSWER, to="Is delivery fast?")
    visitor.get(shop.url)
    in_widget(visitor, "button")
    keys = ActionChains(visitor)
    keys.send_keys(Keys.TAB, Keys.TAB, Keys.ENTER).perform()
    into_chat(visitor)
    WebDriverWait(visitor, PATIENCE).until(
        lambda page: page.switch_to.active_element.get_attribute("id") == "message"
    )

    ActionChains(visitor).send_keys("Is delivery fast?", Keys.ENTER).perform()
    shows(visitor, "costs 12 yuan")
    ActionChains(visitor).send_keys(Keys.ESCAPE).perform()

    visitor.switch_to.default_content()
    panel, button = in_widget(visitor, "[role=dialog]"), in_widget(visitor, "button")
    WebDriverWait(visitor, PATIENCE).until(lambda _: not panel.is_displayed())
    assert panel.get_attribute("aria-label") == "Chat with us"
    assert button.get_attribute("aria-expanded") == "false"
    assert visitor.execute_script(
        "return document.querySelector('kongming-chat').shadowRoot.activeElement === arguments[0]", button
    )


def test_an_answer_that_comes_while_it_is_closed_is_counted(
    visitor: Chrome, shop: ShopSite, site: Site
) -> None:
    site.next_answer(
        "Delivery within mainland China takes two to three days [1].", to="delivery take?", hold_after=0
    )
    open_widget(visitor, shop)
    ask(visitor, "How long does delivery take?")
    visitor.find_element(By.ID, "close").click()
    visitor.switch_to.default_content()
    site.release()

    badge = in_widget(visitor, "b")
    WebDriverWait(visitor, PATIENCE).until(lambda _: badge.text == "1")
    assert "1 new messages" in str(in_widget(visitor, "button").get_attribute("aria-label"))
    in_widget(visitor, "button").click()
    assert not badge.is_displayed()


def test_on_a_phone_it_takes_the_whole_screen(visitor: Chrome, shop: ShopSite) -> None:
    visitor.set_window_size(*PHONE)
    open_widget(visitor, shop)
    visitor.switch_to.default_content()

    size = in_widget(visitor, "[role=dialog]").rect
    width, height = visitor.execute_script("return [innerWidth, innerHeight]")
    assert (size["width"], size["height"]) == (width, height)
    assert not in_widget(visitor, "button").is_displayed()


def test_who_the_shop_vouches_for_goes_on_on_another_device(
    visitor: Chrome, shop: ShopSite, site: Site
) -> None:
    secret = site.identity_secret
    token = signed(secret, visitor_id="customer-7", name="Vera", expires=int(time.time()) + 600)
    shop.options = f'data-identity="{token}"'
    site.next_answer(ANSWER, to="the delivery take?")
    open_widget(visitor, shop)
    ask(visitor, "How long does the delivery take?")
    shows(visitor, "costs 12 yuan")

    with shop_site("127.0.0.1") as phone:  # another site has another storage, as another device has
        fresh_chat(visitor, site)
        phone.script, phone.options = shop.script, shop.options
        patch_channel(site, allowed_domains=[shop.url, phone.url])
        open_widget(visitor, phone)
        shows(visitor, "How long does the delivery take?")

        phone.options = f'data-identity="{token[:-4]}0000"'
        visitor.get(phone.url)
        into_chat(visitor)
        shows(visitor, "Hello!")
        assert "How long does the delivery take?" not in visitor.find_element(By.TAG_NAME, "body").text


def test_what_somebody_else_could_not_send_is_not_sent_in_a_visitor_s_name(
    visitor: Chrome, shop: ShopSite, site: Site
) -> None:
    open_widget(visitor, shop)
    for_another = {"visitor": "customer-7", "messages": [{"text": "My secret", "key": "k" * 32, "files": []}]}
    key = visitor.execute_script(
        "return `kongming.chat.${JSON.parse(document.getElementById('chat-texts').textContent).channel}.unsent`"
    )
    visitor.execute_script(
        "localStorage.setItem(arguments[0], JSON.stringify(arguments[1]))", key, for_another
    )

    visitor.get(shop.url)
    in_widget(visitor, "button").click()
    into_chat(visitor)

    becomes(visitor, f"localStorage.getItem({json.dumps(key)}) === null")
    assert "My secret" not in visitor.find_element(By.TAG_NAME, "body").text


def test_what_was_typed_before_the_script_came_can_be_sent(visitor: Chrome, site: Site) -> None:
    typed = "if (document.readyState == 'interactive') document.getElementById('message').value = 'delivery take?'"
    early = visitor.execute_cdp_cmd(
        "Page.addScriptToEvaluateOnNewDocument",
        {"source": f"document.addEventListener('readystatechange', () => {{ {typed} }})"},
    )
    site.next_answer(ANSWER, to="delivery take?")

    fresh_chat(visitor, site)
    visitor.find_element(By.ID, "send").click()

    shows(visitor, "costs 12 yuan")
    visitor.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", early)


def test_a_solved_matter_is_rated(visitor: Chrome, site: Site) -> None:
    site.next_answer(ANSWER, to="delivery take?")
    fresh_chat(visitor, site)
    ask(visitor, "How long does delivery take?")
    press(visitor, "Problem solved")

    star = WebDriverWait(visitor, PATIENCE).until(
        lambda page: [each for each in page.find_elements(By.CSS_SELECTOR, STARS) if each.is_displayed()]
    )[0]
    star.click()

    shows(visitor, "Thank you! Your rating helps us.")
    visitor.refresh()
    shows(visitor, "How did we do?")
    assert visitor.find_element(By.CSS_SELECTOR, "#rating input[value='4']").is_selected()


def test_files_go_along_with_the_first_message(visitor: Chrome, site: Site, tmp_path: Path) -> None:
    receipts = [tmp_path / "receipt.txt", tmp_path / "second.txt"]
    for receipt in receipts:
        receipt.write_text(f"One tin of Longjing, 128 yuan, {receipt.stem}")
    fresh_chat(visitor, site)
    visitor.find_element(By.ID, "file").send_keys("\n".join(map(str, receipts)))
    WebDriverWait(visitor, PATIENCE).until(
        lambda page: len(page.find_elements(By.CSS_SELECTOR, ".chip-remove")) == 2
    )
    visitor.find_element(By.ID, "send").click()

    shows(visitor, "We received your file.")
    links = visitor.find_elements(By.CSS_SELECTOR, "a.attached")
    assert {link.text for link in links} == {"receipt.txt", "second.txt"}
    with urllib.request.urlopen(str(links[0].get_attribute("href")), timeout=10) as stored:
        assert stored.read().decode().startswith("One tin of Longjing")


def test_a_file_that_could_run_is_refused_in_kind_words(visitor: Chrome, site: Site, tmp_path: Path) -> None:
    page = tmp_path / "picture.png"
    page.write_text("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")
    visitor.get(f"{site.url}/c/{site.slug}/?language=en")

    visitor.find_element(By.ID, "file").send_keys(str(page))

    shows(visitor, "This file type is not supported.")


def test_what_is_written_without_a_network_goes_out_when_it_is_back(visitor: Chrome, site: Site) -> None:
    fresh_chat(visitor, site)
    visitor.set_network_conditions(offline=True, latency=0, download_throughput=0, upload_throughput=0)
    ask(visitor, "How many days does delivery take, and what does it cost?")
    shows(visitor, "You are offline")

    site.next_answer(ANSWER, to="days does delivery take, and what")
    visitor.delete_network_conditions()

    shows(visitor, "costs 12 yuan", 40)


def fresh_chat(browser: Chrome, site: Site) -> None:
    browser.get(f"{site.url}/c/{site.slug}/?language=en")
    browser.execute_script("localStorage.clear()")
    browser.refresh()
    becomes(browser, "document.getElementById('message') && document.readyState == 'complete'")


@pytest.fixture
def heard_by(site: Site, tmp_path: Path) -> Iterator[Chrome]:
    """A browser whose microphone hears somebody speak, over and over."""
    if not shutil.which("espeak-ng"):
        pytest.skip("NO VOICE: install espeak-ng, voice messages are not tested without it")
    said = sounds.spoken("How long does delivery take?", tmp_path)
    file = sounds.save(
        np.concatenate([sounds.silence(0.5), said, sounds.silence(1.5)]), tmp_path / "said.wav"
    )
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-audio-capture={file}",
    ):
        options.add_argument(argument)
    started = webdriver.Chrome(options, webdriver.ChromeService(str(shutil.which("chromedriver"))))
    yield started
    started.quit()


def record(browser: Chrome, until: str) -> None:
    WebDriverWait(browser, PATIENCE).until(lambda page: page.find_element(By.ID, "voice").is_displayed())
    browser.find_element(By.ID, "voice").click()
    WebDriverWait(browser, PATIENCE).until(
        lambda page: page.find_element(By.ID, "tray-note").text >= f"Recording… {until}"
    )


@pytest.fixture
def ear(site: Site) -> Iterator[Event]:
    """A speech model that writes down what the microphone hears, once the event is set."""
    may_answer = Event()
    heard = {"start": 0.0, "end": 2.0, "text": " How long does delivery take?", "avg_logprob": -0.1}
    answer = {"language": "english", "duration": 2.0, "text": heard["text"], "segments": [heard], "words": []}

    def reply() -> dict[str, object]:
        may_answer.wait(PATIENCE)
        return answer

    with speech_server(reply) as url:
        # Not by the API: once other tests have made patients, an owner would have to confirm the model.
        announce(site, url)
        yield may_answer
        announce(site)


@pytest.mark.timeout(600)
def test_what_is_spoken_on_a_shops_page_becomes_the_message(
    heard_by: Chrome, shop: ShopSite, site: Site, ear: Event
) -> None:
    site.next_answer(ANSWER, to="How long does delivery take")
    open_widget(heard_by, shop)
    record(heard_by, "0:04")
    heard_by.find_element(By.ID, "voice").click()

    shows(heard_by, "Transcribing your message…")
    ear.set()
    shows(heard_by, "How long does delivery take", 240)
    shows(heard_by, "costs 12 yuan")
    assert heard_by.find_elements(By.CSS_SELECTOR, "audio.attached")


def test_a_recording_can_be_thrown_away(heard_by: Chrome, site: Site) -> None:
    fresh_chat(heard_by, site)
    record(heard_by, "0:01")

    heard_by.find_element(By.ID, "discard").click()

    WebDriverWait(heard_by, PATIENCE).until(lambda page: page.find_element(By.ID, "tray-note").text == "")
    assert not heard_by.find_elements(By.CSS_SELECTOR, ".message-own")
