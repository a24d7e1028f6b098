"""A draft is tried before it is published: on exactly the text that was tried, by its editors, seen by nobody else."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from apps.accounts.actors import Actor
from apps.core.errors import Conflict, InvalidInput, PermissionDenied
from apps.jobs.models import Job
from apps.privacy import retention_rules
from apps.workbench import selectors, services
from apps.workbench.models import App, AppRun, AppVersion
from tests.conftest import ApiClient
from tests.workbench.conftest import INPUTS, REPLY, WISHES, Answers, worked

pytestmark = pytest.mark.django_db
State = AppVersion.State
EXAMPLES = """\
examples:
  - {title: {en: A short mail, zh: 一封短邮件}, inputs: {mail: "Two boxes, please", tone: brief}}
"""


@pytest.fixture
def draft_app(alice_actor: Actor) -> App:
    return services.create_app(alice_actor, text=REPLY + EXAMPLES)


def saved(actor: Actor, app: App, text: str) -> AppVersion:
    app = selectors.app_list(actor.organisation).get(pk=app.pk)
    version = app.draft or app.published
    assert version
    return services.save_draft(actor, app, text=text, seen=version.fingerprint)


def test_a_draft_runs_and_the_run_says_that_it_was_a_trial(
    alice_actor: Actor, answers: Answers, draft_app: App
) -> None:
    run = services.start_trial(alice_actor, draft_app, inputs=INPUTS)
    answers(WISHES, "On their way.")
    worked(run)

    assert (run.occasion, run.outputs["reply"]) == (AppRun.Occasion.TRIAL, "On their way.")
    assert not selectors.run_list(alice_actor).exists(), "it is no use of the app"
    assert selectors.own_run(alice_actor, run.pk) == run


def test_a_trial_that_came_out_well_is_kept_as_a_case_by_a_button_in_sight(
    alice_actor: Actor, alice_browser: Client, answers: Answers, draft_app: App
) -> None:
    run = services.start_trial(alice_actor, draft_app, inputs=INPUTS)
    answers(WISHES, "On their way.")
    worked(run)
    page = alice_browser.get(run.get_absolute_url()).content.decode()

    button = f'<a class="button" href="/apps/runs/{run.pk}/keep/">'
    assert page.count("Keep as a case") == 1
    assert button in page


def test_what_was_tried_stays_when_the_draft_changes(
    alice_actor: Actor, answers: Answers, draft_app: App
) -> None:
    """The job begins only after the next change: it runs what was tried."""
    run = services.start_trial(alice_actor, draft_app, inputs=INPUTS)
    saved(alice_actor, draft_app, REPLY.replace("Nothing to answer.", "Other words."))
    answers({"wishes": []})
    worked(run)

    assert run.version.text == REPLY + EXAMPLES
    assert run.outputs["reply"] == "Nothing to answer."
    versions = selectors.version_list(draft_app).values_list("number", "state")
    assert list(versions) == [(2, State.DRAFT), (1, State.TRIED)]


def test_what_was_tried_goes_after_its_last_run(alice_actor: Actor, draft_app: App) -> None:
    services.start_trial(alice_actor, draft_app, inputs=INPUTS)
    saved(alice_actor, draft_app, REPLY)
    AppVersion.objects.update(saved_at=timezone.now() - timedelta(days=200))
    retention_rules.erase_outdated()
    assert AppVersion.objects.filter(state=State.TRIED).exists(), "its run is young"

    AppRun.objects.all().delete()
    cache.clear()
    retention_rules.erase_outdated()
    assert [version.state for version in AppVersion.objects.all()] == [State.DRAFT]


def test_a_draft_that_was_not_tried_is_changed_in_place(alice_actor: Actor, draft_app: App) -> None:
    saved(alice_actor, draft_app, REPLY)

    assert list(selectors.version_list(draft_app).values_list("number", "state")) == [(1, State.DRAFT)]


def test_what_was_tried_is_published_as_it_is_and_not_used_again_when_it_is_outdated(
    alice_actor: Actor, draft_app: App
) -> None:
    services.start_trial(alice_actor, draft_app, inputs=INPUTS)
    first = selectors.version_list(draft_app).get()
    saved(alice_actor, draft_app, REPLY)
    services.publish_app(alice_actor, draft_app)
    first.refresh_from_db()

    assert App.objects.get().published.number == 2  # type: ignore[union-attr]
    with pytest.raises(Conflict):
        services.roll_back(alice_actor, first)


def test_a_draft_with_problems_is_not_tried(alice_actor: Actor) -> None:
    app = services.create_app(alice_actor, text=REPLY.replace("draft.text", "draft.txt"))

    with pytest.raises(InvalidInput) as refused:
        services.start_trial(alice_actor, app, inputs=INPUTS)

    assert "txt" in refused.value.reason


def test_inputs_that_do_not_fit_are_told(alice_actor: Actor, draft_app: App) -> None:
    with pytest.raises(InvalidInput) as refused:
        services.start_trial(alice_actor, draft_app, inputs={"mail": "x", "tone": "rude"})

    assert "tone" in refused.value.fields


def test_whoever_only_uses_apps_tries_none(alice_actor: Actor, draft_app: App) -> None:
    user = Actor(alice_actor.organisation, frozenset({"workbench.use"}), member=alice_actor.member)

    with pytest.raises(PermissionDenied):
        services.start_trial(user, draft_app, inputs=INPUTS)


def test_who_lost_the_right_to_edit_tries_no_further(
    alice_actor: Actor, colleague_actor: Actor, draft_app: App
) -> None:
    run = services.start_trial(colleague_actor, draft_app, inputs=INPUTS)
    assert colleague_actor.member
    colleague_actor.member.role = "operator"
    colleague_actor.member.save()

    assert worked(run).state == Job.State.FAILED


def test_an_app_for_certain_roles_is_tried_by_whoever_edits_it(
    colleague_actor: Actor, alice_actor: Actor, answers: Answers
) -> None:
    app = services.create_app(alice_actor, text=REPLY + "use: {roles: [analyst]}\n")
    run = services.start_trial(colleague_actor, app, inputs=INPUTS)
    answers({"wishes": []})

    assert worked(run).state == Job.State.SUCCEEDED


def test_nobody_else_sees_a_trial(
    alice_actor: Actor, colleague_actor: Actor, alice_api: ApiClient, draft_app: App
) -> None:
    run = services.start_trial(alice_actor, draft_app, inputs=INPUTS)

    assert not selectors.own_runs(colleague_actor).exists()
    assert alice_api.get(f"/api/v1/apps/reply/runs/{run.pk}/").status_code == 404


def test_the_editing_page_tries_the_draft_with_an_example(
    alice_browser: Client, alice_actor: Actor, draft_app: App
) -> None:
    edit = f"/apps/{draft_app.pk}/edit/"
    assert "A short mail" in alice_browser.get(edit).content.decode()
    begun = alice_browser.get(f"{edit}?example=0").content.decode().partition('id="trial"')[2]
    assert "Two boxes, please" in begun
    assert alice_browser.get(f"{edit}?example=99").status_code == 200
    assert alice_browser.get(f"{edit}?example={'9' * 5000}").status_code == 200

    wrong = alice_browser.post(f"/apps/{draft_app.pk}/trial/", {"tone": "warm"})
    assert "This field is required." in wrong.content.decode()
    started = alice_browser.post(f"/apps/{draft_app.pk}/trial/", INPUTS, follow=True)

    assert "trial of a draft" in started.content.decode()
    assert AppRun.objects.get().occasion == AppRun.Occasion.TRIAL
    assert "Version 1" in alice_browser.get(edit).content.decode().partition('id="trial"')[2]


def test_a_trial_leads_back_to_its_draft_which_says_how_to_get_cases(
    alice_actor: Actor, alice_browser: Client, answers: Answers, draft_app: App
) -> None:
    run = services.start_trial(alice_actor, draft_app, inputs=INPUTS)
    answers(WISHES, "On their way.")
    worked(run)

    page = alice_browser.get(f"/apps/runs/{run.pk}/").content.decode()
    assert f'<a href="/apps/{draft_app.pk}/edit/">Reply</a>' in page
    assert f"/apps/runs/{run.pk}/keep/" in page
    editor = alice_browser.get(f"/apps/{draft_app.pk}/edit/").content.decode()
    assert "No cases yet. Try the draft" in editor


def test_what_is_published_and_not_drafted_is_not_tried(
    alice_browser: Client, alice_actor: Actor, reply_app: App
) -> None:
    answer = alice_browser.post(f"/apps/{reply_app.pk}/trial/", INPUTS)

    assert answer.headers["Location"] == f"/apps/{reply_app.pk}/edit/"
    assert AppRun.objects.count() == 0
    with pytest.raises(Conflict):
        services.start_trial(alice_actor, reply_app, inputs=INPUTS)
