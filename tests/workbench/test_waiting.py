"""A run waits for a person without holding a worker, and goes on with what they decide."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.alerts import alerts
from apps.accounts.models import Membership, User
from apps.core import redis_client
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.jobs.models import Job
from apps.workbench import decisions, live, selectors, services
from apps.workbench.models import App, AppRun, StepRun
from tests.conftest import ApiClient, browser_of
from tests.workbench.conftest import problem_codes, published, worked

pytestmark = pytest.mark.django_db
NOTICE = """\
app: notice
title: {en: Notice, zh: 通知}
inputs: {topic: {type: text}, secret: {type: text}}
steps:
  - {id: draft, kind: write, text: "Dear all, {{ inputs.topic }}."}
  - id: ok
    kind: wait
    message: {en: "May this go out about {{ inputs.topic }}?", zh: "可以发布吗？{{ inputs.topic }}"}
    fields:
      text: {type: text, title: {en: Notice, zh: 通知}, max_characters: 100}
      copies: {type: number, min: 1, optional: true}
    values: {text: "{{ draft.text }}"}
    roles: [admin]
  - {id: notice, kind: write, when: ok.approved, text: "{{ ok.text }}"}
outputs:
  notice: {value: "{{ notice.text }}"}
  approved: {value: "{{ ok.approved }}"}
"""
INPUTS = {"topic": "tea at four", "secret": "the cake"}


@pytest.fixture
def notice(alice_actor: Actor) -> App:
    return published(alice_actor, NOTICE)


def waiting(actor: Actor, app: App) -> tuple[AppRun, StepRun]:
    run = services.start_run(actor, app, inputs=INPUTS)
    assert worked(run).state == Job.State.SUCCEEDED
    return run, StepRun.objects.get(run=run, state=StepRun.State.WAITING)


def test_what_ran_in_the_background_goes_on_there(
    alice_actor: Actor, colleague_actor: Actor, notice: App
) -> None:
    run = services.start_run(alice_actor, notice, inputs=INPUTS, is_awaited=False)
    worked(run)
    step = StepRun.objects.get(run=run, state=StepRun.State.WAITING)

    decisions.decide_step(colleague_actor, step, is_approved=True, given={"text": "Dear all, tea at five."})

    job = worked(AppRun.objects.get(pk=run.pk))
    assert (job.queue, job.state) == ("batch", Job.State.SUCCEEDED)


def test_a_run_stops_for_a_person_and_a_new_job_goes_on(
    alice_actor: Actor, colleague_actor: Actor, notice: App
) -> None:
    run, step = waiting(alice_actor, notice)
    first_job = run.job_id
    assert (run.state, run.outputs, step.asked_roles) == ("waiting", {}, ["admin"])
    assert list(selectors.waiting_steps(colleague_actor)) == [step]
    assert not selectors.waiting_steps(alice_actor).exists()

    decisions.decide_step(colleague_actor, step, is_approved=True, given={"text": "Dear all, tea at five."})
    run.refresh_from_db()
    assert (run.state, run.job_id == first_job) == ("queued", False)
    worked(run)

    assert run.outputs == {"notice": "Dear all, tea at five.", "approved": True}
    assert run.job
    assert run.job.member == alice_actor.member
    assert not selectors.waiting_steps(colleague_actor).exists()
    step.refresh_from_db()
    assert step.decided_by == colleague_actor.member


def test_a_refusal_is_a_result_like_any_other(
    alice_actor: Actor, colleague_actor: Actor, notice: App
) -> None:
    run, step = waiting(alice_actor, notice)
    decisions.decide_step(colleague_actor, step, is_approved=False, given={"text": "No."})
    worked(run := AppRun.objects.get(pk=run.pk))

    assert run.outputs == {"notice": "", "approved": False}


def test_who_declines_need_fill_in_nothing(
    alice_actor: Actor, colleague_actor: Actor, notice: App, charlie: User
) -> None:
    _run, step = waiting(alice_actor, notice)
    page = f"/apps/waiting/{step.pk}/"
    assert browser_of(charlie).post(page, {"approve": "1", "text": "x" * 101}).status_code == 200

    assert browser_of(charlie).post(page, {"refuse": "1", "text": "x" * 101}).status_code == 302
    step.refresh_from_db()
    assert step.result == {"approved": False, "text": "", "copies": None}


LETTERS = """\
app: letters
title: Letters
inputs: {names: {type: list, of: {type: text}}}
steps:
  - id: written
    kind: for_each
    items: "{{ inputs.names }}"
    steps: [{id: letter, kind: write, text: "Dear {{ item }},\\n\\nplease  come.\\n-----"}]
    collect: {letters: "{{ letter.text }}"}
  - id: ok
    kind: wait
    message: May these go out?
    fields: {letters: {type: list, of: {type: text}}, note: {type: text, optional: true}}
    values: {letters: "{{ written.letters }}", note: "{% for each in written.letters %}{{ each }}{% endfor %}"}
