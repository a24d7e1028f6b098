"""The pages and the API of an evaluation, whatever the desk."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import Membership, Organisation, User
from apps.accounts.permissions import ROLE_PERMISSIONS
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.jobs import runs
from tests.conftest import ApiClient, browser_of
from tests.evaluation.conftest import GOOD_RETURNS, RETURNS, SET, Start, Write, work
from tests.live_pages import follows_jobs
from tests.translation.conftest import Answers

pytestmark = pytest.mark.django_db
PAGE = "/translation/evaluation/"
FIELDS = {"question_set": SET, "text": RETURNS, "reference": GOOD_RETURNS, "min_similarity": "40"}
QUESTIONS = "/api/v1/translation/reference-sentences/"
RUNS = "/api/v1/translation/evaluation-runs/"


def test_the_page_shows_the_sets_and_first_those_with_questions(alice_browser: Client, write: Write) -> None:
    assert "No questions yet" in alice_browser.get(PAGE).text

    write("Danke", "Thank you", question_set="de-en")

    page = alice_browser.get(PAGE).text
    assert page.index("German → English") < page.index("Chinese → English")
    assert "Thank you" in page
    assert "No questions yet" in alice_browser.get(f"{PAGE}?set={SET}").text


def test_the_tabs_and_the_menu_of_the_desk_stay(alice_browser: Client) -> None:
    page = alice_browser.get(PAGE, headers={"Accept-Language": "en"}).text

    assert f'<a class="subtab" href="{PAGE}" aria-current="page">Evaluation</a>' in page
    # In the menu, in that of phones, among the tabs, and among the pages of its tab.
    assert page.count('aria-current="page"') == 4


def test_a_question_is_written_and_changed_on_its_page(alice_browser: Client) -> None:
    answer = alice_browser.post(f"{PAGE}questions/new/", FIELDS)
    assert answer["Location"] == f"{PAGE}?set={SET}"
    question = EvaluationQuestion.objects.get()
    assert question.expected == {"reference": GOOD_RETURNS, "min_similarity": 40}

    address = f"{PAGE}questions/{question.pk}/"
    assert GOOD_RETURNS in alice_browser.get(address).text
    alice_browser.post(address, {**FIELDS, "min_similarity": "60"})
    question.refresh_from_db()
    assert question.expected["min_similarity"] == 60


def test_an_unusable_question_is_explained_beside_its_field(
    alice_browser: Client, returns: EvaluationQuestion
) -> None:
    page = alice_browser.post(f"{PAGE}questions/new/", FIELDS)

    assert page.status_code == 200
    assert "This question already exists" in page.text


def test_a_run_is_started_watched_and_read(
    alice_browser: Client, returns: EvaluationQuestion, answers: Answers
) -> None:
    assert RETURNS in alice_browser.get(f"{PAGE}?set={SET}").text
    assert "1 question of" in alice_browser.get(f"{PAGE}runs/new/?set={SET}").text
    answer = alice_browser.post(f"{PAGE}runs/new/?set={SET}", {"label": "first"})
    run = EvaluationRun.objects.get()
    assert answer["Location"] == f"{PAGE}runs/{run.pk}/"
    assert follows_jobs(alice_browser.get(answer["Location"]).text)
    answers(GOOD_RETURNS)
    runs.execute(run.job_id)

    page = alice_browser.get(answer["Location"]).text

    assert GOOD_RETURNS in page
    assert "1 / 1" in page
    assert "English → Chinese" in page
    assert not follows_jobs(page)
    assert "passed" in alice_browser.get(f"{PAGE}?set={SET}").text
    assert "passed" in alice_browser.get(f"{PAGE}questions/{returns.pk}/").text


def test_a_set_that_the_desk_does_not_have_is_not_found(alice_browser: Client) -> None:
    assert alice_browser.get(f"{PAGE}runs/new/?set=en-en").status_code == 404
    assert alice_browser.get(f"{PAGE}?set=en-en").status_code == 200


def test_two_runs_stand_side_by_side(
    alice_browser: Client, start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS)
    first = work(start())
    assert alice_browser.get(f"{PAGE}runs/{first.pk}/compare/")["Location"] == f"{PAGE}runs/{first.pk}/"
    answers("<b>退货</b>。", "<b>退货</b>。")
    second = work(start())

    page = alice_browser.get(f"{PAGE}runs/{second.pk}/compare/").text

    assert "got worse" in page
    assert "<ins>" in page
    assert "<b>退货" not in page
    assert "Missing number: 30" in page
    assert "got better" in alice_browser.get(f"{PAGE}runs/{first.pk}/compare/?with={second.pk}").text
    assert alice_browser.get(f"{PAGE}runs/{first.pk}/compare/?with=x").status_code == 404


def test_a_running_run_is_stopped_on_its_page_and_continued(
    alice_browser: Client, start: Start, returns: EvaluationQuestion
) -> None:
    run = start()

    alice_browser.post(f"{PAGE}runs/{run.pk}/cancel/")
    assert "Run stopped" in alice_browser.get(f"{PAGE}runs/{run.pk}/").text

    alice_browser.post(f"{PAGE}runs/{run.pk}/continue/")
    assert run.job
    run.job.refresh_from_db()
    assert run.job.state == "queued"


def test_questions_are_imported_from_a_file_and_exported(alice_browser: Client) -> None:
    file = SimpleUploadedFile("q.csv", f"question,reference\n=1+1?,{GOOD_RETURNS}\n".encode())

    alice_browser.post(f"{PAGE}questions/import/", {"question_set": SET, "file": file})

    assert EvaluationQuestion.objects.get().text == "=1+1?"
    exported = alice_browser.get(f"{PAGE}questions/export/?set={SET}")
    content = exported.getvalue().decode()
    assert content.splitlines() == ["\ufeffquestion,reference,min_similarity", f"'=1+1?,{GOOD_RETURNS},40"]


def test_a_file_with_a_wrong_row_is_explained(alice_browser: Client) -> None:
    file = SimpleUploadedFile("q.csv", b"question,reference\nWhat?,\n")

    page = alice_browser.post(f"{PAGE}questions/import/", {"question_set": SET, "file": file})

    assert "Row 2:" in page.text


def test_a_deleted_question_leaves_its_results(
    alice_browser: Client, start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS)
    run = work(start())

    alice_browser.post(f"{PAGE}questions/{returns.pk}/delete/")

    assert RETURNS in alice_browser.get(f"{PAGE}runs/{run.pk}/").text


def test_a_desk_shows_no_row_of_another(
    alice_browser: Client, alice_api: ApiClient, start: Start, returns: EvaluationQuestion
) -> None:
    """Both are alice's: what she may do at one desk says nothing about the other."""
    run = start()

    assert alice_browser.get(f"/conversations/regression/questions/{returns.pk}/").status_code == 404
    assert alice_browser.get(f"/conversations/regression/runs/{run.pk}/").status_code == 404
    assert alice_api.get(f"/api/v1/regression-runs/{run.pk}/").status_code == 404
    assert alice_api.get("/api/v1/regression-questions/").json()["results"] == []


