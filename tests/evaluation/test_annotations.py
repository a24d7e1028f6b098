"""People look through a run's answers and say what is right; the rule's verdict stays as it is."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.core.errors import InvalidInput, PermissionDenied
from apps.evaluation.models import (
    EvaluationAnnotation,
    EvaluationAnswer,
    EvaluationQuestion,
    EvaluationRun,
)
from apps.evaluation.opinions import annotations
from apps.translation.evaluation_adapter import ADAPTER
from tests.conftest import ApiClient, browser_of
from tests.evaluation.conftest import GOOD_THANKS, RETURNS, Start, work
from tests.translation.conftest import Answers

pytestmark = pytest.mark.django_db
PAGE = "/translation/evaluation/"
RUNS = "/api/v1/translation/evaluation-runs/"


@pytest.fixture
def run(
    start: Start, returns: EvaluationQuestion, thanks: EvaluationQuestion, answers: Answers
) -> EvaluationRun:
    """One answer failed by the rule, one passed."""
    answers("请退货。", "请退货。", GOOD_THANKS)
    return work(start())


@pytest.fixture
def dora(tea_house: Organisation) -> Actor:
    user = User.objects.create_user("dora@tea.example")
    return Actor.from_member(Membership.objects.create(organisation=tea_house, user=user, role="admin"))


def say(actor: Actor, answer: EvaluationAnswer, verdict: str, better: str = "") -> EvaluationAnnotation:
    return annotations.annotate(actor, adapter=ADAPTER, answer=answer, verdict=verdict, better_text=better)


@pytest.mark.slow
def test_answers_are_marked_one_after_the_other(alice_browser: Client, run: EvaluationRun) -> None:
    address = f"{PAGE}runs/{run.pk}/annotate/"
    first, second = run.answers.order_by("id")
    page = alice_browser.get(address).text
    assert first.question_text in page
    assert 'data-shortcut="1"' in page

    there = alice_browser.post(f"{address}?answer={first.pk}", {"verdict": "right"})
    assert there["Location"] == address
    assert second.question_text in alice_browser.get(address).text
    alice_browser.post(f"{address}?answer={second.pk}", {"verdict": "wrong", "better_text": "谢谢"})

    assert "You have marked all answers" in alice_browser.get(address).text
    said = EvaluationAnnotation.objects.get(answer=second)
    assert (said.verdict, said.better_text) == ("wrong", "谢谢")
    assert said.member
    run.refresh_from_db()
    assert run.passed == 1, "the rule's verdict stays"
    page = alice_browser.get(f"{PAGE}runs/{run.pk}/").text
    assert "Right according to people" in page
    assert "谢谢" in page


def test_what_is_said_again_replaces_what_was_said(alice_actor: Actor, run: EvaluationRun) -> None:
    answer = run.answers.all()[0]
    say(alice_actor, answer, "right")
    say(alice_actor, answer, "wrong", "更好")

    assert EvaluationAnnotation.objects.get().verdict == "wrong"


def test_two_people_may_differ_and_rule_and_people_are_counted(
    alice_actor: Actor, dora: Actor, alice_browser: Client, run: EvaluationRun
) -> None:
    failed, passed = run.answers.order_by("is_passed")
    say(alice_actor, failed, "right")
    say(alice_actor, passed, "right")
    figures = annotations.opinion_of_people(run)
    assert (figures.right, figures.differ, figures.agree_with_rule) == (2, 0, 1)
    assert figures.agreement_text.startswith("50% (")

    say(dora, failed, "wrong")

    figures = annotations.opinion_of_people(run)
    assert (figures.right, figures.differ, figures.agree_with_rule) == (1, 1, 1)
    page = alice_browser.get(f"{PAGE}runs/{run.pk}/").text
    assert "People differ" in page
    assert "dora@tea.example" in page


def test_a_better_text_becomes_what_is_expected_and_a_new_version(
    alice_actor: Actor, alice_browser: Client, run: EvaluationRun, returns: EvaluationQuestion
) -> None:
    said = say(alice_actor, run.answers.get(question=returns), "wrong", "30天内可退。")

    alice_browser.post(f"{PAGE}runs/{run.pk}/adopt/", {"annotation": str(said.pk)})

    returns.refresh_from_db()
    assert returns.expected == {"reference": "30天内可退。", "min_similarity": 40}
    assert "1 question changed since" in alice_browser.get(f"{PAGE}runs/{run.pk}/").text


def test_a_text_of_a_question_that_is_gone_is_not_taken_over(alice_actor: Actor, run: EvaluationRun) -> None:
    said = say(alice_actor, run.answers.all()[0], "wrong", "x")
    EvaluationQuestion.objects.all().delete()

    for annotation_id in (said.pk, run.pk):
        with pytest.raises(InvalidInput, match="deleted"):
            annotations.adopt(alice_actor, run, annotation=annotation_id)


def test_who_may_only_read_marks_nothing(
    alice_actor: Actor, tea_house: Organisation, run: EvaluationRun
) -> None:
    user = User.objects.create_user("eve@tea.example")
    reader = Membership.objects.create(organisation=tea_house, user=user, role="operator")
    answer = run.answers.all()[0]
    browser = browser_of(user)

    assert browser.get(f"{PAGE}runs/{run.pk}/annotate/").status_code == 403
    assert "Look through answers" not in browser.get(f"{PAGE}runs/{run.pk}/").text
    with pytest.raises(PermissionDenied):
        say(Actor.from_member(reader), answer, "right")


def test_the_api_marks_answers_and_takes_texts_over(
    alice_api: ApiClient, run: EvaluationRun, returns: EvaluationQuestion
) -> None:
    address, answer = f"{RUNS}{run.pk}/annotations/", run.answers.get(question=returns)
    body = {"answer": str(answer.pk), "verdict": "wrong", "better_text": "30天内可退。"}

    made = alice_api.post_json(address, body)

    assert made.status_code == 201, made.text
    assert made.json()["verdict"] == "wrong"
    read = alice_api.get(address).json()
    assert (read["annotated"], read["right"], read["agree_with_rule"]) == (1, 0, 1)
    assert read["annotations"][0]["answer"] == str(answer.pk)
    adopted = alice_api.post_json(f"{RUNS}{run.pk}/adopt/", {"annotation": made.json()["id"]})
    assert adopted.status_code == 204
    returns.refresh_from_db()
    assert returns.expected["reference"] == "30天内可退。"
    assert alice_api.post_json(address, {**body, "verdict": "maybe"}).status_code == 400
    assert alice_api.post_json(address, {**body, "answer": str(run.pk)}).status_code == 404
    assert RETURNS in alice_api.get(f"{RUNS}{run.pk}/").text
