"""Questions that stayed open, grouped by meaning."""

import pytest

from apps.customer_service import tasks
from apps.customer_service.conversations.models import Conversation, Message
from apps.customer_service.privacy import services as privacy
from apps.customer_service.unanswered_questions import selectors, services
from apps.customer_service.unanswered_questions.models import DismissedQuestion
from apps.jobs import runs
from apps.jobs.models import Job
from tests.customer_service.figures_fixtures import DAY, MINUTE

pytestmark = pytest.mark.django_db
PAGE = "/conversations/figures/unanswered/"


def group(actor):
    job = services.request_clustering(actor)
    runs.execute(job.pk)
    return Job.objects.get(pk=job.pk)


@pytest.fixture
def open_questions(past, embedding):
    """Three times the same, in nearly the same words, and another one."""
    for text in ("do you ship to Canada", "do you ship to Canada please", "do you ship to Canada"):
        past.answered(past.asked(past.conversation(), text), is_unanswered=True)
    past.answered(past.asked(past.conversation(), "opening hours at night"), is_unanswered=True)
    past.answered(past.asked(past.conversation(), "how long does delivery take"))
    return past


def test_questions_of_the_same_meaning_stand_together(alice_actor, open_questions):
    job = group(alice_actor)

    assert job.state == Job.State.SUCCEEDED, job.error_message
    groups = selectors.listed_groups(alice_actor.organisation)
    assert [(each.count, each.question) for each in groups] == [
        (3, "do you ship to Canada"),
        (1, "opening hours at night"),
    ]
    assert groups[0].languages == ["en"]
    assert len(groups[0].examples) == 2


def test_unsupported_answers_and_handoffs_for_want_of_one_count_too(alice_actor, past, embedding):
    flagged = [{"start": 0, "end": 3, "is_supported": False, "citation": None}]
    past.answered(past.asked(past.conversation(), "is the tea organic"), sentences=flagged)
    handed = past.conversation()
    past.asked(handed, "something that was answered before")
    past.asked(handed, "who owns the shop", after=MINUTE)
    past.handed_off(handed, "low_confidence", after=2 * MINUTE)
    angry = past.conversation()
    past.asked(angry, "this is terrible")
    past.handed_off(angry, "negative", after=MINUTE)

    group(alice_actor)

    found = {each.question for each in selectors.listed_groups(alice_actor.organisation)}
    assert found == {"is the tea organic", "who owns the shop"}


def test_what_was_dismissed_is_not_listed_now_or_later(alice_actor, alice_browser, open_questions):
    group(alice_actor)

    alice_browser.post(f"{PAGE}dismiss/", {"question": "do you ship to Canada"})

    assert [each.count for each in selectors.listed_groups(alice_actor.organisation)] == [1]
    group(alice_actor)
    assert [each.count for each in selectors.listed_groups(alice_actor.organisation)] == [1]


def test_what_a_visitor_erases_while_it_is_grouped_is_not_listed(
    alice_actor, open_questions, monkeypatch: pytest.MonkeyPatch
):
    asked = Message.objects.get(text="opening hours at night")
    labels = services._labels

    def erased_meanwhile(vectors):
        Conversation.objects.filter(pk=asked.conversation_id).update(visitor_id="vera")
        privacy.erase_visitor(alice_actor, conversation_id=asked.conversation_id)
        return labels(vectors)

    monkeypatch.setattr(services, "_labels", erased_meanwhile)

    assert "opening hours" not in str(group(alice_actor).result)


def test_a_page_without_groups_still_counts_what_stayed_unanswered(
    alice_actor, alice_browser, open_questions
):
    page = alice_browser.get(PAGE).text

    assert "4 questions without an answer in 30 days" in page
    assert "No unanswered questions" not in page


def test_the_page_leads_from_a_question_to_its_conversations(alice_actor, alice_browser, open_questions):
    group(alice_actor)

    page = alice_browser.get(PAGE).text

    assert "asked 3 times" in page
    example = selectors.listed_groups(alice_actor.organisation)[0].examples[0]
    assert f"/conversations/{example.conversation}/" in page
    assert "Top unanswered questions" in alice_browser.get("/conversations/figures/").text


def test_without_an_embedding_endpoint_the_page_says_why(alice_actor, alice_browser, past):
    past.answered(past.asked(past.conversation(), "do you ship"), is_unanswered=True)
    job = services.request_clustering(alice_actor)
    Job.objects.filter(pk=job.pk).update(max_attempts=1)
    runs.execute(job.pk)

    assert "The last grouping failed" in alice_browser.get(PAGE).text


def test_once_a_day_shops_with_new_questions_are_grouped(alice_actor, open_questions):
    tasks.request_clusterings()
    assert Job.objects.filter(kind="customer_service.cluster_unanswered").count() == 1
    Job.objects.filter(kind="customer_service.cluster_unanswered").delete()

    group(alice_actor)
    tasks.request_clusterings()
    assert Job.objects.filter(kind="customer_service.cluster_unanswered").count() == 1


def test_nothing_new_asks_for_no_work(alice_actor, past, embedding):
    past.answered(past.asked(past.conversation(ago=60 * DAY), "long ago"), is_unanswered=True)

    tasks.request_clusterings()

    assert not Job.objects.filter(kind="customer_service.cluster_unanswered").exists()


def test_the_api_lists_groups_and_dismisses(alice_actor, alice_api, bob_api, open_questions):
    assert alice_api.post_json("/api/v1/customer-service/unanswered/").status_code == 202
    job = Job.objects.get(kind="customer_service.cluster_unanswered")
    runs.execute(job.pk)

    body = alice_api.get("/api/v1/customer-service/unanswered/").json()
    assert body["groups"][0]["count"] == 3
    assert bob_api.get("/api/v1/customer-service/unanswered/").json()["groups"] == []
    dismissed = alice_api.post_json(
        "/api/v1/customer-service/unanswered/dismiss/", {"question": "do you ship to Canada"}
    )

    assert dismissed.status_code == 204
    assert DismissedQuestion.objects.count() == 1


def test_only_where_there_is_none_the_page_says_so(alice_browser):
    assert "No unanswered questions" in alice_browser.get(PAGE).text
