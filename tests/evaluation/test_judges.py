"""A judge says which of two answers is better: in both orders, beside the rule and beside people, never in their place."""

import json
from collections.abc import Callable

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.core.errors import InvalidInput, PermissionDenied
from apps.evaluation.models import (
    EvaluationAnswer,
    EvaluationJudgement,
    EvaluationQuestion,
    EvaluationRun,
    EvaluationVerdict,
)
from apps.evaluation.opinions import annotations, judges
from apps.evaluation.opinions.judge_figures import JudgeFigures
from apps.inference import prompts
from apps.jobs import runs
from apps.jobs.models import Job
from apps.model_lab.exams.evaluation_adapter import ADAPTER as EXAMS
from apps.translation.evaluation_adapter import ADAPTER
from llm_backend import shares
from tests.conftest import ApiClient
from tests.evaluation.conftest import SET, Write
from tests.live_pages import follows_jobs
from tests.scripted_engine_fixture import ScriptedEngine

pytestmark = pytest.mark.django_db
PAGE = "/translation/evaluation/"
RUNS = "/api/v1/translation/evaluation-runs/"
Made = Callable[..., EvaluationRun]


@pytest.fixture
def made(alice_actor: Actor, write: Write) -> Made:
    """A run with these answers, as if it had asked."""

    def make(*texts: str, model: str = "one") -> EvaluationRun:
        run = EvaluationRun.objects.create(
            organisation=alice_actor.organisation,
            desk=ADAPTER.desk,
            question_set=SET,
            total=len(texts),
            model=model,
        )
        for number, text in enumerate(texts):
            question = EvaluationQuestion.objects.filter(text=f"Q{number}").first()
            question = question or write(f"Q{number}", f"R{number}")
            EvaluationAnswer.objects.create(
                organisation=run.organisation,
                run=run,
                question=question,
                question_text=question.text,
                expected=question.expected,
                text=text,
                details={"similarity": 0},
                is_passed=False,
            )
        return run

    return make


def opinion(better: str, asks: str = "") -> dict[str, str]:
    return {"text": json.dumps({"reason": f"{better} is clearer", "better": better}), "asks": asks}


def judged(judgement: EvaluationJudgement) -> JudgeFigures:
    runs.execute(judgement.job_id)
    judgement.refresh_from_db()
    return JudgeFigures(judgement)


def start(actor: Actor, run: EvaluationRun, other: EvaluationRun | None = None) -> EvaluationJudgement:
    return judges.start_judgement(actor, adapter=ADAPTER, run=run, other_run=other)


def test_an_answer_is_better_only_where_both_orders_agree(
    alice_actor: Actor, made: Made, engine: ScriptedEngine
) -> None:
    run, other = made("a0", "a1", "a2", "same"), made("b0", "b1", "b2", "same")
    engine.script(
        *(opinion("first"), opinion("second")),
        *(opinion("second"), opinion("second")),
        *(opinion("neither"), opinion("neither")),
    )

    figures = judged(start(alice_actor, run, other))

    assert figures.counts == {"answer": 1, "other": 0, "equal": 1, "order": 1, "none": 0}
    assert figures.judgement.model == "scripted"
    first, second = (each["body"]["messages"][-1]["content"] for each in engine.requests()[:2])
    assert first.index("a0") < first.index("b0")
    assert second.index("b0") < second.index("a0")
    assert "R0" in first, "the judge is told what is expected"
    assert len(engine.requests()) == 6, "equal texts are not asked about"
    run.refresh_from_db()
    assert not any(run.answers.values_list("is_passed", flat=True)), "the rule's verdicts stay"


