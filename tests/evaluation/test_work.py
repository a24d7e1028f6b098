"""What people work with becomes a question by one press, for whoever may both read it and add questions."""

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, Organisation, User
from apps.inference import prompts
from apps.inference.prompt_catalogue import shipped_prompt
from apps.workbench import services as workbench
from apps.workbench.models import App, AppRun
from tests.conftest import browser_of

pytestmark = pytest.mark.django_db
NEW = "/model-lab/exams/questions/new/"
APP = """\
app: shout
title: {en: Shout, zh: 喊}
inputs:
  mail: {type: text, title: {en: Mail, zh: 邮件}, max_characters: 2000}
steps:
  - id: shouted
    kind: branch
    cases:
      - {when: inputs.mail | length > 0, value: "Paris"}
    otherwise: Nothing
outputs:
  reply: {title: {en: Reply, zh: 回复}, value: "{{ shouted.value }}"}
"""


@pytest.fixture
def run(alice_actor: Actor) -> AppRun:
    app: App = workbench.create_app(alice_actor, text=APP)
    return AppRun.objects.create(
        organisation=alice_actor.organisation,
        app=app,
        version=app.versions.get(),
        member=alice_actor.member,
        inputs={"mail": "What is the capital of France?"},
        outputs={"reply": "Paris"},
    )


def browser_in(organisation: Organisation, role: str) -> Client:
    user = User.objects.create_user(f"{role}@tea.example")
    Membership.objects.create(organisation=organisation, user=user, role=role)
    return browser_of(user)


def test_a_run_of_an_app_fills_the_form_of_a_question(alice_browser: Client, run: AppRun) -> None:
    page = alice_browser.get(reverse("workbench:app_run", args=[run.pk])).text
    address = f"{NEW}?work=app_run%3A{run.pk}"
    assert address in page
    assert "France" not in address

    form = alice_browser.get(address).context["form"]

    assert form.initial == {
        "question_set": "text",
        "text": "What is the capital of France?",
        "answer": "Paris",
    }


def test_a_run_of_someone_else_is_not_read(run: AppRun, tea_house: Organisation) -> None:
    browser = browser_in(tea_house, "admin")

    assert browser.get(f"{NEW}?work=app_run:{run.pk}").status_code == 404


@pytest.mark.parametrize(
    "work", ["app_run:x", "app_run", "other:1", "prompt_input:shorten:1", "prompt_input:no:1"]
)
def test_an_address_that_names_nothing_is_not_found(alice_browser: Client, work: str) -> None:
    assert alice_browser.get(f"{NEW}?work={work}").status_code == 404


def test_a_desk_whose_questions_are_of_another_kind_takes_no_work(alice_browser: Client, run: AppRun) -> None:
    address = f"/translation/evaluation/questions/new/?work=app_run:{run.pk}"

    assert alice_browser.get(address).status_code == 404


def test_a_recorded_input_fills_the_form_for_whoever_may_read_it(
    alice_browser: Client, alice_actor: Actor, tea_house: Organisation
) -> None:
    alice_browser.post(reverse("operations:record_prompt_inputs", args=["shorten"]))
    shipped = shipped_prompt("shorten")
    prompt = prompts.load(alice_actor.organisation, shipped.path)
    prompt.render(**{**shipped.sample, "text": "A long text about tea"})
    page = alice_browser.get(reverse("operations:prompt", args=["shorten"])).text
    address = f"{NEW}?work=prompt_input%3Ashorten%3A1"
    assert address in page

    assert alice_browser.get(address).context["form"].initial["text"] == "A long text about tea"
    # Holds exams, but not the permission to see what fills that prompt.
    assert browser_in(tea_house, "operator").get(address).status_code == 403
