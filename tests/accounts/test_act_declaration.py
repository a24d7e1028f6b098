"""A button for one row: it acts, goes back and says what came of it; nobody else reaches the row."""

import pytest
from django.test import Client

from apps.accounts.models import Organisation
from apps.marketing.experiments.models import Experiment


@pytest.fixture
def running(tea_house: Organisation) -> Experiment:
    return Experiment.objects.create(
        organisation=tea_house, name="Spring", status=Experiment.Status.RUNNING, shares={"": {}}
    )


def test_it_acts_and_the_page_of_the_row_says_so(alice_browser: Client, running: Experiment) -> None:
    answer = alice_browser.post(f"{running.get_absolute_url()}stop/", {"reason": "Sold out."}, follow=True)

    running.refresh_from_db()
    assert answer.redirect_chain == [(running.get_absolute_url(), 302)]
    assert "Stopped." in answer.text
    assert (running.status, running.stop_reason) == (Experiment.Status.STOPPED, "Sold out.")


@pytest.mark.parametrize(
    ("reason", "told"), [("", "This experiment is not running."), ("x" * 301, "at most 300 characters")]
)
def test_a_refusal_is_told_on_the_page_of_the_row(
    alice_browser: Client, running: Experiment, reason: str, told: str
) -> None:
    Experiment.objects.update(status=Experiment.Status.DRAFT)

    answer = alice_browser.post(f"{running.get_absolute_url()}stop/", {"reason": reason}, follow=True)

    assert answer.redirect_chain == [(running.get_absolute_url(), 302)]
    assert told in answer.text


def test_a_stranger_meets_no_row_and_an_address_that_is_opened_does_nothing(
    alice_browser: Client, bob_browser: Client, running: Experiment
) -> None:
    address = f"{running.get_absolute_url()}stop/"

    assert bob_browser.post(address).status_code == 404
    assert alice_browser.get(address).status_code == 405
    running.refresh_from_db()
    assert running.status == Experiment.Status.RUNNING
