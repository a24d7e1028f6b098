"""Questions, runs and the comparison of two, whatever the desk."""

import pytest
from django.utils import timezone

from apps.accounts import alerts
from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput
from apps.core.models import new_id
from apps.evaluation import selectors, services, versions
from apps.evaluation.comparison import Comparison
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.inference.models import Endpoint, Purpose
from apps.jobs import lifecycle, runs
from apps.jobs import selectors as job_selectors
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.translation.evaluation_adapter import ADAPTER, RUN_EVALUATION
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
from tests.scripted_engine_fixture import ScriptedEngine
from tests.translation.conftest import Answers

pytestmark = pytest.mark.django_db


def test_a_run_asks_every_question_once_and_grades_it(
    start: Start, returns: EvaluationQuestion, thanks: EvaluationQuestion, answers: Answers
) -> None:
    answers("请退货。", "请退货。", GOOD_THANKS)

    run = work(start())

    assert (run.passed, run.total, run.model, run.is_draft) == (1, 2, "scripted", False)
    assert run.prompt_hash
    failed, passed = selectors.answers(run)
    assert (failed.question, failed.text, passed.text) == (returns, "请退货。", GOOD_THANKS)
    assert failed.problem_texts[0] == "Missing number: 30"
    assert passed.notes == ["100% similar to the reference"]


def test_a_question_of_another_set_is_not_asked(
    start: Start, write: Write, returns: EvaluationQuestion, answers: Answers
) -> None:
    write(RETURNS, "Innerhalb von 30 Tagen zurückgeben.", question_set="en-de")
    answers(GOOD_RETURNS)

    assert work(start()).answers.get().question == returns


def test_questions_that_are_answered_are_not_asked_again(
    start: Start, returns: EvaluationQuestion, thanks: EvaluationQuestion, engine: ScriptedEngine
) -> None:
    """What a killed worker leaves behind: the lease runs out, the next attempt goes on."""
    run = start()
    EvaluationAnswer.objects.create(
        organisation=run.organisation, run=run, question=returns, question_text=RETURNS, is_passed=True
    )
    EvaluationRun.objects.filter(pk=run.pk).update(passed=1)
    job = lifecycle.claim(run.job_id)  # type: ignore[arg-type]
    assert job
    lifecycle.release(job, delay_seconds=0, code="worker_lost", message="lost")
    engine.script({"text": GOOD_THANKS})

    work(run)

    assert set(run.answers.values_list("question", flat=True)) == {returns.pk, thanks.pk}
    assert len(engine.requests()) == 1
    assert (run.passed, run.total) == (2, 2)


