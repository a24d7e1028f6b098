"""What a member put into apps and got is told to them, and erased with what is theirs."""

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.core.errors import Conflict
from apps.jobs.models import Job
from apps.privacy import members
from apps.workbench import services
from apps.workbench.models import App, AppRun, StepRun
from tests.workbench.conftest import INPUTS, WISHES, Answers, worked

pytestmark = pytest.mark.django_db


@pytest.fixture
def colleague_run(colleague_actor: Actor, answers: Answers, reply_app: App) -> AppRun:
    run = services.start_run(colleague_actor, reply_app, inputs=INPUTS)
    answers(WISHES, "On their way.")
    worked(run)
    return run


def left(actor: Actor) -> None:
    assert actor.member
    actor.member.is_active = False
    actor.member.save()


def test_a_report_holds_the_members_runs_and_nobody_elses(
    alice_actor: Actor, colleague_actor: Actor, colleague_run: AppRun, reply_app: App
) -> None:
    services.start_run(alice_actor, reply_app, inputs={"mail": "mine", "tone": "warm"})
    assert colleague_actor.member

    held = {
        part["what"]: part["rows"]
        for part in members.member_report(alice_actor, colleague_actor.member)["held"]
    }

    assert [row["inputs"]["mail"] for row in held["workbench.apprun"]] == [INPUTS["mail"]]
    assert held["workbench.apprun"][0]["outputs"]["reply"] == "On their way."
    assert [row["place"] for row in held["workbench.steprun"]] == ["facts", "draft", "reply"]


def test_erasing_what_is_a_members_takes_runs_and_what_their_jobs_hold(
    alice_actor: Actor, colleague_actor: Actor, colleague_run: AppRun, reply_app: App
) -> None:
    own = services.start_run(alice_actor, reply_app, inputs=INPUTS)
    assert colleague_actor.member
    left(colleague_actor)

    members.erase_member(alice_actor, colleague_actor.member)

    assert list(AppRun.objects.all()) == [own]
    assert not StepRun.objects.exists()
    assert Job.objects.get(pk=colleague_run.job_id).erased_at


def test_whoever_still_works_here_is_deactivated_first(alice_actor: Actor, colleague_actor: Actor) -> None:
    assert colleague_actor.member
    with pytest.raises(Conflict, match="Deactivate"):
        members.erase_member(alice_actor, colleague_actor.member)


def test_the_team_page_leads_to_both(
    alice_browser: Client, colleague_actor: Actor, colleague_run: AppRun
) -> None:
    left(colleague_actor)
    assert colleague_actor.member
    report = f"/team/{colleague_actor.member.pk}/report/"
    page = alice_browser.get("/team/").content.decode()
    assert report in page
    assert f"/team/{colleague_actor.member.pk}/erase/" in page

    answer = alice_browser.get(report)

    assert "two more boxes" in answer.content.decode()
    assert "attachment" in answer.headers["Content-Disposition"]
