"""Several models asked the same questions: what it takes, its limit, and who is better."""

from decimal import Decimal
from zoneinfo import ZoneInfo

import pypdfium2
import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.analytics.periods import Period
from apps.analytics.reports import Scope
from apps.audit.models import AuditEntry
from apps.dashboards.usage.annotations import model_marks
from apps.dashboards.usage.jobs_report import settings_zone
from apps.evaluation import adapters, results, services
from apps.evaluation.budgets import Limit, RunSettings
from apps.evaluation.models import EvaluationQuestion, EvaluationRun
from apps.inference import endpoints
from apps.inference.models import Endpoint, InferenceCall, Purpose
from apps.jobs import runs
from llm_backend import shares
from tests.conftest import ApiClient
from tests.evaluation.conftest import GOOD_RETURNS, RETURNS, SET, Start, Write, work
from tests.live_pages import follows_jobs
from tests.scripted_engine_fixture import ScriptedEngine, endpoint_of
from tests.translation.conftest import Answers

pytestmark = pytest.mark.django_db
PAGE = "/translation/evaluation/"


def test_a_difference_is_sure_only_where_few_others_were_looked_at() -> None:
    assert shares.paired_probability(0, 5) == pytest.approx(0.0625)
    assert shares.paired_probability(7, 7) == 1
    assert shares.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert shares.holm([]) == []


@pytest.mark.slow
def test_several_models_are_asked_beside_each_other_and_their_results_compared(
    alice_browser: Client, alice_actor: Actor, engine: ScriptedEngine, returns: EvaluationQuestion
) -> None:
    """The one that is away fails alone."""
    made = {"input_price": Decimal(2), "output_price": Decimal(8), "is_enabled": False}
    good, bad, away = (
        endpoint_of(engine, alice_actor, Purpose.CHAT, name=name, model=name, **made)
        for name in ("good", "bad", "away")
    )
    Endpoint.objects.filter(pk=away.pk).update(url="http://127.0.0.1:1")
    page = alice_browser.get(f"{PAGE}runs/new/?set={SET}").text
    assert "estimated from the questions" in page

    chosen = {"endpoints": [good.pk, bad.pk, away.pk], "label": "Three"}
    answer = alice_browser.post(f"{PAGE}runs/new/?set={SET}", chosen)
    assert answer["Location"] == f"{PAGE}results/?set={SET}"
    by_label = {run.label: run for run in EvaluationRun.objects.all()}
    assert by_label.keys() == {"Three · good", "Three · bad", "Three · away"}
    assert follows_jobs(alice_browser.get(answer["Location"]).text)
    engine.script({"text": GOOD_RETURNS})
    work(by_label["Three · good"])
    engine.script({"text": "退货<b>"})
    work(by_label["Three · bad"])
    assert work(by_label["Three · away"]).passed == 0

    page = alice_browser.get(answer["Location"]).text
    assert "1 / 1" in page
    assert "0 / 1" in page
    assert "Quality and cost" in page
    assert "not clearly worse" in page, "one question tells nothing"
    assert f"{PAGE}runs/{by_label['Three · bad'].pk}/compare/?with={by_label['Three · good'].pk}" in page
    card = alice_browser.get(
        f"{PAGE}questions/{returns.pk}/answers/", {"against": by_label["Three · good"].pk}
    ).text
    assert "退货&lt;b&gt;" in card or "<ins>" in card
    assert "<b>" not in card
    assert "measured with this model" in alice_browser.get(f"{PAGE}runs/new/?set={SET}").text


def test_results_are_read_and_exported_which_leaves_a_line(
    alice_browser: Client, alice_api: ApiClient, start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS)
    work(start())

    table = alice_browser.get(f"{PAGE}results/export/?set={SET}&format=csv")
    rows = table.getvalue().decode()
    assert f"{RETURNS},{GOOD_RETURNS}" in rows
    data = alice_browser.get(f"{PAGE}results/export/?set={SET}&format=json").json()
    assert data["models"][0]["interval"][0] == pytest.approx(0.207, abs=0.001)
    assert len(data["answers"]) == 1
    address = "/api/v1/translation/evaluation-runs/results/"
    assert alice_api.get(address, {"set": SET}).json() == data["models"]
    assert alice_api.get(address).status_code == 404
    assert alice_browser.get(f"{PAGE}results/export/?set={SET}&format=doc").status_code == 404
    assert AuditEntry.objects.filter(action="evaluation_results.exported").count() == 2


