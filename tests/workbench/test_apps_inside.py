"""An app runs others of the organisation: typed, pinned, with their own right checks, and never in a circle."""

from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.core.errors import InvalidInput
from apps.jobs import lifecycle
from apps.jobs.models import Job
from apps.workbench import selectors, services
from apps.workbench.models import App, AppRun, AppVersion
from domain.workflows import checking
from tests.conftest import ApiClient, browser_of
from tests.mail_server_fixture import MailServer
from tests.workbench.conftest import Answers, RunApp, published, worked
from tests.workbench.test_running import execution_of

pytestmark = pytest.mark.django_db
INNER = """\
app: greet
title: Greet
inputs: {name: {type: text}, warm: {type: flag}, more: {type: text, optional: true}}
steps:
  - {id: draft, kind: ask, prompt: "Greet {{ inputs.name }}"}
  - {id: greeting, kind: write, text: "{{ draft.text }}{{ inputs.more }}"}
outputs: {greeting: {value: "{{ greeting.text }}"}}
"""
OUTER = """\
app: letter
title: Letter
inputs: {names: {type: list, of: {type: text}}}
steps:
  - id: each
    kind: for_each
    items: "{{ inputs.names }}"
    name: one
    steps: [{id: short, kind: run_app, app: greet, inputs: {name: "{{ one }}", warm: true}}]
    collect: {greetings: "{{ short.greeting }}"}
  - {id: greeting, kind: write, text: "{% for each_one in each.greetings %}{{ each_one }} {% endfor %}"}
outputs: {letter: {value: "{{ greeting.text }}"}}
"""


def chain(name: str, inner: str) -> str:
    return (
        f"app: {name}\ntitle: X\nsteps:\n  - {{id: run, kind: run_app, app: {inner}}}\n"
        'outputs: {x: {value: "{{ run.x }}"}}\n'
    )


LEAF = 'app: leaf\ntitle: X\nsteps:\n  - {id: run, kind: write, text: x}\noutputs: {x: {value: "{{ run.text }}"}}\n'


@pytest.fixture
def letter(alice_actor: Actor) -> App:
    published(alice_actor, INNER)
    return published(alice_actor, OUTER)


def problems(actor: Actor, text: str) -> list[str]:
    app = services.create_app(actor, text=text)
    assert app.draft
    return [problem.code for problem in app.draft.problems]


def test_its_steps_are_places_within_the_step(
    alice_browser: Client, answers: Answers, run_app: RunApp, letter: App
) -> None:
    answers("Dear Lin", "Dear Mei")
    run = run_app(letter, names=["Lin", "Mei"])

    assert run.outputs == {"letter": "Dear Lin Dear Mei"}
    assert list(selectors.step_list(run).values_list("place", flat=True)) == [
        "each/0/short",
        "each/0/short/draft",
        "each/0/short/greeting",
        "each/1/short",
        "each/1/short/draft",
        "each/1/short/greeting",
        "each",
        "greeting",
    ]
    page = alice_browser.get(f"/apps/runs/{run.pk}/").content.decode()
    assert page.count('<li class="card workbench-step') == 3


def test_the_version_of_the_beginning_is_used_to_the_end(alice_actor: Actor, answers: Answers) -> None:
    """Its worker is gone inside the inner app, which is published anew meanwhile."""
    inner = published(alice_actor, INNER)
    outer = published(alice_actor, OUTER)
    run = services.start_run(alice_actor, outer, inputs={"names": ["Lin", "Mei"]})
    answers("Dear Lin", "Dear Mei")
    assert run.job
    job = lifecycle.claim(run.job.pk)
    assert job
    execution = execution_of(run)
    loop: Any = execution.app.file.steps[0]
    execution.values["one"] = "Lin"
    (step,) = loop.steps
    execution.results.begin(step, "each/0/short", {"version": str(AppVersion.objects.get(app=inner).pk)})
    lifecycle.take_back(job)
    version = inner.published
    assert version
    changed = INNER.replace("{{ draft.text }}{{", "Hey {{ draft.text }}{{")
    services.save_draft(alice_actor, inner, text=changed, seen=version.fingerprint)
    services.publish_app(alice_actor, inner)
    worked(run)

    assert run.outputs == {"letter": "Dear Lin Hey Dear Mei"}


def test_ports_of_the_inner_app_are_checked(alice_actor: Actor) -> None:
    published(alice_actor, INNER)

    assert problems(alice_actor, OUTER.replace("warm: true", "warm: yes_please")) == ["type_differs"]
    App.objects.filter(name="letter").delete()
    assert problems(alice_actor, OUTER.replace(", warm: true", "")) == ["argument_missing"]
    App.objects.filter(name="letter").delete()
    assert "unknown_field" in problems(alice_actor, OUTER.replace("short.greeting", "short.greetings"))


def test_an_app_that_is_not_published_is_told(alice_actor: Actor, bob_actor: Actor) -> None:
    services.create_app(alice_actor, text=INNER)
    published(bob_actor, INNER)

    assert problems(alice_actor, OUTER)[0] == "unknown_app"


