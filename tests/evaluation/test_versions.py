"""A set has versions, and a run says which one it asked."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.evaluation import services, versions
from apps.evaluation.comparison import Comparison
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.translation.evaluation_adapter import ADAPTER
from tests.evaluation.conftest import (
    GOOD_RETURNS,
    GOOD_THANKS,
    RETURNS,
    SET,
    THANKS,
    Start,
    Write,
    work,
)
from tests.translation.conftest import Answers

pytestmark = pytest.mark.django_db
PAGE = "/translation/evaluation/"


def number(actor: Actor, question_set: str = SET) -> int:
    version = versions.current(actor.organisation, ADAPTER.desk, question_set)
    return version.number if version else 0


def save(actor: Actor, question: EvaluationQuestion, **changes: object) -> None:
    fields = {"question_set": SET, "text": question.text, "expected": question.expected} | changes
    services.save_question(actor, adapter=ADAPTER, question_id=question.pk, **fields)  # type: ignore[arg-type]


def test_each_change_makes_the_next_version_and_saving_the_same_makes_none(
    alice_actor: Actor, returns: EvaluationQuestion
) -> None:
    assert number(alice_actor) == 1
    save(alice_actor, returns)
    assert number(alice_actor) == 1
    save(alice_actor, returns, expected={**returns.expected, "min_similarity": 60})
    assert number(alice_actor) == 2
    services.delete_question(alice_actor, returns)
    assert number(alice_actor) == 3


def test_a_table_of_many_questions_is_one_version(alice_actor: Actor) -> None:
    content = f"question,reference\n{RETURNS},{GOOD_RETURNS}\n{THANKS},{GOOD_THANKS}\n".encode()
    services.import_questions(alice_actor, adapter=ADAPTER, question_set=SET, content=content)

    assert number(alice_actor) == 1


def test_a_question_that_moves_changes_both_sets(alice_actor: Actor, returns: EvaluationQuestion) -> None:
    save(alice_actor, returns, question_set="en-de")

    assert (number(alice_actor), number(alice_actor, "en-de")) == (2, 1)


def test_the_same_questions_have_the_same_hash_in_any_order() -> None:
    one, other = ("a", {"x": 1, "y": 2}), ("b", {})

    assert versions.content_hash([one, other]) == versions.content_hash([other, ("a", {"y": 2, "x": 1})])
    assert versions.content_hash([one]) != versions.content_hash([("a", {"x": 2, "y": 2})])


def test_a_run_names_its_version_and_what_changed_since(
    alice_actor: Actor,
    alice_browser: Client,
    start: Start,
    write: Write,
    returns: EvaluationQuestion,
    thanks: EvaluationQuestion,
    answers: Answers,
) -> None:
    answers(GOOD_RETURNS, GOOD_THANKS)
    run = work(start())
    assert (run.set_version, versions.changed_since(run), versions.is_mixed(run)) == (2, 0, False)

    save(alice_actor, returns, expected={"reference": "退货", "min_similarity": 0})
    services.delete_question(alice_actor, thanks)
    write("Welcome", "欢迎")

    assert versions.changed_since(run) == 3
    page = alice_browser.get(f"{PAGE}runs/{run.pk}/").text
    assert "Version 2" in page
    assert "3 questions changed since" in page
    assert f"Expected: {GOOD_RETURNS}" in page, "the run shows what was expected when it asked"


def test_two_runs_of_different_versions_say_so(
    alice_actor: Actor, alice_browser: Client, start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS)
    before = work(start())
    save(alice_actor, returns, expected={"reference": GOOD_RETURNS, "min_similarity": 90})
    answers(GOOD_RETURNS)
    after = work(start())

    comparison = Comparison(before, after)
    assert (comparison.is_same_version, comparison.reworded_count) == (False, 1)
    page = alice_browser.get(f"{PAGE}runs/{after.pk}/compare/").text
    assert "1 question that both asked was changed in between" in page
    assert Comparison(after, after).is_same_version


def test_a_set_that_changed_while_it_was_asked_is_said(
    alice_actor: Actor,
    start: Start,
    returns: EvaluationQuestion,
    thanks: EvaluationQuestion,
    answers: Answers,
) -> None:
    """As when a run goes on after its model was away."""
    answers(GOOD_RETURNS, GOOD_THANKS)
    run = work(start())
    EvaluationAnswer.objects.filter(question=thanks).update(question_text="Thank you for the tea")

    assert versions.is_mixed(run)


def test_a_run_from_before_versions_were_counted_says_none(
    alice_browser: Client, start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS)
    run = work(start())
    EvaluationAnswer.objects.update(expected=None)
    EvaluationRun.objects.update(set_version=None, set_hash="")

    page = alice_browser.get(f"{PAGE}runs/{run.pk}/").text

    assert "Questions asked" not in page
    assert "Expected:" not in page