def test_what_was_expected_is_told_as_it_was_when_the_model_answered(
    alice_browser: Client, alice_api: ApiClient, start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    answers(GOOD_RETURNS)
    work(start())
    changed = returns.expected | {"reference": "可以退货。"}
    EvaluationQuestion.objects.filter(pk=returns.pk).update(expected=changed)

    table = alice_browser.get(f"{PAGE}results/export/?set={SET}&format=csv")
    rows = table.getvalue().decode()
    assert f"{RETURNS},{GOOD_RETURNS}" in rows
    assert "可以退货。" not in rows
    page = alice_browser.get(f"{PAGE}questions/{returns.pk}/answers/").text
    assert "The question has been changed since this answer." in page


def test_a_later_run_that_ended_at_its_limit_does_not_take_the_place_of_a_whole_one(
    start: Start, write: Write, alice_actor: Actor, answers: Answers
) -> None:
    for number in range(2):
        write(f"{RETURNS} {number}", GOOD_RETURNS)
    answers(*[GOOD_RETURNS] * 3)
    whole = work(start())
    [limited] = services.start_runs(
        alice_actor,
        adapter=adapters.for_desk("translation"),
        question_set=SET,
        endpoints=[],
        settings=RunSettings(limit=Limit(tokens=1)),
    )
    assert work(limited).total == 1

    organisation = alice_actor.organisation
    assert results.latest_runs(organisation) == [whole]
    whole.delete()
    assert results.latest_runs(organisation) == [limited]


@pytest.mark.slow
def test_results_are_set_for_paper(
    alice_browser: Client, start: Start, returns: EvaluationQuestion, answers: Answers
) -> None:
    """Slow: a child process loads the typesetter and its fonts."""
    answers(GOOD_RETURNS)
    work(start())

    answer = alice_browser.get(
        f"{PAGE}results/export/?set={SET}&format=pdf", headers={"Accept-Language": "zh-CN"}
    )

    page = pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_range()
    assert "scripted" in page
    assert "通过" in page


def test_a_run_ends_at_its_limit_and_goes_on_under_a_higher_one(
    alice_browser: Client, alice_api: ApiClient, write: Write, engine: ScriptedEngine
) -> None:
    for number in range(3):
        write(f"{RETURNS} {number}", GOOD_RETURNS)
    engine.script(*[{"text": GOOD_RETURNS}] * 3)
    alice_browser.post(f"{PAGE}runs/new/?set={SET}", {"max_tokens": "200"})
    run = work(EvaluationRun.objects.get())

    assert run.job
    assert (run.job.state, run.job.error_code) == ("failed", "evaluation_limit_reached")
    assert 1 <= run.answers.count() < 3
    assert run.total == run.answers.count()
    page = alice_browser.get(f"{PAGE}runs/{run.pk}/").text
    assert "Limit reached" in page
    assert 'value="200"' in page
    assert run.model in alice_browser.get(f"{PAGE}results/?set={SET}").text

    address = f"/api/v1/translation/evaluation-runs/{run.pk}/resume/"
    assert alice_api.post_json(address, {"max_tokens": 0}).status_code == 400
    assert alice_api.post_json(address, {"max_tokens": 1}).json()["state"] == "queued"
    work(run)
    alice_browser.post(f"{PAGE}runs/{run.pk}/continue/", {"max_tokens": "100000", "max_cost": ""})
    run = work(run)
    assert run.job
    run.job.refresh_from_db()
    assert (run.job.state, run.total, run.answers.count()) == ("succeeded", 3, 3)


@pytest.mark.django_db(transaction=True)
def test_questions_asked_beside_each_other_wait_where_the_limit_has_no_room_for_all(
    alice_actor: Actor, scripted_engine: ScriptedEngine
) -> None:
    endpoint_of(scripted_engine, alice_actor, Purpose.CHAT, max_concurrency=9)
    for number in range(12):
        EvaluationQuestion.objects.create(
            organisation=alice_actor.organisation,
            desk="model_lab",
            question_set="number",
            text=f"{number} + 1?",
            expected={"answer": str(number + 1)},
        )
    scripted_engine.script(*[{"text": "#### 1"}] * 12)
    settings = RunSettings(limit=Limit(tokens=300))
    [run] = services.start_runs(
        alice_actor,
        adapter=adapters.for_desk("model_lab"),
        question_set="number",
        endpoints=[],
        settings=settings,
    )

    runs.execute(run.job_id)  # type: ignore[arg-type]

    calls = InferenceCall.objects.filter(job=run.job_id)
    spent = sum(call.input_tokens + call.output_tokens for call in calls)
    assert 3 <= run.answers.count() == calls.count() < 12
    assert 300 - 2 * spent / calls.count() < spent <= 300


def test_a_change_of_an_endpoints_model_is_compared_first_and_kept_beside_the_change(
    alice_browser: Client, alice_actor: Actor, engine: ScriptedEngine, returns: EvaluationQuestion
) -> None:
    """It asks for a comparison and blocks nothing."""
    endpoint = endpoint_of(engine, alice_actor, Purpose.CHAT, name="own", model="old", is_enabled=False)
    told = f"/models/endpoints/{endpoint.pk}/model-change/"
    assert alice_browser.get(told, {"model": "old"}).text.strip() == ""
    page = alice_browser.get(told, {"model": "new"}).text
    assert page.count("not measured here") == 2
    assert "add it as another, disabled endpoint" in page

    other = endpoint_of(engine, alice_actor, Purpose.CHAT, name="new", model="new", is_enabled=False)
    page = alice_browser.get(told, {"model": "new"}).text
    link = page.partition(f'href="{PAGE}runs/new/')[2].partition('"')[0].replace("&amp;", "&")
    assert str(other.pk) in link
    assert alice_browser.get(f"{PAGE}runs/new/{link}").text.count("checked") == 2
    chosen = {"endpoints": [endpoint.pk, other.pk]}
    alice_browser.post(f"{PAGE}runs/new/?set={SET}", chosen)
    for run in EvaluationRun.objects.order_by("created_at"):
        engine.script({"text": GOOD_RETURNS})
        work(run)
    assert "1.00 → 1.00 (" in alice_browser.get(told, {"model": "new"}).text

    endpoints.change_endpoint(alice_actor, endpoint, model="new")

    entry = AuditEntry.objects.get(action="endpoint.changed")
    assert (entry.details["before"], entry.details["after"]) == ("old", "new")
    zone = settings_zone(alice_actor.organisation)
    today = timezone.now().astimezone(ZoneInfo(zone)).date()
    scope = Scope(alice_actor.organisation, Period(today, today, zone), {})
    [mark] = [each for each in model_marks(scope, {}) if "→" in str(each.text)]
    assert mark.text == f"own: old → new, exams {entry.details['exams']}"
