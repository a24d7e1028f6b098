"""The pages and the API of regression sets."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.customer_service import tasks
from apps.customer_service.channels.models import Channel
from apps.customer_service.regression import questions, runs
from apps.customer_service.regression.models import RegressionQuestion, RegressionRun
from apps.customer_service.regression.questions import Expected

pytestmark = pytest.mark.django_db
PAGE = "/conversations/regression/"
DELIVERY = "How long does delivery take?"
GOOD = "Delivery inside the city takes two to four working days [1]."


@pytest.fixture
def delivery(alice_actor, channel, handbook):
    return questions.save_question(
        alice_actor, channel=channel, text=DELIVERY, expected=Expected(expected_facts=["4 days"])
    )


def finished(actor, channel, **fields):
    run = runs.start_run(actor, channel=channel, **fields)
    tasks.run_regression(str(run.job_id))
    run.refresh_from_db()
    return run


def test_the_empty_page_says_what_questions_are_for(alice_browser, channel):
    assert "No questions yet" in alice_browser.get(PAGE).text


def test_a_question_is_written_on_its_page(alice_browser, channel, handbook):
    form = {
        "channel": channel.pk,
        "text": DELIVERY,
        "expected_facts": "4 days | four days\n\n12 yuan",
        "forbidden_facts": "",
        "expected_documents": [handbook.pk],
    }
    handbook.is_live = True
    handbook.save()

    answer = alice_browser.post(f"{PAGE}questions/new/", form)

    assert answer.status_code == 302, answer.text
    question = RegressionQuestion.objects.get()
    assert question.expected_facts == ["4 days | four days", "12 yuan"]
    assert list(question.expected_documents.all()) == [handbook]
    assert DELIVERY in alice_browser.get(PAGE).text


def test_an_unusable_question_is_explained_beside_its_field(alice_browser, channel, delivery):
    page = alice_browser.post(f"{PAGE}questions/new/", {"channel": channel.pk, "text": DELIVERY})

    assert page.status_code == 200
    assert "This channel has this question already" in page.text


def test_a_question_is_made_from_a_conversation(alice_browser, desk, says):
    says(GOOD)
    asked = desk.open(DELIVERY)
    desk.work(asked.job)
    answer = desk.turns(asked.conversation)[-1]

    for turn in (asked.turn, answer):
        assert DELIVERY in alice_browser.get(f"{PAGE}questions/new/?turn={turn.pk}").text


def test_a_message_of_another_shop_makes_no_question(bob_browser, rival, desk):
    asked = desk.open("Secret question of the Tea House")

    page = bob_browser.get(f"{PAGE}questions/new/?turn={asked.turn.pk}")

    assert "Secret question" not in page.text


def test_a_run_is_started_watched_and_read(alice_browser, channel, delivery, says):
    answer = alice_browser.post(f"{PAGE}channels/{channel.pk}/run/", {"label": "first", "instructions": ""})
    run = RegressionRun.objects.get()
    assert answer["Location"] == f"{PAGE}runs/{run.pk}/"
    assert "hx-trigger" in alice_browser.get(answer["Location"]).text
    says(GOOD)
    tasks.run_regression(str(run.job_id))

    page = alice_browser.get(answer["Location"]).text

    assert "two to four working days" in page
    assert "1 / 1" in page
    assert 'hx-trigger="every 2s"' not in page
    assert "passed" in alice_browser.get(PAGE).text


def test_a_draft_is_compared_and_goes_live_by_a_click(alice_browser, alice_actor, channel, delivery, says):
    says(GOOD)
    finished(alice_actor, channel)
    says("Gift wrapping is free <b>for all</b>.")
    draft = finished(alice_actor, channel, instructions="Mention gifts.")

    compared = alice_browser.get(f"{PAGE}runs/{draft.pk}/compare/").text
    assert "got worse" in compared
    assert "<ins>" in compared
    assert "<b>for all" not in compared

    alice_browser.post(f"{PAGE}runs/{draft.pk}/apply/")
    assert Channel.objects.get(pk=channel.pk).instructions == "Mention gifts."


def test_a_running_run_is_stopped_on_its_page_and_continued(alice_browser, alice_actor, channel, delivery):
    run = runs.start_run(alice_actor, channel=channel)

    alice_browser.post(f"{PAGE}runs/{run.pk}/cancel/")
    assert "The run was stopped" in alice_browser.get(f"{PAGE}runs/{run.pk}/").text

    alice_browser.post(f"{PAGE}runs/{run.pk}/continue/")
    run.job.refresh_from_db()
    assert run.job.state == "queued"


def test_questions_are_imported_from_a_file(alice_browser, channel):
    file = SimpleUploadedFile("q.csv", "question,expected_facts\n发货要几天？,三天\n".encode())

    alice_browser.post(f"{PAGE}questions/import/", {"channel": channel.pk, "file": file})

    assert RegressionQuestion.objects.get().expected_facts == ["三天"]
    exported = alice_browser.get(f"{PAGE}questions/export/?channel={channel.pk}")
    assert "发货要几天？" in b"".join(exported.streaming_content).decode()


def test_a_file_with_a_wrong_line_is_explained(alice_browser, channel):
    file = SimpleUploadedFile("q.csv", b"question,unanswerable,expected_facts\nWhat?,yes,a fact\n")

    page = alice_browser.post(f"{PAGE}questions/import/", {"channel": channel.pk, "file": file})

    assert "Row 2:" in page.text


def test_a_deleted_question_leaves_its_results(alice_browser, alice_actor, channel, delivery, says):
    says(GOOD)
    run = finished(alice_actor, channel)

    alice_browser.post(f"{PAGE}questions/{delivery.pk}/delete/")

    assert DELIVERY in alice_browser.get(f"{PAGE}runs/{run.pk}/").text


def test_the_api_keeps_questions_and_runs_them(alice_api, channel, handbook, says):
    made = alice_api.post_json(
        "/api/v1/regression-questions/",
        {"channel": str(channel.pk), "text": DELIVERY, "expected_documents": [str(handbook.pk)]},
    )
    assert made.status_code == 201, made.text
    address = f"/api/v1/regression-questions/{made.json()['id']}/"
    body = {"channel": str(channel.pk), "text": DELIVERY, "expected_facts": ["4 days"]}
    assert alice_api.put(address, body, content_type="application/json").json()["expected_facts"] == [
        "4 days"
    ]

    started = alice_api.post_json("/api/v1/regression-runs/", {"channel": str(channel.pk), "label": "api"})
    assert started.status_code == 202
    run = RegressionRun.objects.get()
    says(GOOD)
    tasks.run_regression(str(run.job_id))
    says("Delivery inside the city costs 12 yuan [1].")
    again = alice_api.post_json("/api/v1/regression-runs/", {"channel": str(channel.pk)}).json()
    tasks.run_regression(again["job"])

    read = alice_api.get(f"/api/v1/regression-runs/{run.pk}/").json()
    compared = alice_api.get(f"/api/v1/regression-runs/{again['id']}/compare/").json()
    assert (read["state"], read["passed"], read["answers"][0]["is_passed"]) == ("succeeded", 1, True)
    assert compared["counts"]["worse"] == 1
    assert compared["pairs"][0]["after"]["problem_texts"] == ["It does not say: 4 days"]
    assert alice_api.get(address).json()["last_passed"] is False
    assert alice_api.delete(address).status_code == 204


def test_the_api_names_no_row_of_another_shop(bob_api, rival_channel, channel, handbook, delivery):
    body = {"channel": str(channel.pk), "text": "x"}
    assert bob_api.post_json("/api/v1/regression-questions/", body).status_code == 404
    body = {"channel": str(rival_channel.pk), "text": "x", "expected_documents": [str(handbook.pk)]}
    assert bob_api.post_json("/api/v1/regression-questions/", body).status_code == 404
    assert bob_api.get(f"/api/v1/regression-questions/{delivery.pk}/").status_code == 404
