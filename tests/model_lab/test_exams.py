"""Exams of models: asked by any endpoint, graded by rules, two models held against each other over the same questions."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.inference import selectors as inference
from apps.inference.models import Purpose
from apps.jobs import runs
from apps.jobs.models import Job
from apps.model_lab.exams.question_kinds import choice
from domain.exams import given_answers
from llm_backend import shares
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of

pytestmark = pytest.mark.django_db
EXAMS = "/model-lab/exams/"
TABLE = "question,A,B,C,D,answer\n下列哪种茶不发酵？,红茶,绿茶,普洱,乌龙,B\nWhich city is in France?,Rome,Paris,Bonn,,B\n"


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("A patient with this needs an operation, so C", "C"),
        ("A is right, since it is the longest", "A"),
        ("A. The first one", "A"),
        ("答案不是A，而是B", ""),
        ("B", "B"),
        ("B. 绿茶", "B"),
        ("（Ｂ）", "B"),
        ("答案是：C。", "C"),
        ("The answer is D because A is wrong.", "D"),
        ("I think that (A) fits.", "A"),
        ("A or B", "A"),
        ("Both C and D", ""),
        ("A is wrong because it is hot; the answer is C.", "C"),
        ("A 选项错误，B 选项正确，所以答案是 B。", "B"),
        ("选项A：不对。选项B：正确。因此答案是B。", "B"),
        ("选项 A 是错误的，选项 C 正确。", "C"),
        ("A项错误。", ""),
        ("A、B 均可", ""),
        ("A和B都不对，选C", "C"),
        ("A and B are too small. Answer: D", "D"),
        ("不选A，选B", "B"),
        ("b.", "B"),
        ("B，A项错误", "B"),
        ("B，不是A", "B"),
        ("B, not A", "B"),
        ("Because of that", ""),
        ("H", ""),
    ],
)
def test_the_letter_of_a_choice_is_read(text: str, letter: str) -> None:
    assert given_answers.letter(text, 4) == letter


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("4 × 50 = 200\n#### 200", "200"),
        ("#### 1,234.5 yuan", "1234.5"),
        ("所以一共是 72 元", "72"),
        ("It fell to -3", "-3"),
        ("#### −5", "-5"),
        ("3-5", "5"),
        ("#### 3/4", "0.75"),
        ("答案是 1/2", "0.5"),
        ("12/2026/5 at 1/0", None),
        ("一共 1.2万元", "12000"),
        (r"$\boxed{1{,}200}$", "1200"),
        (r"1\,200 kg", "1200"),
        ("no number", None),
    ],
)
def test_the_number_that_came_out_is_read(text: str, number: str | None) -> None:
    assert given_answers.number(text) == (None if number is None else Decimal(number))


@pytest.mark.parametrize(
    ("text", "wanted", "is_said"),
    [("It costs 1,200 yuan", "1200", True), ("1200.50", "1,200.50", True), ("100,200,300", "200", False)],
)
def test_a_number_is_the_same_however_its_digits_are_grouped(text: str, wanted: str, is_said: bool) -> None:
    assert given_answers.contains(text, wanted) == is_said


def test_an_interval_holds_the_share_and_narrows() -> None:
    low, high = shares.interval(80, 100)
    assert 0.70 < low < 0.8 < high < 0.88
    assert shares.interval(8, 10)[0] < low
    assert shares.paired_interval(30, 5, 100)[0] > 0
    assert shares.paired_interval(3, 2, 100)[0] < 0


def imported(browser: Client) -> None:
    file = SimpleUploadedFile("exam.csv", TABLE.encode())
    browser.post(f"{EXAMS}questions/import/", {"question_set": "choice", "file": file})


def sat(browser: Client, label: str = "First", kind: str = "choice") -> EvaluationRun:
    """The run that a press of the button makes, after its job."""
    browser.post(f"{EXAMS}runs/new/?set={kind}", {"label": label})
    run = EvaluationRun.objects.latest("created_at")
    runs.execute(run.job_id)
    run.refresh_from_db()
    return run


def test_an_exam_is_imported_held_and_told_with_its_interval(
    alice_browser: Client, alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    imported(alice_browser)
    scripted_engine.script({"asks": "发酵", "text": "B"}, {"asks": "France", "text": "答案是 A"})

    run = sat(alice_browser)

    assert (run.passed, run.total) == (1, 2)
    page = alice_browser.get(f"{EXAMS}runs/{run.pk}/").content.decode()
    assert "9–91 %" in page
    assert "Wrong answer: A ≠ B" in page
    sent = scripted_engine.requests()[-1]["body"]["messages"][-1]["content"]
    assert "B. " in sent, "the choices are asked with their letters"
    cards = alice_browser.get("/model-lab/").content.decode()
    assert "Measured here" in cards
    assert f"{EXAMS}runs/{run.pk}/" in cards


def test_two_models_are_compared_over_the_same_questions(
    alice_browser: Client, alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    imported(alice_browser)
    for answer in ("A", "B"):
        scripted_engine.script({"text": answer}, {"text": answer})
        sat(alice_browser, answer)

    after, before = EvaluationRun.objects.order_by("-created_at")
    page = alice_browser.get(f"{EXAMS}runs/{after.pk}/compare/?with={before.pk}").content.decode()

    assert "+100.0 (" in page


def test_a_run_of_a_chosen_model_names_it_and_is_no_draft(
    alice_browser: Client, alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    endpoint = endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    imported(alice_browser)
    started = alice_browser.post(f"{EXAMS}runs/new/?set=choice", {"endpoints": [endpoint.pk]}, follow=True)

    facts = started.content.decode().partition('<dl class="facts">')[2].partition("</dl>")[0]
    assert str(endpoint.title) in facts
    assert "draft" not in facts


@pytest.mark.parametrize(
    ("answer", "letter"), [("Ｂ", "B"), ("b", "B"), ("绿茶", "B"), ("A", "A"), ("AB", ""), ("茶", "")]
)
def test_the_right_choice_is_named_by_its_letter_or_its_words(answer: str, letter: str) -> None:
    assert choice.letter_of({"options": "B\n绿茶\n普洱", "answer": answer}) == letter


def test_a_question_that_cannot_be_graded_is_refused(alice_browser: Client) -> None:
    for fields in (
        {"question_set": "choice", "text": "Which?", "options": "one\ntwo", "answer": "C"},
        {"question_set": "choice", "text": "Which?", "options": "one", "answer": "A"},
        {"question_set": "choice", "text": "Which?", "options": "one\ntwo", "answer": "AB"},
        {"question_set": "number", "text": "How many?", "answer": "many"},
    ):
        assert alice_browser.post(f"{EXAMS}questions/new/", fields).context["form"].errors
    assert not EvaluationQuestion.objects.exists()


def test_a_model_that_repeats_itself_fails_its_question_and_not_the_exam(
    alice_browser: Client, alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    imported(alice_browser)
    scripted_engine.script({"asks": "发酵", "repeat": "over and over "}, {"asks": "France", "text": "B"})

    run = sat(alice_browser)

    assert (run.passed, run.total) == (1, 2)


def test_an_answer_that_its_limit_ended_says_so(
    alice_browser: Client, alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    imported(alice_browser)
    cut = {"text": "<think>Is it B? Wait", "finish_reason": "length"}
    scripted_engine.script({"asks": "发酵", **cut}, {"asks": "France", "text": "B"})

    run = sat(alice_browser)

    problems = run.answers.get(is_passed=False).problems
    assert [problem["code"] for problem in problems] == ["unread", "cut"]


def test_an_exam_leaves_a_place_to_people(alice_actor: Actor, scripted_engine: ScriptedEngine) -> None:
    endpoint = endpoint_of(scripted_engine, alice_actor, Purpose.CHAT, max_concurrency=4)

    assert inference.at_once(alice_actor.organisation, 16, spare=1) == 3
    assert inference.at_once(alice_actor.organisation, 2, endpoint=endpoint) == 2
    endpoint.max_concurrency = 1
    assert inference.at_once(alice_actor.organisation, 16, endpoint=endpoint, spare=1) == 1


def test_an_exam_whose_model_is_away_keeps_its_answers_and_goes_on_with_the_rest(
    alice_browser: Client, alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT)
    imported(alice_browser)
    scripted_engine.script({"asks": "发酵", "text": "B"}, *[{"asks": "France", "status": 500}] * 9)
    run = sat(alice_browser)
    assert (run.passed, run.answers.count()) == (1, 1)
    assert run.job
    assert run.job.state != Job.State.SUCCEEDED

    scripted_engine.reset()
    scripted_engine.script({"asks": "France", "text": "B"})
    Job.objects.filter(pk=run.job_id).update(state=Job.State.FAILED, finished_at=timezone.now())
    alice_browser.post(f"{EXAMS}runs/{run.pk}/continue/")
    runs.execute(run.job_id)

    run.refresh_from_db()
    assert (run.passed, run.total) == (2, 2)
    assert len(scripted_engine.requests()) == 1, "what was answered is not asked again"
