"""The desk's figures: uses of apps, each with its time and tokens."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.test import Client

from apps.accounts.actors import Actor
from apps.analytics import periods
from apps.analytics.reports import Scope
from apps.inference.models import InferenceCall
from apps.jobs.models import Job
from apps.workbench import decisions, selectors, services
from apps.workbench.models import App, AppRun, StepRun
from apps.workbench.report import REPORT
from tests.workbench.conftest import INPUTS, REPLY, WISHES, Answers, RunApp, published, worked

pytestmark = pytest.mark.django_db


def scope(actor: Actor, **filters: str) -> Scope:
    return Scope(actor.organisation, periods.latest(7, "UTC"), filters)


def test_uses_are_counted_with_failures_time_and_tokens(
    alice_actor: Actor, answers: Answers, run_app: RunApp, reply_app: App
) -> None:
    answers(WISHES, "On their way.", "no JSON", "no JSON")
    run_app(reply_app, **INPUTS)
    run_app(reply_app, **INPUTS)

    now = REPORT.load(scope(alice_actor)).now

    assert (now.runs, now.done, now.failed, now.members) == (2, 1, 1, 1)
    assert now.tokens > 0
    assert now.seconds is not None


def test_a_run_that_waited_is_done_with_its_results_and_has_the_tokens_and_time_of_all_its_jobs(
    alice_actor: Actor, answers: Answers
) -> None:
    app = published(
        alice_actor,
        "app: asked\ntitle: Asked\nsteps:\n  - {id: one, kind: ask, prompt: First}\n"
        "  - {id: ok, kind: wait, message: Fine?}\n  - {id: two, kind: ask, prompt: Second}\n"
        'outputs: {two: {value: "{{ two.text }}"}}\n',
    )
    answers("One.", "Two.")
    run = services.start_run(alice_actor, app, inputs={})
    worked(run)
    before = REPORT.load(scope(alice_actor)).now
    decisions.decide_step(alice_actor, StepRun.objects.get(run=run, state="waiting"), is_approved=True)
    worked(AppRun.objects.get(pk=run.pk))

    now = REPORT.load(scope(alice_actor)).now

    assert (before.runs, before.done, before.seconds, now.done) == (1, 0, None, 1)
    calls = InferenceCall.objects.all()
    assert len(calls) == 2
    assert now.tokens == sum(call.input_tokens + call.output_tokens for call in calls) > before.tokens
    assert set(selectors.model_calls(AppRun.objects.get(pk=run.pk))) == set(calls)
    Job.objects.update(finished_at=F("started_at") + timedelta(seconds=30))
    assert REPORT.load(scope(alice_actor)).now.seconds == 60


def test_trials_are_no_uses_and_one_app_is_told_apart(alice_actor: Actor, reply_app: App) -> None:
    other = published(alice_actor, REPLY.replace("app: reply", "app: other"))
    draft = services.create_app(alice_actor, text=REPLY.replace("app: reply", "app: draft"))
    services.start_run(alice_actor, other, inputs=INPUTS)
    worked(services.start_trial(alice_actor, draft, inputs=INPUTS))

    assert REPORT.load(scope(alice_actor)).now.runs == 1
    assert REPORT.load_totals
    assert REPORT.load_totals(scope(alice_actor, app=str(reply_app.pk))).now.runs == 0


def test_the_page_of_an_app_leads_to_its_figures(alice_browser: Client, alice_actor: Actor) -> None:
    app = published(alice_actor, REPLY.replace("en: Reply,", "en: Answer mails,"))
    services.start_run(alice_actor, app, inputs=INPUTS)
    figures = f"/apps/figures/?app={app.pk}"
    assert figures in alice_browser.get(f"/apps/{app.pk}/").content.decode()

    page = alice_browser.get(figures).content.decode()

    assert "Runs of apps" in page
    assert "Tokens of apps" in page
    assert "Answer mails" in page.partition("Runs by app")[2], (
        "by its title, as the file's name may say nothing"
    )
