"""What this desk adds to the pages and the API of an evaluation."""

import pytest
from django.test import Client

from apps.accounts.models import Organisation
from apps.customer_service.channels.models import Channel
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.jobs import runs
from apps.knowledge.models import Document
from tests.conftest import ApiClient
from tests.customer_service.conftest import Desk, Say
from tests.customer_service.regression.conftest import DELIVERY, GOOD, Start, work

pytestmark = pytest.mark.django_db
PAGE = "/conversations/regression/"


def test_the_empty_page_says_what_questions_are_for(alice_browser: Client, channel: Channel) -> None:
    assert "Add what visitors ask most" in alice_browser.get(PAGE).text


def test_without_a_channel_the_page_leads_to_the_channels(alice_browser: Client) -> None:
    page = alice_browser.get(PAGE).text

    assert "Questions belong to a channel" in page
    assert 'href="/conversations/channels/"' in page


def test_a_question_is_written_on_its_page(
    alice_browser: Client, channel: Channel, handbook: Document
) -> None:
    handbook.is_live = True
    handbook.save()
    form = {
        "question_set": channel.pk,
        "text": DELIVERY,
        "expected_facts": "4 days | four days\n\n12 yuan",
        "forbidden_facts": "",
        "expected_documents": [handbook.pk],
    }

    answer = alice_browser.post(f"{PAGE}questions/new/", form)

    assert answer.status_code == 302, answer.text
    question = EvaluationQuestion.objects.get()
    assert question.expected["expected_facts"] == ["4 days | four days", "12 yuan"]
    assert question.expected["expected_documents"] == [str(handbook.pk)]
    listed = alice_browser.get(PAGE).text
    assert DELIVERY in listed
    assert "“12 yuan”" in listed
    edited = alice_browser.get(f"{PAGE}questions/{question.pk}/").text
    assert "4 days | four days\n12 yuan" in edited
    assert "checked" in edited


def test_a_question_is_made_from_a_conversation(alice_browser: Client, desk: Desk, says: Say) -> None:
    says(GOOD)
    asked = desk.open(DELIVERY)
    desk.work(asked.job)
    answer = desk.messages(asked.conversation)[-1]

    for message in (asked.message, answer):
        assert DELIVERY in alice_browser.get(f"{PAGE}questions/new/?message={message.pk}").text


def test_a_message_of_another_shop_makes_no_question(
    bob_browser: Client, rival: Organisation, desk: Desk
) -> None:
    asked = desk.open("Secret question of the Tea House")

    page = bob_browser.get(f"{PAGE}questions/new/?message={asked.message.pk}")

    assert "Secret question" not in page.text


@pytest.mark.slow
def test_draft_instructions_are_compared_and_go_live_by_a_click(
    alice_browser: Client, start: Start, channel: Channel, delivery: EvaluationQuestion, says: Say
) -> None:
    says(GOOD)
    work(start())
    says("Gift wrapping is free <b>for all</b>.")
    draft = work(start(options={"instructions": "Mention gifts."}))

    compared = alice_browser.get(f"{PAGE}runs/{draft.pk}/compare/").text
    assert "got worse" in compared
    assert "<ins>Mention gifts.</ins>" in compared.replace("\n>", ">")
    assert "<b>for all" not in compared

    alice_browser.post(f"{PAGE}runs/{draft.pk}/apply/")
    assert Channel.objects.get(pk=channel.pk).instructions == "Mention gifts."


@pytest.mark.slow
def test_the_api_keeps_questions_and_runs_them(
    alice_api: ApiClient, channel: Channel, handbook: Document, says: Say
) -> None:
    made = alice_api.post_json(
        "/api/v1/regression-questions/",
        {"channel": str(channel.pk), "text": DELIVERY, "expected_documents": [str(handbook.pk)]},
    )
    assert made.status_code == 201, made.text
    assert made.json()["expected_documents"] == [str(handbook.pk)]
    address = f"/api/v1/regression-questions/{made.json()['id']}/"
    body = {"channel": str(channel.pk), "text": DELIVERY, "expected_facts": ["4 days"]}
    changed = alice_api.put(address, body, content_type="application/json").json()
    assert (changed["channel"], changed["expected_facts"], changed["is_unanswerable"]) == (
        str(channel.pk),
        ["4 days"],
        False,
    )

    started = alice_api.post_json("/api/v1/regression-runs/", {"channel": str(channel.pk), "label": "api"})
    assert started.status_code == 202
    run = EvaluationRun.objects.get()
    says(GOOD)
    runs.execute(run.job_id)
    says("Delivery inside the city costs 12 yuan [1].")
    again = alice_api.post_json("/api/v1/regression-runs/", {"channel": str(channel.pk)}).json()
    runs.execute(again["job"])

    read = alice_api.get(f"/api/v1/regression-runs/{run.pk}/").json()
    compared = alice_api.get(f"/api/v1/regression-runs/{again['id']}/compare/").json()
    assert (read["state"], read["passed"], read["answers"][0]["is_passed"]) == ("succeeded", 1, True)
    assert (read["instructions"], read["collections"], read["answers"][0]["action"]) == ("", [], "answer")
    assert compared["counts"]["worse"] == 1
    assert compared["pairs"][0]["after"]["problem_texts"] == ["Missing: 4 days"]
    assert alice_api.get(address).json()["last_passed"] is False
    assert [
        row["id"] for row in alice_api.get(f"/api/v1/regression-runs/?channel={channel.pk}").json()["results"]
    ]
    assert alice_api.delete(address).status_code == 204


def test_a_document_that_was_deleted_is_not_named_any_more(
    alice_api: ApiClient, delivery: EvaluationQuestion, handbook: Document
) -> None:
    handbook.delete()

    (row,) = alice_api.get("/api/v1/regression-questions/").json()["results"]

    assert (row["id"], row["expected_documents"]) == (str(delivery.pk), [])


def test_the_api_names_no_row_of_another_shop(
    bob_api: ApiClient,
    rival_channel: Channel,
    channel: Channel,
    handbook: Document,
    delivery: EvaluationQuestion,
) -> None:
    body: dict[str, object] = {"channel": str(channel.pk), "text": "x"}
    assert bob_api.post_json("/api/v1/regression-questions/", body).status_code == 404
    assert bob_api.post_json("/api/v1/regression-runs/", body).status_code == 404
    body = {"channel": str(rival_channel.pk), "text": "x", "expected_documents": [str(handbook.pk)]}
    assert bob_api.post_json("/api/v1/regression-questions/", body).status_code == 404
    assert bob_api.get(f"/api/v1/regression-questions/{delivery.pk}/").status_code == 404
