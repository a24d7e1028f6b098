"""The assistant in a real browser: streamed, taken up again after a reload, branched by the keyboard."""

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.e2e.conftest import PHONE, Site
from tests.e2e.test_conversation import shows
from tests.e2e.test_inbox import becomes, press, sign_in

pytestmark = pytest.mark.e2e
STORY = "The jasmine is picked in May. " * 20
DROP = """
const files = new DataTransfer();
files.items.add(new File(["Tea"], arguments[0]));
document.getElementById("question").dispatchEvent(
  new DragEvent("drop", {bubbles: true, cancelable: true, dataTransfer: files}));
"""


def ask(browser: Chrome, text: str) -> None:
    browser.find_element(By.ID, "question").send_keys(text, Keys.ENTER)


def test_an_answer_is_taken_up_after_a_reload_and_asked_anew_by_the_keyboard(
    browser: Chrome, site: Site
) -> None:
    sign_in(browser, site, site.email)
    browser.get(f"{site.url}/assistant/")
    shows(browser, "What can I help with?")
    site.next_answer(STORY, to="jasmine", hold_after=20)
    ask(browser, "Tell me about the jasmine.")

    becomes(browser, "document.querySelector('[data-text]')?.textContent.includes('picked')")
    browser.refresh()
    becomes(browser, "document.querySelector('[data-text]')?.textContent.includes('The jasmine')")
    site.release()
    becomes(
        browser,
        "document.querySelectorAll('.own-words').length > 3 && !document.querySelector('[data-answer]')",
    )
    assert not browser.find_element(By.ID, "question").get_attribute("value"), (
        "what was sent is no draft any more"
    )

    site.next_answer("It is picked in June.", to="oolong")
    press(browser, Keys.ARROW_UP)
    becomes(browser, "!document.querySelector('[data-editing]').hidden")
    box = browser.find_element(By.ID, "question")
    box.send_keys(Keys.CONTROL, "a")
    ask(browser, "And the oolong?")
    shows(browser, "It is picked in June.")
    # The list is drawn anew when the answer has ended.
    becomes(browser, "!document.querySelector('[data-answer]')")
    shows(browser, "2/2")
    # In one go: the list may be drawn once more between finding it and pressing it.
    browser.execute_script("document.querySelector('.assistant-branches a').click()")
    shows(browser, "1/2")
    shows(browser, "The jasmine is picked in May.")


def test_escape_stops_an_answer_and_keeps_what_was_written(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)
    browser.get(f"{site.url}/assistant/")
    site.next_answer(STORY, to="Tell me a story.", hold_after=20)
    ask(browser, "Tell me a story.")
    becomes(browser, "document.querySelector('[data-text]')?.textContent.includes('picked')")
    browser.execute_script("document.querySelector('.assistant-menu').closest('details').open = true")
    press(browser, Keys.ESCAPE)
    becomes(browser, "!document.querySelector('.assistant-menu').closest('details').open")
    shows(browser, "Stop")

    press(browser, Keys.ESCAPE)

    becomes(browser, "!document.querySelector('[data-answer]') && !!document.querySelector('.own-words')")
    site.release()
    shows(browser, "The jasmine is picked in May.")


def test_the_list_of_chats_is_a_drawer_on_a_phone(browser: Chrome, site: Site) -> None:
    sign_in(browser, site, site.email)
    browser.set_window_size(*PHONE)
    browser.get(f"{site.url}/assistant/")

    becomes(browser, "getComputedStyle(document.getElementById('chat-list')).display === 'none'")
    browser.find_element(By.CSS_SELECTOR, ".assistant-open-list").click()
    becomes(browser, "document.getElementById('chat-list').matches(':popover-open')")
    assert browser.execute_script(
        "return document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    )


def test_a_file_that_is_dropped_joins_those_before_it_and_is_taken_out_again(
    browser: Chrome, site: Site
) -> None:
    sign_in(browser, site, site.email)
    browser.get(f"{site.url}/assistant/")
    becomes(browser, "document.readyState === 'complete'")
    for name in ("green.txt", "black.txt"):
        browser.execute_script(DROP, name)

    chosen = "return [...document.getElementById('chat-file').files].map((each) => each.name)"
    assert browser.execute_script(chosen) == ["green.txt", "black.txt"]
    browser.find_element(By.CSS_SELECTOR, "[data-files] button").click()
    assert browser.execute_script(chosen) == ["black.txt"]
    assert browser.find_element(By.CSS_SELECTOR, "[data-files] span").text == "black.txt"