def test_a_cancelled_run_goes_on_when_asked(
    start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    run = start()
    assert run.job
    jobs.cancel_job(run.job)
    work(run)
    assert run.answers.count() == 0

    jobs.retry_job(Job.objects.get(pk=run.job_id))
    answers(GOOD_RETURNS)

    assert work(run).passed == 1


def test_another_endpoint_makes_a_draft(
    alice_actor: Actor,
    start: Start,
    returns: EvaluationQuestion,
    engine: ScriptedEngine,
    scripted_engine: ScriptedEngine,
) -> None:
    another = Endpoint.objects.create(
        organisation=alice_actor.organisation,
        name="another",
        purpose=Purpose.CHAT,
        url=scripted_engine.url,
        model="another",
        is_enabled=False,
    )
    engine.script({"text": GOOD_RETURNS})

    run = work(start(endpoint=another))

    assert (run.is_draft, run.model) == (True, "another")
    assert engine.requests()[-1]["body"]["model"] == "another"


def test_a_model_that_was_removed_is_not_replaced_by_another(
    alice_actor: Actor, start: Start, returns: EvaluationQuestion, engine: ScriptedEngine
) -> None:
    """Its run would say of one model what another answered."""
    another = Endpoint.objects.create(
        organisation=alice_actor.organisation, name="another", purpose=Purpose.CHAT, url=engine.url, model="a"
    )
    engine.script({"text": GOOD_RETURNS})
    run = start(endpoint=another)
    another.delete()

    work(run)

    assert run.job
    assert (Job.objects.get(pk=run.job_id).error_code, run.answers.count()) == ("gone", 0)


def test_a_repeated_run_is_a_run_of_its_own(
    alice_actor: Actor, start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    first = start(label="nightly")
    answers(GOOD_RETURNS)
    work(first)
    assert first.job
    again = jobs.create_job(alice_actor, kind=RUN_EVALUATION, inputs=first.job.inputs, subject="schedule:1")
    answers(GOOD_RETURNS)

    runs.execute(again.pk)

    second = EvaluationRun.objects.get(job=again)
    assert (second.label, second.passed, second.total) == ("nightly", 1, 1)
    assert second != first


def test_two_runs_are_compared_question_by_question(
    start: Start, returns: EvaluationQuestion, thanks: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS, GOOD_THANKS)
    before = work(start())
    answers("请退货。", "请退货。", GOOD_THANKS)
    after = work(start())

    comparison = Comparison(before, after)

    assert comparison.counts == {"better": 0, "worse": 1, "changed": 0, "same": 1, "new": 0, "gone": 0}
    assert comparison.pairs[0].question == RETURNS
    assert [(piece.kind, piece.text) for piece in comparison.pairs[0].pieces][:2] == [
        ("same", "请"),
        ("removed", "在30天内"),
    ]
    assert selectors.earlier_live_run(after) == before


def test_a_question_that_is_gone_is_compared_by_its_words(
    start: Start, returns: EvaluationQuestion, thanks: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS, GOOD_THANKS)
    before = work(start())
    thanks.delete()
    answers(GOOD_RETURNS)

    pairs = Comparison(before, work(start())).pairs

    assert [(pair.question, pair.verdict) for pair in pairs] == [(THANKS, "gone"), (RETURNS, "same")]


def test_a_question_that_was_deleted_and_imported_anew_is_compared_and_did_not_change(
    start: Start, returns: EvaluationQuestion, thanks: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS, GOOD_THANKS)
    before = work(start())
    thanks.delete()
    thanks.pk = new_id()
    thanks.save(force_insert=True)
    # Its new row is one that was made since.
    EvaluationQuestion.objects.filter(pk=thanks.pk).update(created_at=timezone.now())
    assert versions.changed_since(before) == 0
    answers(GOOD_RETURNS, GOOD_THANKS)

    comparison = Comparison(before, work(start()))

    assert (comparison.counts["same"], len(comparison.pairs)) == (2, 2)


def test_a_drop_of_what_is_live_asks_for_attention(
    alice_actor: Actor, start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS)
    work(start())
    assert not [alert for alert in alerts.alerts(alice_actor) if "worse" in str(alert.text)]

    answers("退货。", "退货。")
    dropped = work(start())

    (alert,) = [alert for alert in alerts.alerts(alice_actor) if "worse" in str(alert.text)]
    assert alert.text == "“English → Chinese” got worse: 0 of 1 questions pass"
    assert alert.url == f"/translation/evaluation/runs/{dropped.pk}/compare/"


def test_a_job_is_called_by_its_set_and_leads_to_its_run(
    alice_actor: Actor, start: Start, returns: EvaluationQuestion
) -> None:
    run = start(label="before the update")
    assert run.job

    subject = job_selectors.subjects_of(alice_actor, [run.job])[run.job.pk]

    assert subject.text == "English → Chinese · before the update"
    assert subject.url == f"/translation/evaluation/runs/{run.pk}/"


def test_a_set_without_questions_has_nothing_to_ask(start: Start) -> None:
    with pytest.raises(InvalidInput, match="No questions yet"):
        start()


def test_a_question_is_not_kept_twice(write: Write, returns: EvaluationQuestion) -> None:
    with pytest.raises(InvalidInput) as refused:
        write(RETURNS, GOOD_RETURNS)

    assert "text" in refused.value.fields
    assert write(RETURNS, "30日以内に返品してください。", question_set="en-ja")


def test_a_question_is_changed_in_its_place(alice_actor: Actor, returns: EvaluationQuestion) -> None:
    expected = {"reference": "30天内可退货。", "min_similarity": 0}
    services.save_question(
        alice_actor,
        adapter=ADAPTER,
        question_set=SET,
        text=RETURNS,
        expected=expected,
        question_id=returns.pk,
    )

    assert EvaluationQuestion.objects.get().expected == expected


def imported(actor: Actor, content: bytes) -> int:
    return services.import_questions(actor, adapter=ADAPTER, question_set=SET, content=content).count


def test_a_table_adds_questions_and_changes_those_that_are_there(
    alice_actor: Actor, returns: EvaluationQuestion
) -> None:
    content = f"question,reference,min_similarity\n{RETURNS},30天内可退货。,\n{THANKS},{GOOD_THANKS},80\n"

    assert imported(alice_actor, content.encode()) == 2

    rows = {row.text: row.expected for row in EvaluationQuestion.objects.all()}
    assert rows[RETURNS] == {"reference": "30天内可退货。", "min_similarity": 40}
    assert rows[THANKS] == {"reference": GOOD_THANKS, "min_similarity": 80}


def test_a_wrong_row_is_named_and_nothing_is_imported(alice_actor: Actor) -> None:
    content = "question,reference,min_similarity\nFine,好,\nWrong,错,much\n".encode()

    with pytest.raises(InvalidInput) as refused:
        imported(alice_actor, content)

    assert str(refused.value.fields["file"][0]).startswith("Row 3: ")
    assert not EvaluationQuestion.objects.exists()


def test_a_file_that_is_no_table_is_explained(alice_actor: Actor) -> None:
    for content in (b"\xff\xfe\x00", b"a,b\n1,2\n"):
        with pytest.raises(InvalidInput):
            imported(alice_actor, content)
