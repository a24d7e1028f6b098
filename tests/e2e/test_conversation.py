"""The main job through a real browser: ask, read the answer with its source, see it as staff, type over."""

import pytest
from selenium.common.exceptions import StaleElementReferenceException, TimeoutException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.expected_conditions import presence_of_element_located
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.conftest import PATIENCE, PHONE, Site

pytestmark = pytest.mark.e2e

ANSWER = "Delivery within mainland China takes two to three days and costs 12 yuan [1]."


def shows(browser: Chrome, text: str, seconds: float = PATIENCE) -> None:
    # A form that is sent loads the page anew, and the body may go while it is read.
    waiting = WebDriverWait(browser, seconds, ignored_exceptions=[StaleElementReferenceException])
    try:
        waiting.until(lambda page: text in page.find_element(By.TAG_NAME, "body").text)
    except TimeoutException:
        seen = browser.find_element(By.TAG_NAME, "body").text
        pytest.fail(f"the page never showed {text!r}, but:\n{seen}")


def ask(browser: Chrome, site: Site, question: str) -> None:
    browser.get(f"{site.url}/c/{site.slug}/?language=en")
    box = browser.find_element(By.ID, "message")
    box.send_keys(question, Keys.ENTER)


def sign_in(browser: Chrome, site: Site) -> None:
    browser.get(f"{site.url}/accounts/login/")
    browser.find_element(By.NAME, "login").send_keys(site.email)
    browser.find_element(By.NAME, "password").send_keys(site.password, Keys.ENTER)
    WebDriverWait(browser, PATIENCE).until(lambda page: "/accounts/login" not in page.current_url)


def test_a_visitor_gets_an_answer_with_its_source(browser: Chrome, site: Site) -> None:
    site.next_answer(ANSWER, to="How long does delivery take?")

    ask(browser, site, "How long does delivery take?")

    shows(browser, "takes two to three days and costs 12 yuan")
    WebDriverWait(browser, PATIENCE).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".citation"))


def test_a_reload_keeps_the_conversation(browser: Chrome, site: Site) -> None:
    site.next_answer(ANSWER, to="Is delivery fast?")
    ask(browser, site, "Is delivery fast?")
    shows(browser, "costs 12 yuan")

    browser.refresh()

    shows(browser, "Is delivery fast?")
    shows(browser, "costs 12 yuan")


END_GAP = "const [box] = arguments; return box.scrollHeight - box.scrollTop - box.clientHeight"


def gap_below(browser: Chrome, selector: str) -> float:
    return float(browser.execute_script(END_GAP, browser.find_element(By.CSS_SELECTOR, selector)))


READ_FURTHER_UP = """
    const [done] = arguments;
    const box = document.getElementById("scroll");
    const frames = async () => [await new Promise(requestAnimationFrame), await new Promise(requestAnimationFrame)];
    (async () => {
      box.scrollTop = 0;
      await frames();
      document.getElementById("standing").textContent = "It is your turn soon. ".repeat(9);
      await frames();
      done(box.scrollTop);
    })();
"""


def test_the_chat_stays_at_its_end_after_a_load_and_beside_a_line_of_status(
    browser: Chrome, site: Site
) -> None:
    browser.set_window_size(*PHONE)
    browser.get(f"{site.url}/c/{site.slug}/")
    # The browser is that of the test before, whose conversation a person may have taken over.
    browser.execute_script("localStorage.clear()")
    site.next_answer(f"{ANSWER}\n\n" * 12, to="Tell me all.")
    ask(browser, site, "How long does delivery take? Tell me all.")
    shows(browser, "costs 12 yuan")
    WebDriverWait(browser, PATIENCE).until(lambda page: page.find_elements(By.CLASS_NAME, "offers"))

    WebDriverWait(browser, PATIENCE).until(lambda page: gap_below(page, "#scroll") < 2)
    browser.refresh()
    WebDriverWait(browser, PATIENCE).until(lambda page: page.find_elements(By.CLASS_NAME, "offers"))
    WebDriverWait(browser, PATIENCE).until(lambda page: gap_below(page, "#scroll") < 2)

    standing = "document.getElementById('standing').textContent = 'Somebody will be with you. '.repeat(6)"
    browser.execute_script(standing)
    # A size is noticed once the page was drawn.
    WebDriverWait(browser, PATIENCE).until(lambda page: gap_below(page, "#scroll") < 2)

    assert browser.execute_async_script(READ_FURTHER_UP) == 0, (
        "whoever reads further up is taken away from it"
    )