def test_apps_in_a_circle_are_refused(alice_actor: Actor) -> None:
    leaf = published(alice_actor, LEAF)
    published(alice_actor, chain("middle", "leaf"))
    version = leaf.published
    assert version
    services.save_draft(alice_actor, leaf, text=chain("leaf", "middle"), seen=version.fingerprint)

    with pytest.raises(InvalidInput) as refused:
        services.publish_app(alice_actor, leaf)
    assert "again and again" in refused.value.reason
    assert problems(alice_actor, chain("own", "own"))[0] == "app_cycle"


def test_a_circle_that_came_about_all_the_same_ends(alice_actor: Actor) -> None:
    """Both were published at one moment, each checked beside what stood before."""
    leaf = published(alice_actor, LEAF)
    middle = published(alice_actor, chain("middle", "leaf"))
    run = services.start_run(alice_actor, middle, inputs={})
    AppVersion.objects.filter(app=leaf).update(text=chain("leaf", "middle"))
    job = worked(run)

    assert (job.state, job.error_code) == (Job.State.FAILED, "conflict")


def test_apps_stand_three_deep_at_most(alice_actor: Actor, run_app: RunApp) -> None:
    published(alice_actor, LEAF)
    published(alice_actor, chain("two", "leaf"))
    three = published(alice_actor, chain("three", "two"))

    assert run_app(three).outputs == {"x": "x"}
    assert problems(alice_actor, chain("four", "three")) == ["too_many_levels"]


def test_the_inner_app_is_for_whom_it_names(alice_actor: Actor, answers: Answers) -> None:
    published(alice_actor, INNER + "use: {roles: [analyst]}\n")
    answers("Dear Lin")
    job = worked(services.start_run(alice_actor, published(alice_actor, OUTER), inputs={"names": ["Lin"]}))

    assert (job.state, job.error_code) == (Job.State.FAILED, "permission_denied")


def test_an_inner_app_that_is_gone_is_told(alice_actor: Actor, letter: App) -> None:
    run = services.start_run(alice_actor, letter, inputs={"names": ["Lin"]})
    App.objects.filter(name="greet").delete()
    job = worked(run)

    assert job.state == Job.State.FAILED
    assert "gone or changed" in job.error_message


def test_of_an_app_that_lost_what_it_needs_people_are_told_and_editors_see_the_reason(
    alice_browser: Client, alice_actor: Actor, alice_api: ApiClient, charlie: User, letter: App
) -> None:
    Membership.objects.filter(user=charlie).update(role="operator")
    App.objects.filter(name="greet").delete()

    page = alice_browser.get(letter.get_absolute_url(), follow=True)
    assert "There is no app “greet”" in page.content.decode()
    for answer in (
        browser_of(charlie).get(letter.get_absolute_url()),
        alice_api.post_json("/api/v1/apps/letter/runs/", {"inputs": {"names": ["Lin"]}}),
    ):
        assert answer.status_code == 404
        assert "does not work any more" in answer.content.decode()


def test_checks_of_the_inner_app_are_told_once_with_its_title(
    alice_browser: Client, alice_actor: Actor, answers: Answers, run_app: RunApp
) -> None:
    published(alice_actor, INNER + 'checks: [{when: outputs.greeting == "", message: Too long.}]\n')
    answers("Dear Lin", "Dear Mei")
    run = run_app(published(alice_actor, OUTER), names=["Lin", "Mei"])

    assert len(run.failed_checks) == 1
    assert "Greet: Too long." in alice_browser.get(run.get_absolute_url()).content.decode()


POST = (
    "app: post\ntitle: Post\ninputs: {whom: {type: text}}\nsteps:\n"
    '  - {id: mail, kind: send, to: "{{ inputs.whom }}", subject: Hi, text: Hi}\n'
    'outputs: {sent: {value: "{{ mail.sent }}"}}\n'
)


def test_an_inner_app_writes_to_an_address_of_the_file_around_it(
    alice_actor: Actor, run_app: RunApp, mail_server: MailServer
) -> None:
    published(alice_actor, POST)
    text = (
        "app: press\ntitle: Press\nsteps:\n"
        "  - {id: run, kind: run_app, app: post, inputs: {whom: press@paper.example}}\n"
        'outputs: {sent: {value: "{{ run.sent }}"}}\n'
    )

    assert run_app(published(alice_actor, text)).outputs == {"sent": True}
    assert mail_server.recipients == ["press@paper.example"]


def test_a_model_chooses_no_receiver_by_way_of_an_app(alice_actor: Actor) -> None:
    published(alice_actor, POST)
    text = (
        "app: trick\ntitle: Trick\ninputs: {words: {type: text}, whom: {type: text}}\nsteps:\n"
        '  - {id: draft, kind: ask, prompt: "{{ inputs.words }}"}\n'
        '  - {id: run, kind: run_app, app: post, inputs: {whom: "{{ draft.text }}"}}\n'
        'outputs: {sent: {value: "{{ run.sent }}"}}\n'
    )

    assert problems(alice_actor, text) == ["receiver_chosen"]
    by_person = text.replace("app: trick", "app: fine").replace("{{ draft.text }}", "{{ inputs.whom }}")
    assert problems(alice_actor, by_person) == []


def test_what_calls_nothing_is_read_once() -> None:
    assert checking.load(LEAF) is checking.load(LEAF)
    assert AppRun.objects.count() == 0
