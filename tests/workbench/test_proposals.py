"""A draft from a description in words: planned by a model, written by code, checked like any other."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.jobs import runs
from apps.jobs.models import Job
from apps.jobs.selectors import error_of
from apps.workbench import proposals, services
from apps.workbench.models import App
from domain.workflows import checking, editing, outline, planning
from tests.scripted_engine_fixture import ScriptedEngine
from tests.workbench.conftest import Answers

pytestmark = pytest.mark.django_db

WISHES = {
    "wishes": [
        {"wish": "Answer mails kindly", "kind": "text"},
        {"wish": "Send the\n answer: by mail", "kind": "outside"},
    ]
}
PLAN: dict[str, Any] = {
    "description": "Answers mails.",
    "inputs": [{"title": "Mail", "type": "text"}],
    "steps": [
        {
            "wish": 1,
            "title": "Wishes",
            "kind": "extract",
            "uses": ["Mail"],
            "instruction": "What is {{ asked }} for?",
            "fields": ["Wish", "订单号"],
        },
        {
            "wish": 1,
            "title": "Answer",
            "kind": "ask",
            "uses": ["Wishes", "No such"],
            "instruction": "Answer.",
            "fields": [],
        },
    ],
    "results": ["Answers"],
}


def worked(app: App) -> Job:
    job = proposals.job_of(app)
    assert job
    runs.execute(job.pk)
    job.refresh_from_db()
    return job


def test_a_description_becomes_a_draft_that_says_what_it_cannot_do(
    alice_browser: Client, answers: Answers
) -> None:
    answers(WISHES, PLAN)
    wish = {"title": "Kind answers", "wish": "Answer mails: kindly.\n- and send them"}
    page = alice_browser.post("/apps/new/", wish, follow=True).content.decode()
    app = App.objects.get()
    assert "A model is planning the steps" in page
    assert app.draft
    assert app.draft.checked, "until then there is an example"

    assert worked(app).state == "succeeded"
    app = App.objects.get()
    assert app.draft
    assert not app.draft.problems
    assert (
        editing.value_at(app.draft.text, ("steps", 0, "prompt"))
        == "{{ inputs.mail }}\nWhat is   asked   for?\n"
    )
    page = alice_browser.get(f"/apps/{app.pk}/edit/").content.decode()
    assert "Proposed by a model. Check each step" in page
    assert "Not done by these steps: Send the" in page
    assert "Kind answers" in page
    assert app.published is None


def test_what_was_published_by_then_stays(alice_actor: Actor, answers: Answers) -> None:
    app = proposals.begin_app(alice_actor, title="Kind answers", wish="Answer mails")
    app = App.objects.get(pk=app.pk)
    assert app.draft
    mine = f"{app.draft.text}# mine\n"

    answers(WISHES, PLAN)
    services.save_draft(alice_actor, app, text=mine, seen=app.draft.fingerprint)
    services.publish_app(alice_actor, App.objects.get(pk=app.pk))
    assert worked(app).state == "failed"
    published = App.objects.get(pk=app.pk).published
    assert published
    assert published.text == mine


def test_a_wish_without_a_step_is_asked_for_again_and_told_where_it_stays_so(
    alice_actor: Actor, answers: Answers, engine: ScriptedEngine
) -> None:
    translate = {"wish": "Translate the answer", "kind": "text"}
    wishes = {"wishes": [WISHES["wishes"][0], translate]}
    whole = PLAN | {"steps": [*PLAN["steps"], {**PLAN["steps"][1], "wish": 2, "title": "Translation"}]}
    told = {}
    for title, plans in {"mended": [PLAN, whole], "not mended": [PLAN] * proposals.MAX_ATTEMPTS}.items():
        answers(wishes, *plans)
        app = proposals.begin_app(alice_actor, title=title, wish="Answer mails and translate the answer")
        assert worked(app).state == "succeeded"
        draft = App.objects.get(pk=app.pk).draft
        assert draft
        told[title] = [note for note in outline.notes(draft.text) if "Not done" in note]

    assert told == {"mended": [], "not mended": ["Not done by these steps: Translate the answer"]}
    assert "No step is for “Translate the answer”" in str(engine.requests()[2]["body"])


def test_a_description_of_nothing_that_steps_can_do_says_so(alice_actor: Actor, answers: Answers) -> None:
    answers({"wishes": WISHES["wishes"][1:]})

    job = worked(proposals.begin_app(alice_actor, title="Post", wish="Send my mails"))

    assert (job.state, job.error_code) == ("failed", "conflict")
    assert str(proposals.NOTHING_DONE) in str(error_of(job))


@pytest.mark.parametrize(
    "changes",
    [
        {
            "results": ["Nowhere"],
            "inputs": [{"title": "邮件", "type": "number"}, {"title": "邮件", "type": "text"}],
        },
        {
            "steps": [
                {
                    "title": "找",
                    "wish": 1,
                    "kind": "retrieve",
                    "uses": [],
                    "instruction": "{% x",
                    "fields": [],
                }
            ]
        },
        {"steps": [{**PLAN["steps"][0], "title": "inputs", "fields": []}] * 3},
        {
            "steps": [
                {"title": "}} \n- x", "wish": 1, "kind": "write", "uses": [], "instruction": "", "fields": []}
            ]
        },
        {"inputs": [{"title": "Documents", "type": "collection"}]},
    ],
)
def test_whatever_a_model_plans_gives_a_valid_file(changes: dict[str, Any]) -> None:
    plan = planning.plan_model(1).model_validate(PLAN | changes)
    text = planning.file_of(plan, app="planned", title={"en": "x: }}"})

    assert checking.load(text).outputs


def test_a_wish_stays_a_comment(alice_actor: Actor) -> None:
    wish = "a\u2028app: other\r\nsteps: []\x85x: y\n\x00\n# b"
    app = proposals.begin_app(alice_actor, title='"}}: x', wish=wish)

    draft = App.objects.get(pk=app.pk).draft
    assert draft
    assert not draft.problems
    assert editing.value_at(draft.text, ("app",)) == "x"