@pytest.mark.slow
def test_each_role_opens_what_its_desk_gives_it(tea_house: Organisation, returns: EvaluationQuestion) -> None:
    for role, permissions in ROLE_PERMISSIONS.items():
        user = User.objects.create_user(f"{role}@tea.example")
        Membership.objects.create(organisation=tea_house, user=user, role=role)
        browser = browser_of(user)
        addresses = {PAGE: "translation.use", f"{PAGE}questions/{returns.pk}/": "translation.manage"}
        for address, permission in addresses.items():
            assert browser.get(address).status_code == (200 if permission in permissions else 403), role


def test_the_api_keeps_questions_and_runs_them(alice_api: ApiClient, answers: Answers) -> None:
    body = {
        "question_set": SET,
        "text": RETURNS,
        "expected": {"reference": GOOD_RETURNS, "min_similarity": 50},
    }
    made = alice_api.post_json(QUESTIONS, body)
    assert made.status_code == 201, made.text
    address = f"{QUESTIONS}{made.json()['id']}/"
    again = alice_api.put(
        address, {**body, "text": "Return within 30 days."}, content_type="application/json"
    )
    assert again.json()["text"] == "Return within 30 days."

    started = alice_api.post_json(RUNS, {"question_set": SET, "label": "api"})
    assert started.status_code == 202
    run = EvaluationRun.objects.get()
    assert alice_api.get(f"{RUNS}{run.pk}/compare/").status_code == 409
    answers(GOOD_RETURNS)
    runs.execute(run.job_id)

    read = alice_api.get(f"{RUNS}{run.pk}/").json()
    assert (read["state"], read["passed"], read["answers"][0]["details"]) == (
        "succeeded",
        1,
        {"similarity": 100},
    )
    assert alice_api.get(address).json()["last_passed"] is True
    assert len(alice_api.get(f"{RUNS}?question_set={SET}").json()["results"]) == 1
    assert alice_api.get(f"{RUNS}?question_set=en-de").json()["results"] == []
    assert alice_api.delete(address).status_code == 204


def test_the_api_takes_what_the_form_takes(alice_api: ApiClient) -> None:
    wrong = {"question_set": SET, "text": RETURNS, "expected": {"min_similarity": 101}}
    answer = alice_api.post_json(QUESTIONS, wrong)

    assert answer.status_code == 400
    assert set(answer.json()["error"]["fields"]) == {"reference", "min_similarity"}
    nowhere = {**wrong, "question_set": "en-en"}
    assert alice_api.post_json(QUESTIONS, nowhere).status_code == 404
