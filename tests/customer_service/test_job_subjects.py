"""A job says what was asked and leads to where it was asked."""

import pytest
from django.test import Client

from apps.jobs import selectors as job_selectors
from apps.jobs.models import Job
from tests.customer_service.conftest import Desk

pytestmark = pytest.mark.django_db


def test_a_job_shows_the_question_and_links_to_its_conversation(desk: Desk, alice_browser: Client) -> None:
    conversation = desk.open("How long does delivery take?").conversation
    job = Job.objects.get(kind="customer_service.answer_message")
    address = f'href="/conversations/{conversation.pk}/"'

    for path in ("/jobs/", f"/jobs/{job.pk}/", "/"):
        page = alice_browser.get(path).content.decode()
        assert f"conversation:{conversation.pk}" not in page, path
        if path != "/":
            assert "How long does delivery take?" in page
            assert address in page


def test_many_jobs_cost_no_more_queries_than_one(desk: Desk, django_assert_num_queries: object) -> None:
    for number in range(5):
        desk.open(f"Question {number}?")
    jobs = list(Job.objects.filter(kind="customer_service.answer_message"))

    with django_assert_num_queries(3):  # type: ignore[operator]
        found = job_selectors.subjects_of(desk.actor, jobs)

    assert {each.text for each in found.values()} == {f"Question {number}?" for number in range(5)}