def test_a_judge_that_always_takes_the_first_is_found(
    alice_actor: Actor, alice_browser: Client, made: Made, engine: ScriptedEngine
) -> None:
    run, other = made("a0", "a1"), made("b0", "b1")
    engine.script(*[opinion("first")] * 4)

    figures = judged(start(alice_actor, run, other))

    assert (figures.counts["order"], figures.is_usable) == (2, False)
    page = alice_browser.get(f"{PAGE}judgements/{figures.judgement.pk}/").text
    assert "This judge cannot be used" in page
    assert "100% (34–100%), 2 / 2" in page
    assert "tie: depends on the order" in page


def test_a_killed_judge_goes_on_where_it_was(alice_actor: Actor, made: Made, engine: ScriptedEngine) -> None:
    run, other = made("a0", "a1"), made("b0", "b1")
    judgement = start(alice_actor, run, other)
    EvaluationVerdict.objects.create(
        organisation=run.organisation,
        judgement=judgement,
        answer=run.answers.order_by("id")[0],
        in_order="answer",
        swapped="answer",
    )
    engine.script(opinion("first"), opinion("second"))

    figures = judged(judgement)

    assert len(engine.requests()) == 2
    assert (figures.counts["answer"], figures.judgement.total) == (2, 2)


def test_rubbish_from_a_judge_is_no_verdict_and_spoils_no_other(
    alice_actor: Actor, made: Made, engine: ScriptedEngine
) -> None:
    engine.script(*[{"text": "I like tea."}] * 2, opinion("second"), opinion("first"))

    figures = judged(start(alice_actor, made("a0", "a1"), made("b0", "b1")))

    assert (figures.counts["none"], figures.counts["other"]) == (1, 1)
    assert figures.judged == 1
    assert figures.judgement.job
    assert figures.judgement.job.state == Job.State.SUCCEEDED


@pytest.mark.slow
def test_its_agreement_with_people_is_told(
    alice_actor: Actor, alice_browser: Client, made: Made, engine: ScriptedEngine
) -> None:
    """Against what is expected: as good is right, worse is wrong, and what depends on the order agrees with no one."""
    run = made("a0", "a1", "a2", "a3", "a4")
    for answer, verdict in zip(
        run.answers.order_by("id"), ("right", "wrong", "right", "wrong", ""), strict=True
    ):
        if verdict:
            annotations.annotate(alice_actor, adapter=ADAPTER, answer=answer, verdict=verdict)
    engine.script(
        *(opinion("neither"), opinion("neither")),
        *(opinion("second"), opinion("first")),
        *(opinion("second"), opinion("first")),
        *(opinion("first"), opinion("first")),
        *(opinion("first"), opinion("second")),
    )

    figures = judged(start(alice_actor, run))

    assert (figures.agreement.agreed, figures.agreement.total) == (2, 4)
    page = alice_browser.get(f"{PAGE}judgements/{figures.judgement.pk}/").text
    assert "50% (15–85%), 2 / 4" in page
    sent = engine.requests()[0]["body"]["messages"][-1]["content"]
    assert "<expected>" not in sent, "the judge is not told which of both is the expected text"


def test_people_who_prefer_one_of_two_answers_are_compared_with_the_judge(
    alice_actor: Actor, made: Made, engine: ScriptedEngine
) -> None:
    run, other = made("a0"), made("b0")
    for each, verdict in ((run, "right"), (other, "wrong")):
        annotations.annotate(alice_actor, adapter=ADAPTER, answer=each.answers.get(), verdict=verdict)
    engine.script(opinion("first"), opinion("second"))

    assert judged(start(alice_actor, run, other)).agreement.agreed == 1


def test_kappa_is_what_is_more_than_chance() -> None:
    pairs = [("y", "y")] * 20 + [("y", "n")] * 5 + [("n", "y")] * 10 + [("n", "n")] * 15

    found = shares.agreement(pairs)

    assert (found.agreed, found.total) == (35, 50)
    assert found.kappa == pytest.approx(0.4)
    assert found.kappa_interval[0] < 0.4 < found.kappa_interval[1]
    assert shares.agreement([("y", "y")] * 5).kappa is None
    assert shares.agreement([]).total == 0


