"""The inbox through real browsers: two colleagues at once, live updates, the keyboard, canned replies."""

import json
import urllib.request
from typing import Any

import pytest
from selenium.webdriver import ActionChains, Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.conftest import PATIENCE, PHONE, Site
from tests.e2e.test_conversation import shows

pytestmark = pytest.mark.e2e
IS_BOX_NEW = "document.getElementById('reply').value === ''"


def api(site: Site, path: str, body: object | None = None) -> Any:
    request = urllib.request.Request(
        f"{site.url}/api/v1/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {site.token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


def opened(site: Site, name: str, message: str) -> str:
    body = {"channel": site.channel, "message": message, "visitor_name": name}
    return str(api(site, "conversations/", body)["conversation"]["id"])


def sign_in(browser: Chrome, site: Site, email: str) -> None:
    browser.get(f"{site.url}/accounts/login/")
    browser.find_element(By.NAME, "login").send_keys(email)
    browser.find_element(By.NAME, "password").send_keys(site.password, Keys.ENTER)
    WebDriverWait(browser, PATIENCE).until(lambda page: "/accounts/login" not in page.current_url)


def press(browser: Chrome, *keys: str) -> None:
    # As a keyboard does: to whatever has the focus then, also while a part of the page is being replaced.
    for key in keys:
        ActionChains(browser).send_keys(key).perform()


def becomes(browser: Chrome, script: str, seconds: float = PATIENCE) -> None:
    WebDriverWait(browser, seconds).until(lambda page: page.execute_script(f"return {script}"), script)


def test_colleagues_see_each_other_and_every_message_without_a_reload(
    browser: Chrome, second_browser: Chrome, site: Site
) -> None:
    conversation = opened(site, "Vera", "Where is my parcel?")
    api(site, f"conversations/{conversation}/take-over/", {})
    url = f"{site.url}/conversations/{conversation}/"
    sign_in(browser, site, site.email)
    sign_in(second_browser, site, site.colleague)
    browser.get(url)
    second_browser.get(url)

    shows(browser, "Dora is viewing")
    shows(second_browser, "Alice is viewing")
    second_browser.find_element(By.ID, "reply").send_keys("It is")
    shows(browser, "Dora is writing")

    api(site, f"conversations/{conversation}/messages/", {"text": "It is a green parcel"})
    for each in (browser, second_browser):
        shows(each, "It is a green parcel")
    assert second_browser.find_element(By.ID, "reply").get_attribute("value") == "It is"

    second_browser.get(f"{site.url}/conversations/")
    WebDriverWait(browser, PATIENCE).until(
        lambda page: "Dora is" not in page.find_element(By.ID, "composer").text
    )


def test_a_reply_that_crosses_a_colleagues_is_held_back(
    browser: Chrome, second_browser: Chrome, site: Site
) -> None:
    conversation = opened(site, "Vera", "Can I return it?")
    sign_in(browser, site, site.email)
    sign_in(second_browser, site, site.colleague)
    for each in (browser, second_browser):
        each.get(f"{site.url}/conversations/{conversation}/")
    browser.find_element(By.ID, "reply").send_keys("Within 30 days, and")

    second_browser.find_element(By.ID, "reply").send_keys("Yes, you can.", Keys.ENTER)
    shows(browser, "Yes, you can.")
    browser.find_element(By.ID, "reply").send_keys(" that is all", Keys.ENTER)

    shows(browser, "Dora has just taken over this conversation.")
    box = browser.find_element(By.ID, "reply")
    assert box.get_attribute("value") == "Within 30 days, and that is all"
    box.send_keys(Keys.ENTER)
    shows(second_browser, "Within 30 days, and that is all")


def test_the_list_moves_by_itself_and_the_keyboard_does_the_work(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)
    browser.get(f"{site.url}/conversations/")
    opened(site, "Older", "Is the shop open on Sunday?")
    shows(browser, "Older")
    # Answered, so that it does not rise above the next one.
    becomes(browser, "document.querySelector('.desk-row').innerText.includes('Assistant:')")
    newest = opened(site, "Newest", "Do you sell teapots?")
    shows(browser, "Newest")

    press(browser, "j", "j", "k", Keys.ENTER)
    becomes(browser, f"document.querySelector('#pane').dataset.conversation === '{newest}'")
    press(browser, "t")
    shows(browser, "Alice answers")
    press(browser, "n")
    becomes(browser, "document.activeElement.id === 'reply'")
    press(browser, "Likes pu-erh, jtke", Keys.ENTER)
    shows(browser, "internal note")
    # It may be told live before the answer to what was sent, which draws a new box and puts the cursor there.
    becomes(browser, IS_BOX_NEW)
    press(browser, Keys.ESCAPE, "r", "Yes, we do.", Keys.ENTER)
    shows(browser, "Yes, we do.")
    becomes(browser, IS_BOX_NEW)
    press(browser, Keys.ESCAPE, "e")
    shows(browser, "Reopen")

    messages = api(site, f"conversations/{newest}/turns/")["results"]
    assert "Yes, we do." in [message["text"] for message in messages]
    assert "Likes pu-erh, jtke" not in [message["text"] for message in messages]


def test_a_canned_reply_is_found_by_its_shortcut_and_inserted(browser: Chrome, site: Site) -> None:
    text = "Hello {visitor_name}, {agent_name} will see to it."
    api(site, "canned-replies/", {"shortcut": "look", "text": text, "language": "en"})
    conversation = opened(site, "Vera", "My order is wrong")
    sign_in(browser, site, site.email)
    browser.get(f"{site.url}/conversations/{conversation}/")

    box = browser.find_element(By.ID, "reply")
    box.send_keys("Oh! /loo")
    becomes(browser, "document.querySelector('#canned [aria-selected=true]') !== null")
    box.send_keys(Keys.ENTER)

    assert box.get_attribute("value") == "Oh! Hello Vera, Alice will see to it."
    box.send_keys(Keys.ENTER)
    shows(browser, "Oh! Hello Vera, Alice will see to it.")
    becomes(browser, IS_BOX_NEW)


def test_a_conversation_fits_a_phone(browser: Chrome, site: Site) -> None:
    conversation = opened(site, "Vera", "A-very-long-word-" * 20)
    sign_in(browser, site, site.email)
    browser.set_window_size(*PHONE)

    browser.get(f"{site.url}/conversations/{conversation}/")

    overflow = browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0
    assert not browser.find_element(By.CLASS_NAME, "desk-list").is_displayed()


def test_on_a_phone_the_composer_covers_no_message(browser: Chrome, site: Site) -> None:
    conversation = opened(site, "Vera", "Where is my parcel? " * 60)
    api(site, f"conversations/{conversation}/take-over/", {})
    sign_in(browser, site, site.email)
    browser.set_window_size(*PHONE)

    browser.get(f"{site.url}/conversations/{conversation}/")
    shows(browser, "Where is my parcel?")

    last, write, gap = browser.execute_script(
        "const box = document.querySelector('.desk-thread');"
        "return [document.querySelector('#live > :last-child').getBoundingClientRect().bottom,"
        " document.querySelector('.desk-write').getBoundingClientRect().top,"
        " box.scrollHeight - box.scrollTop - box.clientHeight]"
    )
    assert last <= write
    assert gap < 2


def test_on_a_phone_the_open_tab_is_in_sight(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)
    browser.set_window_size(*PHONE)

    browser.get(f"{site.url}/conversations/settings/")

    left, right, width = browser.execute_script(
        "const place = document.querySelector('.tab[aria-current]').getBoundingClientRect();"
        "return [place.left, place.right, window.innerWidth]"
    )
    assert left >= 0
    assert right <= width


def test_the_list_alone_fills_a_phone(browser: Chrome, site: Site) -> None:
    opened(site, "Vera", "Where is my parcel?")
    sign_in(browser, site, site.email)
    browser.set_window_size(*PHONE)

    browser.get(f"{site.url}/conversations/")

    assert browser.find_element(By.CLASS_NAME, "desk-list").is_displayed()
    assert not browser.find_element(By.ID, "pane").is_displayed()


def test_on_a_laptop_the_panes_scroll_and_the_page_stays(browser: Chrome, site: Site) -> None:
    conversation = opened(site, "Vera", "Where is my parcel?")
    sign_in(browser, site, site.email)

    browser.get(f"{site.url}/conversations/{conversation}/")
    shows(browser, "Where is my parcel?")

    page, window = browser.execute_script(
        "return [document.documentElement.scrollHeight, window.innerHeight]"
    )
    assert page <= window
