"""Experiments in the portal: none, being set up, running, stopped, simulated."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.marketing.copywriting.models import CopyVariant
from apps.marketing.experiments.models import EventBatch, EventIntake, Experiment
from apps.marketing.segments.models import Segment
from tests.conftest import browser_of
from tests.marketing.experiments.conftest import NewExperiment, counted, event_of, sent, shown
from tests.marketing.experiments.test_experiments import counts

pytestmark = pytest.mark.django_db
LIST = "/marketing/experiments/"


def page_of(browser: Client, path: str) -> str:
    answer = browser.get(path)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_without_experiments_the_page_says_what_they_are_for(alice_browser: Client) -> None:
    assert "No experiment yet" in page_of(alice_browser, LIST)
    assert "No approved text yet" in page_of(alice_browser, f"{LIST}new/")


def test_an_experiment_is_set_up_started_and_stopped(alice_browser: Client, texts: list[CopyVariant]) -> None:
    brief = texts[0].brief
    assert brief.product in page_of(alice_browser, f"{LIST}new/")
    form = {
        "name": "Spring",
        "variants": [str(each.pk) for each in texts[:2]],
        "metric": "conversion",
        "allocation": "fixed",
        "text_shares": "60, 30",
        "control_percent": "10",
        "min_exposures": "400",
        "max_increase_percent": "20",
    }

    made = alice_browser.post(f"{LIST}new/?brief={brief.pk}", form)

    experiment = Experiment.objects.get()
    assert (made.status_code, made["Location"]) == (302, experiment.get_absolute_url())
    assert [arm.planned_share for arm in experiment.arms.all()] == [0.6, 0.3, 0.1]
    assert "Not started" in page_of(alice_browser, experiment.get_absolute_url())
    alice_browser.post(f"{experiment.get_absolute_url()}start/")
    page = page_of(alice_browser, experiment.get_absolute_url())
    assert "No winner yet. The smallest group has 0 of 400 people." in page
    assert "No exposures yet." in page
    assert "no data yet" in page
    alice_browser.post(f"{experiment.get_absolute_url()}stop/", {"reason": "The offer is over."})
    assert "The offer is over." in page_of(alice_browser, experiment.get_absolute_url())


def test_shares_that_contradict_each_other_are_said_beside_their_field(
    alice_browser: Client, texts: list[CopyVariant]
) -> None:
    form = {
        "name": "Spring",
        "variants": [str(each.pk) for each in texts[:2]],
        "metric": "click",
        "allocation": "fixed",
        "text_shares": "60, 60",
        "control_percent": "10",
        "min_exposures": "400",
        "max_increase_percent": "20",
    }

    page = alice_browser.post(f"{LIST}new/?brief={texts[0].brief_id}", form).content.decode()

    assert "must add up to 1" in page
    assert not Experiment.objects.exists()


def test_the_number_of_people_is_proposed(alice_browser: Client, texts: list[CopyVariant]) -> None:
    path = f"{LIST}new/?brief={texts[0].brief_id}"
    typed = {"name": "Spring", "variants": [str(texts[0].pk)], "propose": "1", "min_exposures": "1"}

    page = alice_browser.post(path, typed | {"expected_rate": "3", "expected_lift": "30"}).content.decode()
    impossible = alice_browser.post(
        path, typed | {"expected_rate": "90", "expected_lift": "30"}
    ).content.decode()

    assert 'value="8' in page
    assert "checked" in page
    assert "must be below 100%" in impossible


def test_the_page_draws_what_is_known_and_says_it_in_a_table(
    alice_browser: Client, new_experiment: NewExperiment, alice_actor: Actor
) -> None:
    segment = Segment.objects.create(organisation=alice_actor.organisation, name="Regulars")
    experiment = new_experiment(segments=[segment], control_share=0.2, metric="conversion")
    exposures = shown(experiment, 60)
    sent(experiment, [event_of(each, "conversion", revenue=9) for each in exposures[:20]])

    page = page_of(alice_browser, experiment.get_absolute_url())

    assert page.count("experiment-line experiment-line-0") >= 2
    assert "Rate estimates" in page
    assert "View as table" in page
    assert "Control: no message" in page
    assert "Regulars" in page
    assert "as planned" in page


def test_lines_over_days(alice_browser: Client, experiment: Experiment) -> None:
    counts(experiment, (400, 10), (400, 60))
    shown(experiment, 10)

    page = page_of(alice_browser, experiment.get_absolute_url())

    assert "Rates of 2 texts over 2 days." in page


@pytest.mark.slow
def test_simulated_figures_say_so(alice_browser: Client, new_experiment: NewExperiment) -> None:
    experiment = new_experiment(is_simulated=True)
    counts(experiment, (400, 10), (400, 60))
    shown(experiment, 10)

    page = page_of(alice_browser, experiment.get_absolute_url())

    # The table and both drawings.
    assert page.count("Simulated data, not real behaviour.") == 3
    assert "simulated" in page_of(alice_browser, LIST)


def test_a_winner_is_taken_on_the_page(alice_browser: Client, experiment: Experiment) -> None:
    arm = experiment.arms.all()[0]

    alice_browser.post(f"{LIST}arms/{arm.pk}/take/")

    experiment.refresh_from_db()
    assert (experiment.winner, experiment.status) == (arm, "stopped")
    assert "Winner picked manually." in page_of(alice_browser, experiment.get_absolute_url())


def test_a_draft_is_deleted(alice_browser: Client, new_experiment: NewExperiment) -> None:
    draft, running = new_experiment(is_started=False), new_experiment()

    alice_browser.post(f"{draft.get_absolute_url()}delete/")
    alice_browser.post(f"{running.get_absolute_url()}delete/")

    assert list(Experiment.objects.all()) == [running]


def test_a_file_of_events_is_counted(alice_browser: Client, experiment: Experiment) -> None:
    exposures = shown(experiment, 3)
    rows = [event_of(each, exposure=str(each.pk)) for each in exposures]
    table = io.StringIO()
    writer = csv.DictWriter(table, rows[0])
    writer.writeheader()
    writer.writerows([*rows, rows[0] | {"type": "looked", "event_key": "x"}])
    file = SimpleUploadedFile("events.csv", table.getvalue().encode())

    page = " ".join(alice_browser.post(f"{LIST}events/", {"file": file}).content.decode().split())

    assert "Counting 3 events." in page
    assert "Row 3: type must be" in page
    assert (counted(experiment).counted, EventIntake.objects.get().malformed) == (3, 1)
    nothing = SimpleUploadedFile("events.csv", b"a,b\n1,2\n")
    assert "Missing: event_key" in alice_browser.post(f"{LIST}events/", {"file": nothing}).content.decode()


def test_who_may_not_report_responses_reads_them_and_uploads_none(
    alice_browser: Client, alice_actor: Actor
) -> None:
    dora = User.objects.create_user("dora@tea.example", name="Dora")
    Membership.objects.create(organisation=alice_actor.organisation, user=dora, role="copy_approver")
    browser = browser_of(dora)

    page = browser.get("/marketing/experiments/events/").text
    file = SimpleUploadedFile("events.csv", b"id,event\n1,click\n")
    refused = browser.post("/marketing/experiments/events/", {"file": file})

    assert 'name="file"' not in page
    assert 'name="file"' in alice_browser.get("/marketing/experiments/events/").text
    assert refused.status_code == 403
    assert not EventBatch.objects.exists()