def test_runs_that_cannot_be_compared_are_refused(alice_actor: Actor, made: Made) -> None:
    run = made("a0")
    with pytest.raises(InvalidInput, match="another run"):
        start(alice_actor, run, run)
    with pytest.raises(InvalidInput, match="nothing to judge"):
        start(alice_actor, run, made("a0"))
    with pytest.raises(PermissionDenied):
        start(Actor(alice_actor.organisation, frozenset({"translation.use"})), run)
    assert not Job.objects.exists()


def test_an_answer_is_held_against_a_text_that_is_expected_and_never_against_a_label(
    alice_actor: Actor, made: Made, engine: ScriptedEngine
) -> None:
    engine.script(opinion("second"), opinion("first"))
    figures = judged(start(alice_actor, made("a0")))
    assert figures.counts["other"] == 1, "the reference is better"
    assert "R0" in engine.requests()[0]["body"]["messages"][-1]["content"]

    run = made("I will not do that.")
    EvaluationRun.objects.filter(pk=run.pk).update(desk=EXAMS.desk, question_set="refusal")
    run.answers.update(expected={"should": "decline"})
    with pytest.raises(InvalidInput, match="no text"):
        judges.start_judgement(alice_actor, adapter=EXAMS, run=EvaluationRun.objects.get(pk=run.pk))


@pytest.mark.slow
def test_a_judge_is_asked_stopped_and_continued_on_its_pages(
    alice_browser: Client, made: Made, engine: ScriptedEngine
) -> None:
    run, other = made("a0"), made("b0", model="scripted")
    assert "Ask a judge" in alice_browser.get(f"{PAGE}runs/{run.pk}/compare/?with={other.pk}").text
    sent = alice_browser.post(f"{PAGE}runs/{run.pk}/judge/", {"other_run": str(other.pk)})
    judgement = EvaluationJudgement.objects.get()
    address = f"{PAGE}judgements/{judgement.pk}/"
    assert sent["Location"] == address
    assert follows_jobs(alice_browser.get(address).text)

    alice_browser.post(f"{address}cancel/")
    assert "The judge was stopped" in alice_browser.get(address).text
    alice_browser.post(f"{address}continue/")
    engine.script(opinion("first"), opinion("second"))
    judged(judgement)

    page = alice_browser.get(address).text
    assert "this answer is better" in page
    assert "The judge wrote some of these answers itself" in page
    assert address in alice_browser.get(f"{PAGE}runs/{other.pk}/").text


def test_the_api_asks_a_judge_and_reads_its_verdicts(
    alice_api: ApiClient, made: Made, engine: ScriptedEngine
) -> None:
    run, other = made("a0"), made("b0")
    started = alice_api.post_json(f"{RUNS}{run.pk}/judge/", {"other_run": str(other.pk)})
    assert started.status_code == 202, started.text
    engine.script(opinion("first"), opinion("second"))
    judged(EvaluationJudgement.objects.get())

    (row,) = alice_api.get(f"{RUNS}{run.pk}/judgements/").json()
    assert (row["counts"]["answer"], row["is_usable"], row["agreement"]["total"]) == (1, True, 0)
    read = alice_api.get(f"{RUNS}{run.pk}/judgements/{row['id']}/").json()
    assert read["verdicts"][0]["outcome"] == "answer"
    assert alice_api.get(f"{RUNS}{other.pk}/judgements/{run.pk}/").status_code == 404
    assert alice_api.post_json(f"{RUNS}{run.pk}/judge/", {"other_run": str(run.pk)}).status_code == 404


def test_the_prompt_renders_with_its_sample(alice_actor: Actor) -> None:
    prompt = prompts.load(alice_actor.organisation, judges.PROMPT)

    text = str(prompt.render(question="Q", expected="", first="A", second="B").messages)

    assert "<first>" in text
    assert "<expected>" not in text
