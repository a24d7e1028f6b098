"""The main job through a real browser: ask, read the answer with its source, see it as staff, type over."""

import pytest
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from tests.e2e.conftest import PHONE, Site

pytestmark = pytest.mark.e2e

ANSWER = "Delivery within mainland China takes two to three days and costs 12 yuan [1]."


def shows(browser: Chrome, text: str, seconds: float = 15) -> None:
    # A form that is sent loads the page anew, and the body may go while it is read.
    WebDriverWait(browser, seconds, ignored_exceptions=[StaleElementReferenceException]).until(
        lambda page: text in page.find_element(By.TAG_NAME, "body").text, f"the page never showed: {text}"
    )


def ask(browser: Chrome, site: Site, question: str) -> None:
    browser.get(f"{site.url}/c/{site.slug}/?language=en")
    box = browser.find_element(By.ID, "message")
    box.send_keys(question, Keys.ENTER)


def sign_in(browser: Chrome, site: Site) -> None:
    browser.get(f"{site.url}/accounts/login/")
    browser.find_element(By.NAME, "login").send_keys(site.email)
    browser.find_element(By.NAME, "password").send_keys(site.password, Keys.ENTER)
    WebDriverWait(browser, 10).until(lambda page: "/accounts/login" not in page.current_url)


def test_a_visitor_gets_an_answer_with_its_source(browser: Chrome, site: Site) -> None:
    site.next_answer(ANSWER)

    ask(browser, site, "How long does delivery take?")

    shows(browser, "takes two to three days and costs 12 yuan")
    assert browser.find_elements(By.CSS_SELECTOR, ".citation")


def test_a_reload_keeps_the_conversation(browser: Chrome, site: Site) -> None:
    site.next_answer(ANSWER)
    ask(browser, site, "Is delivery fast?")
    shows(browser, "costs 12 yuan")

    browser.refresh()

    shows(browser, "Is delivery fast?")
    shows(browser, "costs 12 yuan")


def open_newest(browser: Chrome) -> None:
    """Rows are drawn anew whenever something moves; then another element has to be clicked."""

    def clicked(page: Chrome) -> bool:
        page.find_element(By.CSS_SELECTOR, "main .conversation-row a").click()
        return True

    WebDriverWait(browser, 10, ignored_exceptions=[StaleElementReferenceException]).until(clicked)


def test_staff_type_over_and_the_visitor_reads_it(browser: Chrome, site: Site) -> None:
    site.next_answer(ANSWER)
    ask(browser, site, "Where is my parcel?")
    shows(browser, "costs 12 yuan")
    visitor = browser.current_window_handle

    browser.switch_to.new_window("tab")
    sign_in(browser, site)
    browser.get(f"{site.url}/conversations/")
    open_newest(browser)
    shows(browser, "Where is my parcel?")
    browser.find_element(By.ID, "reply").send_keys("Alice here: it arrives tomorrow.", Keys.ENTER)
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
