"""The page and the API of intents."""

import pytest

from apps.customer_service.understanding import intents
from apps.customer_service.understanding.models import ClassifierVersion, Intent, MessageUnderstanding
from apps.jobs import runs
from apps.jobs.models import Job
from tests.customer_service.understanding_fixtures import INTENTS, learn, read
from tests.live_pages import follows_jobs

pytestmark = pytest.mark.django_db
PAGE = "/conversations/intents/"


def test_without_intents_the_page_says_what_one_is(alice_browser):
    page = alice_browser.get(PAGE)

    assert "No intents yet" in page.text
    assert "Train now" not in page.text


def test_an_intent_is_made_on_its_page(alice_browser):
    form = {"name": "refund", "examples": "I want my money back\nplease refund my order\n\n"}

    answer = alice_browser.post(f"{PAGE}new/", form)

    assert answer.status_code == 302
    intent = Intent.objects.get()
    assert [example.text for example in intent.examples.all()] == form["examples"].split("\n")[:2]
    assert "Learning from the examples" in alice_browser.get(PAGE).text


def test_one_example_is_refused_beside_the_field(alice_browser):
    page = alice_browser.post(f"{PAGE}new/", {"name": "refund", "examples": "money back"})

    assert "Enter at least two examples" in page.text
    assert not Intent.objects.exists()


@pytest.mark.slow
def test_the_page_shows_how_well_intents_are_told_apart(alice_browser, taught):
    page = alice_browser.get(PAGE).text

    assert "Accuracy" in page
    assert "of 4 “refund” classified as" in page
    assert not follows_jobs(page.split('id="learnt"')[1].split(">")[0])


def test_a_failed_training_says_why_and_keeps_the_page(alice_browser, alice_actor):
    intents.save_intent(alice_actor, name="refund", examples=INTENTS["refund"])
    job = Job.objects.get()
    Job.objects.filter(pk=job.pk).update(max_attempts=1)
    runs.execute(job.pk)

    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert job.error_message in alice_browser.get(PAGE).text


@pytest.mark.slow
def test_an_earlier_version_is_used_again_by_a_click(alice_browser, alice_actor, taught):
    learn(alice_actor)
    first = ClassifierVersion.objects.get(purpose="intent", number=1)

    alice_browser.post(f"{PAGE}versions/{first.pk}/restore/")

    first.refresh_from_db()
    assert first.is_active


@pytest.mark.slow
def test_badges_show_staff_what_a_message_says(desk, alice_browser, taught):
    received = desk.open("This is the worst service, refund my order A-1029 immediately")
    read(received)

    page = alice_browser.get(f"/conversations/{received.conversation.pk}/").text

    assert "A-1029" in page
    assert ">urgent<" in page
    assert ">refund<" in page


def test_the_api_makes_reads_changes_and_deletes_intents(alice_api):
    made = alice_api.post_json("/api/v1/intents/", {"name": "refund", "examples": ["money back", "refund"]})
    assert made.status_code == 201
    address = f"/api/v1/intents/{made.json()['id']}/"

    changed = alice_api.put(
        address, {"name": "refunds", "examples": ["one", "two"]}, content_type="application/json"
    )

    assert changed.json()["examples"] == ["one", "two"]
    assert alice_api.delete(address).status_code == 204
    assert alice_api.get(address).status_code == 404


def test_the_api_says_which_field_is_wrong(alice_api):
    refused = alice_api.post_json("/api/v1/intents/", {"name": "refund", "examples": ["one"]})

    assert refused.status_code == 400
    assert "examples" in refused.json()["error"]["fields"]


def test_a_stranger_finds_no_intent(bob_api, alice_actor):
    intent = intents.save_intent(alice_actor, name="refund", examples=INTENTS["refund"])

    assert bob_api.get(f"/api/v1/intents/{intent.pk}/").status_code == 404
    assert bob_api.delete(f"/api/v1/intents/{intent.pk}/").status_code == 404


@pytest.mark.slow
def test_the_api_shows_staff_what_was_read(desk, alice_api, taught):
    received = desk.open("where is my parcel")
    read(received)

    messages = alice_api.get(f"/api/v1/conversations/{received.conversation.pk}/turns/").json()["results"]

    assert messages[0]["understanding"]["intent"] == "delivery"
    assert MessageUnderstanding.objects.count() == 1
