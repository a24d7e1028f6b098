"""What is asked before an act, in a real browser: in the product's own dialog; and times on the organisation's clocks.

Pages are rendered here and served as they are, as for `test_accessibility`.
"""

from pathlib import Path

import pytest
from django.test import Client
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation, User
from apps.jobs.models import Job
from apps.knowledge import services as knowledge
from tests.architecture.instances import Belongings
from tests.e2e.test_accessibility import rendered  # noqa: F401  (fixture)
from tests.e2e.test_inbox import becomes

pytestmark = [pytest.mark.e2e, pytest.mark.django_db]
IS_OPEN = "document.getElementById('confirm-dialog').open"
FORM = "document.querySelector('form[data-confirm]')"


@pytest.fixture
def asking(
    browser: Chrome,
    rendered: str,  # noqa: F811
    tmp_path: Path,
    alice_browser: Client,
    alice_actor: Actor,
) -> Chrome:
    """A page with a question on it. What would be sent is counted instead."""
    collection = knowledge.create_collection(alice_actor, name="Handbook of tea")
    page = alice_browser.get(f"/knowledge/collections/{collection.pk}/", headers={"Accept-Language": "en"})
    assert page.status_code == 200
    (tmp_path / "page.html").write_bytes(page.content)
    browser.get(f"{rendered}/page")
    becomes(browser, f"!!{FORM} && document.readyState == 'complete'")
    browser.execute_script(
        "window.sent = 0; addEventListener('submit', (event) => {"
        " if (event.target.method != 'dialog' && !event.defaultPrevented) { window.sent++; event.preventDefault(); } })"
    )
    return browser


def press(browser: Chrome) -> None:
    browser.execute_script(f"{FORM}.querySelector('button').click()")
    becomes(browser, IS_OPEN)


def test_a_question_is_asked_and_the_button_repeats_the_act(asking: Chrome) -> None:
    press(asking)
    dialog = asking.find_element(By.ID, "confirm-dialog")
    assert dialog.find_element(By.TAG_NAME, "h2").text == "Delete this collection?"
    lines = dialog.find_elements(By.CSS_SELECTOR, "[data-confirm-lines] p")
    assert [each.text for each in lines] == ["Handbook of tea", "This cannot be undone."]
    assert "button-danger" in dialog.find_element(By.CSS_SELECTOR, "[value=yes]").get_attribute("class")
    assert [each.text for each in dialog.find_elements(By.TAG_NAME, "button")] == ["Cancel", "Delete"]
    assert asking.switch_to.active_element.text == "Cancel"

    dialog.find_element(By.CSS_SELECTOR, "[data-close-dialog]").click()
    becomes(asking, f"!{IS_OPEN}")
    assert asking.execute_script("return window.sent") == 0

    press(asking)
    dialog.find_element(By.CSS_SELECTOR, "[value=yes]").click()
    becomes(asking, "window.sent == 1")


def test_a_question_asked_at_once_after_another_gets_its_own_answer(asking: Chrome) -> None:
    """A browser fires `close` in a task of its own, after what closed the dialog and asked again in one go."""
    answers = asking.execute_async_script(
        "const [done] = arguments; import('/static/portal/confirm.js').then(async ({ ask }) => {"
        " const dialog = document.getElementById('confirm-dialog');"
        " const first = ask('First?'); dialog.close(); const second = ask('Second?');"
        " await new Promise((resolve) => setTimeout(resolve)); dialog.close('yes');"
        " done([await first, await second]); })"
    )

    assert answers == [False, True]


def test_a_name_with_a_question_mark_does_not_end_the_question(asking: Chrome) -> None:
    heading = asking.execute_async_script(
        "const [done] = arguments; import('/static/portal/confirm.js').then(({ ask }) => {"
        " ask('Revoke “What now? Shop”? It stops at once.', { about: 'What now? Shop' });"
        " const dialog = document.getElementById('confirm-dialog');"
        " done([...dialog.querySelectorAll('h2, p')].map((each) => each.textContent)); })"
    )

    assert heading == ["Revoke “What now? Shop”?", "It stops at once."]


def test_jobs_that_were_ticked_are_counted(
    browser: Chrome,
    rendered: str,  # noqa: F811
    tmp_path: Path,
    alice_browser: Client,
    alice: User,
    tea_house: Organisation,
) -> None:
    Belongings(tea_house, alice).one(Job)
    (tmp_path / "page.html").write_bytes(
        alice_browser.get("/jobs/", headers={"Accept-Language": "en"}).content
    )
    browser.get(f"{rendered}/page")
    becomes(browser, "document.readyState == 'complete' && !!document.querySelector('#job-rows input')")

    browser.find_element(By.CSS_SELECTOR, "#job-rows input[name=job]").click()
    browser.find_element(By.CSS_SELECTOR, "#job-change [value=cancel]").click()

    becomes(browser, IS_OPEN)
    lines = browser.find_elements(By.CSS_SELECTOR, "#confirm-dialog p")
    assert [each.text for each in lines] == ["Selected: 1", "Their progress is lost."]


def test_an_old_time_is_not_moved_to_the_clocks_of_the_browser(asking: Chrome) -> None:
    asking.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": "America/New_York"})

    shown = asking.execute_async_script(
        "const [done] = arguments; import('/static/portal/times.js').then("
        "(times) => done(times.relativeText(new Date('2020-08-31T07:16:00Z'))))"
    )

    asking.execute_cdp_cmd("Emulation.setTimezoneOverride", {"timezoneId": ""})
    assert "3:16" in shown