outputs: {letters: {value: "{{ ok.letters }}"}, note: {value: "{{ ok.note }}"}}
"""


@pytest.mark.parametrize("change", [("", ""), ("Lin,", "Mr Lin,")])
def test_texts_of_several_lines_stay_as_many_as_they_were(
    alice_actor: Actor, alice_browser: Client, change: tuple[str, str]
) -> None:
    run = services.start_run(alice_actor, published(alice_actor, LETTERS), inputs={"names": ["Lin", "Mei"]})
    worked(run)
    step = StepRun.objects.get(run=run, state=StepRun.State.WAITING)
    page = f"/apps/waiting/{step.pk}/"
    form = alice_browser.get(page).context["form"]
    assert "Keep the line ------ between them" in str(form)
    sent = {
        name: str(form[name].value()).replace(*change, 1).replace("\n", "\r\n")
        for name in ("letters", "note")
    }

    alice_browser.post(page, {"approve": "1", **sent})
    worked(run := AppRun.objects.get(pk=run.pk))

    letters = [f"Dear {name},\n\nplease  come.\n-----" for name in ("Lin", "Mei")]
    assert run.outputs["letters"] == [letters[0].replace(*change), letters[1]]
    assert "\r" not in run.outputs["note"]


def test_a_short_text_of_several_lines_is_asked_for_with_its_lines(
    alice_actor: Actor, alice_browser: Client
) -> None:
    text = NOTICE.replace('"Dear all, {{ inputs.topic }}."', '"Dear all,\\n{{ inputs.topic }}."')
    app = published(alice_actor, text.replace("    roles: [admin]\n", ""))
    _run, step = waiting(alice_actor, app)

    page = alice_browser.get(f"/apps/waiting/{step.pk}/").content.decode()

    assert '<textarea name="text"' in page
    assert "Dear all,\ntea at four.</textarea>" in page


def test_of_two_people_the_first_decides_and_the_other_is_told(
    alice_actor: Actor, colleague_actor: Actor, notice: App
) -> None:
    _run, step = waiting(alice_actor, notice)
    decisions.decide_step(colleague_actor, step, is_approved=True, given={"text": "Yes."})

    with pytest.raises(Conflict, match="Charlie"):
        decisions.decide_step(colleague_actor, step, is_approved=False, given={"text": "No."})
    assert Job.objects.count() == 2


def test_who_lost_the_role_meanwhile_is_refused_and_another_one_may(
    alice_actor: Actor, colleague_actor: Actor, notice: App
) -> None:
    run, step = waiting(alice_actor, notice)
    member = colleague_actor.member
    assert member
    Membership.objects.filter(pk=member.pk).update(role="operator")
    demoted = Actor.from_member(Membership.objects.get(pk=member.pk))

    with pytest.raises(PermissionDenied, match="no longer"):
        decisions.decide_step(demoted, step, is_approved=True, given={"text": "Yes."})
    Membership.objects.filter(pk=member.pk).update(role="admin")
    admin = Actor.from_member(Membership.objects.get(pk=member.pk))
    decisions.decide_step(admin, step, is_approved=True, given={"text": "Yes."})
    worked(run := AppRun.objects.get(pk=run.pk))
    assert run.outputs["notice"] == "Yes."


def test_whose_starter_lost_the_right_meanwhile_goes_no_further(
    alice_actor: Actor, colleague_actor: Actor, notice: App
) -> None:
    run, step = waiting(alice_actor, notice)
    Membership.objects.filter(pk=alice_actor.member.pk if alice_actor.member else None).update(
        is_active=False
    )
    decisions.decide_step(colleague_actor, step, is_approved=True, given={"text": "Yes."})
    job = worked(AppRun.objects.get(pk=run.pk))

    assert (job.state, job.error_code) == (Job.State.FAILED, "permission_denied")


def test_what_is_filled_in_has_to_fit(alice_actor: Actor, colleague_actor: Actor, notice: App) -> None:
    _run, step = waiting(alice_actor, notice)
    with pytest.raises(InvalidInput) as refused:
        decisions.decide_step(colleague_actor, step, is_approved=True, given={"text": "x" * 101, "copies": 0})

    assert set(refused.value.fields) == {"text", "copies"}


@pytest.mark.slow
def test_whoever_is_asked_sees_the_message_and_nothing_else_of_the_run(
    alice_actor: Actor, colleague_actor: Actor, charlie: User, notice: App
) -> None:
    run, step = waiting(alice_actor, notice)
    browser = browser_of(charlie)
    assert "1 run waits for your decision" in {str(alert.text) for alert in alerts(colleague_actor)}
    rows = browser.get("/apps/waiting/").content.decode()
    assert "May this go out about tea at four?" in rows
    page = browser.get(f"/apps/waiting/{step.pk}/").content.decode()

    assert "Dear all, tea at four." in page
    assert "the cake" not in page
    form = page[page.index("<main") :].partition('name="csrfmiddlewaretoken"')[2]
    first_button = form.partition("<button")[2]
    assert first_button.startswith(" disabled"), "Enter in a field would approve"
    assert browser.get(f"/apps/runs/{run.pk}/").status_code == 404
    answer = browser.post(f"/apps/waiting/{step.pk}/", {"text": "Dear all.", "copies": "2", "approve": "1"})
    assert answer.headers["Location"] == "/apps/waiting/"
    again = browser.post(f"/apps/waiting/{step.pk}/", {"text": "Dear all.", "approve": "1"})
    assert "Approved" in again.content.decode()
    assert StepRun.objects.get(pk=step.pk).result == {"approved": True, "text": "Dear all.", "copies": 2}


def test_the_run_says_that_it_waits_and_later_who_decided(
    alice_browser: Client, alice_actor: Actor, colleague_actor: Actor, notice: App
) -> None:
    run, step = waiting(alice_actor, notice)
    page = alice_browser.get(f"/apps/runs/{run.pk}/").content.decode()
    assert "The run waits for a decision" in page
    assert f"/apps/waiting/{step.pk}/" not in page, "it is not hers to decide"
    assert alice_browser.get(f"/apps/waiting/{step.pk}/").status_code == 403
    assert "waiting for a person" in alice_browser.get("/apps/runs/").content.decode()

    decisions.decide_step(colleague_actor, step, is_approved=True, given={"text": "Yes."})

    assert "Charlie" in alice_browser.get(f"/apps/runs/{run.pk}/").content.decode()


def test_without_roles_whoever_started_the_run_is_asked(
    alice_browser: Client, alice_actor: Actor, colleague_actor: Actor
) -> None:
    app = published(alice_actor, NOTICE.replace("    roles: [admin]\n", ""))
    run, step = waiting(alice_actor, app)

    assert not selectors.waiting_steps(colleague_actor).exists()
    assert f"/apps/waiting/{step.pk}/" in alice_browser.get(f"/apps/runs/{run.pk}/").content.decode()
    chinese = alice_browser.get(f"/apps/waiting/{step.pk}/", headers={"Accept-Language": "zh-CN"})
    assert "可以发布吗？tea at four" in chinese.content.decode()
    assert "批准" in chinese.content.decode()


def test_the_page_of_a_run_that_waits_learns_that_somebody_decided(
    alice_browser: Client,
    alice_actor: Actor,
    colleague_actor: Actor,
    charlie: User,
    notice: App,
    django_capture_on_commit_callbacks: Any,
) -> None:
    run, step = waiting(alice_actor, notice)
    page, moves = f"/apps/runs/{run.pk}/", f"/apps/runs/{run.pk}/moves/"
    assert f'data-moves="{moves}"' in alice_browser.get(page).text
    asked = {"HX-Request": "true"}
    assert alice_browser.get(page, headers=asked).status_code == 204
    assert browser_of(charlie).get(moves).status_code == 404, "whoever is asked sees the question alone"

    with django_capture_on_commit_callbacks(execute=True):
        decisions.decide_step(colleague_actor, step, is_approved=True, given={"text": "Tea at five."})

    told = redis_client.synchronous().xrange(live.FEED.key(run.pk))
    assert [fields[b"t"] for _id, fields in told] == [b"moved"]
    assert alice_browser.get(page, headers=asked).headers["HX-Refresh"] == "true"
    assert "data-moves" not in alice_browser.get(page).text


def test_a_program_decides_for_its_own_run(alice_api: ApiClient, alice_actor: Actor) -> None:
    published(alice_actor, NOTICE.replace("    roles: [admin]\n", ""))
    address = "/api/v1/apps/notice/runs/"
    run_id = alice_api.post_json(address, {"inputs": INPUTS}).json()["id"]
    worked(AppRun.objects.get(pk=run_id))
    assert alice_api.get(f"{address}{run_id}/").json()["state"] == "waiting"
    decision = {"approved": True, "values": {"text": "Yes."}}

    answer = alice_api.post_json(f"{address}{run_id}/decide/", decision)

    assert (answer.status_code, answer.json()["state"]) == (200, "queued")
    assert alice_api.post_json(f"{address}{run_id}/decide/", decision).status_code == 409


def test_a_run_is_stopped_on_its_page_while_it_is_under_way_and_not_while_it_waits(
    alice_browser: Client, alice_actor: Actor, notice: App
) -> None:
    run, _step = waiting(alice_actor, notice)
    page = f"/apps/runs/{run.pk}/"
    assert f'action="{page}stop/"' not in alice_browser.get(page).text
    alice_browser.post(f"{page}stop/")
    run.refresh_from_db()
    assert run.state == "waiting"

    run = services.start_run(alice_actor, notice, inputs=INPUTS)
    page = f"/apps/runs/{run.pk}/"
    assert f'action="{page}stop/"' in alice_browser.get(page).text
    assert alice_browser.post(f"{page}stop/").status_code == 302
    run.refresh_from_db()
    assert run.state == "cancelled"


def test_a_waiting_run_is_deleted_like_any_other(alice_actor: Actor, notice: App) -> None:
    run, _step = waiting(alice_actor, notice)
    services.delete_run(alice_actor, run)

    assert (AppRun.objects.count(), StepRun.objects.count()) == (0, 0)


@pytest.mark.parametrize(
    ("before", "after", "code"),
    [
        ("about {{ inputs.topic }}", "about {{ inputs.topics }}", "unknown_field"),
        ("copies: {type: number, min: 1, optional: true}", "approved: {type: flag}", "name_taken"),
        ("copies: {type: number, min: 1, optional: true}", "at: {type: collection}", "not_in_form"),
        ('values: {text: "{{ draft.text }}"}', 'values: {txt: "{{ draft.text }}"}', "unknown_argument"),
        ('values: {text: "{{ draft.text }}"}', 'values: {copies: "{{ draft.text }}"}', "type_differs"),
    ],
)
def test_what_is_asked_is_checked_when_it_is_saved(before: str, after: str, code: str) -> None:
    assert before in NOTICE
    assert code in problem_codes(NOTICE.replace(before, after))


def test_a_role_that_there_is_not_is_told_with_its_line(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=NOTICE.replace("[admin]", "[admin, king]"))
    assert app.draft

    (problem,) = app.draft.problems
    assert (problem.code, problem.names["name"], problem.mark.line) == ("unknown_role", "king", 13)


def test_a_wrong_role_is_told_with_what_else_is_wrong(alice_actor: Actor) -> None:
    text = NOTICE.replace("[admin]", "[king]").replace("{{ ok.text }}", "{{ ok.texts }}")
    app = services.create_app(alice_actor, text=text)
    assert app.draft

    assert {problem.code for problem in app.draft.problems} == {"unknown_role", "unknown_field"}


def test_a_trial_goes_on_as_if_it_were_approved(
    alice_actor: Actor, notice: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AppRun, "acts", False)
    run = services.start_run(alice_actor, notice, inputs=INPUTS)
    worked(run)

    assert run.outputs == {"notice": "Dear all, tea at four.", "approved": True}
