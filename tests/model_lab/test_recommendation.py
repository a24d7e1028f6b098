"""Which model for a desk, a load and a machine: measured and published apart, the cheapest that is good enough first."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.evaluation import results
from apps.evaluation.models import EvaluationAnswer, EvaluationQuestion, EvaluationRun
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs import lifecycle
from apps.jobs import services as jobs
from apps.model_lab.exams.evaluation_adapter import HOLD_EXAM
from apps.model_lab.recommendation.selectors import usual_load
from tests.conftest import ApiClient

pytestmark = pytest.mark.django_db
PAGE, API = "/model-lab/recommendation/", "/api/v1/model-lab/recommendation/"
LOAD = {
    "requests": 1000,
    "busiest_hour": 360,
    "input_tokens": 1000,
    "output_tokens": 100,
    "gpus": 1,
    "gpu": 80,
}


def asked(actor: Actor, model: str, passed: int, *, price: int, tokens_per_second: int = 50) -> Endpoint:
    """An endpoint whose model sat an exam of 100 questions, of which it knew the first so many."""
    organisation = actor.organisation
    own = {"organisation": organisation, "desk": "model_lab", "question_set": "text"}
    questions = list(EvaluationQuestion.objects.order_by("text")) or EvaluationQuestion.objects.bulk_create(
        EvaluationQuestion(**own, text=f"{number:03}", expected={"answer": "x"}) for number in range(100)
    )
    endpoint = Endpoint.objects.create(
        organisation=organisation,
        name=model,
        purpose=Purpose.CHAT,
        url="http://127.0.0.1:1",
        model=model,
        output_price=Decimal(price),
        max_concurrency=8,
    )
    queued = jobs.create_job(actor, kind=HOLD_EXAM, inputs={})
    job = lifecycle.claim(queued.pk)
    assert job
    lifecycle.succeed(job, {})
    run = EvaluationRun.objects.create(**own, job=job, model=model, passed=passed, total=100)
    EvaluationAnswer.objects.bulk_create(
        EvaluationAnswer(organisation=organisation, run=run, question=each, is_passed=number < passed)
        for number, each in enumerate(questions)
    )
    InferenceCall.objects.create(
        organisation=organisation,
        job=job,
        endpoint=endpoint,
        purpose=Purpose.CHAT,
        model=model,
        output_tokens=100 * tokens_per_second,
        latency_ms=100_000,
        status="succeeded",
    )
    return endpoint


def test_before_anything_is_measured_it_says_what_to_do_first(alice_browser: Client) -> None:
    page = alice_browser.get(PAGE).content.decode()

    assert "No model has been tested on the questions of these desks yet" in page
    assert "DeepSeek-R1" in page
    assert "MMLU" in page, "published scores stand by themselves"


def test_the_cheapest_of_those_that_are_not_surely_worse_stands_first(
    alice_browser: Client, alice_api: ApiClient, alice_actor: Actor
) -> None:
    asked(alice_actor, "dear", 90, price=20)
    asked(alice_actor, "cheap", 89, price=2)
    asked(alice_actor, "weak", 60, price=1)

    answer = alice_api.get(API, LOAD).json()

    assert answer["tokens_per_second"] == 10
    models = {row["name"].partition(" ")[0]: row for row in answer["models"]}
    assert [row["name"].partition(" ")[0] for row in answer["models"][:3]] == ["cheap", "dear", "weak"]
    assert [models[name]["is_recommended"] for name in ("cheap", "dear", "weak")] == [True, True, False]
    assert models["cheap"]["daily_cost"] == "0.2000"
    assert "100 tokens / 50.0 per second = 2.0 s per answer" in models["cheap"]["arithmetic"]
    assert "360 / 3,600 s × 2.0 s = 0.2 concurrent, room for 8" in models["cheap"]["arithmetic"]
    assert "Clearly worse" in models["weak"]["sentence"]
    assert "2 models, none clearly worse" in alice_browser.get(PAGE, LOAD).content.decode()


def test_a_machine_whose_gpus_cannot_share_a_model_evenly_serves_it_with_fewer(
    alice_api: ApiClient, alice_actor: Actor
) -> None:
    asked(alice_actor, "ChatGLM3-6B", 90, price=1)

    answer = alice_api.get(API, LOAD | {"gpus": 3}).json()

    row = next(row for row in answer["models"] if row["name"].startswith("ChatGLM3-6B"))
    assert (row["fits"], row["is_recommended"]) == (True, True)
    assert row["arithmetic"][0] == "2 of 3 GPUs: the model cannot be split evenly across more"


def test_a_few_right_answers_are_no_best_model(alice_api: ApiClient, alice_actor: Actor) -> None:
    asked(alice_actor, "proven", 95, price=1)
    asked(alice_actor, "hardly_asked", 100, price=2)
    run = EvaluationRun.objects.get(model="hardly_asked")
    keep = run.answers.order_by("id").values_list("pk", flat=True)[:3]
    run.answers.exclude(pk__in=list(keep)).delete()
    EvaluationRun.objects.filter(pk=run.pk).update(passed=3, total=3)

    models = {row["name"].partition(" ")[0]: row for row in alice_api.get(API, LOAD).json()["models"]}

    assert models["proven"]["sentence"] == "Best result here among those that fit and serve the load."
    assert results.of_set(alice_actor.organisation, "model_lab", "text").rows[0].model == "proven"


def test_what_passed_nothing_is_not_recommended_however_bad_the_others_are(
    alice_browser: Client, alice_api: ApiClient, alice_actor: Actor
) -> None:
    asked(alice_actor, "one", 0, price=1)
    asked(alice_actor, "other", 0, price=2)

    answer = alice_api.get(API, LOAD | {"busiest_hour": 1}).json()

    assert not any(row["is_recommended"] for row in answer["models"])
    measured = [row["sentence"] for row in answer["models"] if row["name"].startswith(("one", "other"))]
    assert measured == ["Passed none of the questions here."] * 2
    assert "1 request × 100 tokens" in alice_browser.get(PAGE, LOAD | {"busiest_hour": 1}).content.decode()


def test_a_week_of_use_is_not_spread_over_a_month(alice_actor: Actor) -> None:
    now = timezone.now()
    InferenceCall.objects.bulk_create(
        InferenceCall(
            organisation=alice_actor.organisation,
            purpose=Purpose.CHAT,
            model="m",
            status="succeeded",
            created_at=now - timedelta(hours=hours),
        )
        for hours in range(40)
    )

    assert usual_load(alice_actor.organisation)["requests"] == 20


def test_what_is_too_slow_or_too_large_is_no_choice(alice_api: ApiClient, alice_actor: Actor) -> None:
    asked(alice_actor, "slow", 95, price=1, tokens_per_second=1)
    asked(alice_actor, "DeepSeek-R1", 90, price=1)
    asked(alice_actor, "good", 80, price=1)

    models = {row["name"].partition(" ")[0]: row for row in alice_api.get(API, LOAD).json()["models"]}

    assert (models["slow"]["serves"], models["slow"]["is_recommended"]) == (False, False)
    assert (models["DeepSeek-R1"]["fits"], models["DeepSeek-R1"]["is_recommended"]) == (False, False)
    assert "GPUs" in models["DeepSeek-R1"]["sentence"]
    assert models["good"]["sentence"] == "Best result here among those that fit and serve the load."


def test_what_cannot_be_is_explained(alice_browser: Client, alice_api: ApiClient) -> None:
    wrong = LOAD | {"busiest_hour": 2000}

    assert "Enter at most the requests per day." in alice_browser.get(PAGE, wrong).content.decode()
    assert alice_api.get(API, wrong).status_code == 400