TAKES_THE_PLACE_OF_ANOTHER = """
    const [done] = arguments;
    const frame = () => new Promise(requestAnimationFrame);
    (async () => {
      const loaded = performance.getEntriesByType("resource").find(({ name }) => name.includes("keep_end"));
      const { keepEnd } = await import(loaded.name);
      const box = document.createElement("div");
      box.style = "position: fixed; inset: 0; height: 300px; overflow: auto";
      const answer = box.appendChild(document.createElement("div"));
      answer.style.height = "2000px";
      document.body.append(box);
      const end = keepEnd(box);
      end.toEnd();
      await frame();
      await frame();
      // The box moves with what arrives; before the browser says so, a shorter thing stands there and grows.
      answer.style.height = "2200px";
      await new Promise((drawn) => setTimeout(drawn));
      answer.style.height = "0px";
      end.toEnd();
      answer.style.height = "900px";
      await frame();
      await frame();
      done(end.isFollowing);
    })();
"""


def test_the_chat_follows_an_answer_that_takes_the_place_of_another(browser: Chrome, site: Site) -> None:
    browser.get(f"{site.url}/c/{site.slug}/")

    assert browser.execute_async_script(TAKES_THE_PLACE_OF_ANOTHER), "nobody scrolled up"


def open_newest(browser: Chrome) -> None:
    """Rows are drawn anew whenever something moves; then another element has to be clicked."""

    def clicked(page: Chrome) -> bool:
        page.find_element(By.CSS_SELECTOR, "main .conversation-row a").click()
        return True

    WebDriverWait(browser, PATIENCE, ignored_exceptions=[StaleElementReferenceException]).until(clicked)


def test_staff_type_over_and_the_visitor_reads_it(browser: Chrome, site: Site) -> None:
    site.next_answer(ANSWER, to="take, please?")
    ask(browser, site, "How long does delivery take, please?")
    shows(browser, "costs 12 yuan")
    visitor = browser.current_window_handle

    browser.switch_to.new_window("tab")
    sign_in(browser, site)
    browser.get(f"{site.url}/conversations/")
    open_newest(browser)
    # The list says the question too; only the conversation has a place to answer it.
    reply = WebDriverWait(browser, PATIENCE).until(presence_of_element_located((By.ID, "reply")))
    shows(browser, "How long does delivery take, please?")
    reply.send_keys("Alice here: it arrives tomorrow.", Keys.ENTER)
    shows(browser, "Alice here: it arrives tomorrow.")
    browser.close()

    browser.switch_to.window(visitor)
    shows(browser, "Alice here: it arrives tomorrow.")


@pytest.mark.parametrize("path", ["/", "/jobs/", "/conversations/", "/knowledge/"])
def test_pages_fit_a_phone(browser: Chrome, site: Site, path: str) -> None:
    sign_in(browser, site)
    browser.set_window_size(*PHONE)

    browser.get(site.url + path)

    overflow = browser.execute_script("return document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


BROKEN_WORDS = """
    const broken = [];
    for (const cell of document.querySelectorAll(".table :is(th, td)")) {
      const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        for (const { 0: word, index } of texts.currentNode.data.matchAll(/[\\w.@]+/g)) {
          const range = document.createRange();
          range.setStart(texts.currentNode, index);
          range.setEnd(texts.currentNode, index + word.length);
          if (word.length < 30 && new Set([...range.getClientRects()].map(({ top }) => top)).size > 1) broken.push(word);
        }
      }
    }
    return broken;
"""


@pytest.mark.parametrize("path", ["/team/", "/api-keys/", "/audit/"])
def test_no_table_breaks_a_word_however_narrow(browser: Chrome, site: Site, path: str) -> None:
    sign_in(browser, site)
    browser.set_window_size(700, 900)

    browser.get(site.url + path)

    assert browser.find_elements(By.CSS_SELECTOR, ".table td")
    assert browser.execute_script(BROKEN_WORDS) == []


def test_focus_and_what_can_be_pressed_show_in_forced_colours(browser: Chrome, site: Site) -> None:
    sign_in(browser, site)
    forced = {"features": [{"name": "forced-colors", "value": "active"}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", forced)
    browser.get(f"{site.url}/api-keys/new/")

    browser.find_element(By.ID, "id_name").send_keys(Keys.TAB)

    drawn = browser.execute_script(
        "const focused = getComputedStyle(document.activeElement);"
        "const send = getComputedStyle(document.querySelector('.button-primary'));"
        "return [focused.outlineStyle, parseFloat(focused.outlineWidth), parseFloat(send.borderTopWidth)]"
    )
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
    assert drawn == ["solid", 2, 2]
