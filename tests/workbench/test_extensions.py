"""Packages installed beside the platform, a folder of one's own, and lookups of the service desk, as apps use them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from apps.accounts.actors import Actor
from apps.accounts.models import Membership
from apps.customer_service.tools.models import LookupTool
from apps.jobs import lifecycle, tools
from apps.jobs.models import Job
from apps.workbench import selectors, services
from apps.workbench.models import App, AppRun, StepRun
from domain.workflows import checking, functions
from domain.workflows.problems import FileRefused
from tests.workbench.conftest import PACKAGE, RunApp, published, worked
from tests.workbench.test_running import execution_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea(package: Any, alice_actor: Actor) -> App:
    services.add_shipped_app(alice_actor, app="tea")
    return App.objects.get(name="tea")


def test_its_app_is_offered_and_calls_its_tool(
    package: Any, alice_browser: Client, alice_actor: Actor, run_app: RunApp
) -> None:
    assert "Order tea" in alice_browser.get("/apps/").content.decode()
    services.add_shipped_app(alice_actor, app="tea")
    run = run_app(App.objects.get(name="tea"), boxes=3)

    assert run.outputs == {"order": "3 boxes"}
    assert str(StepRun.objects.get().pk) in package.ORDERS


def test_its_function_is_known_by_name(package: Any) -> None:
    assert "count_words" in functions.all_functions()
    assert functions.all_functions()["count_words"].run(text="tea at four") == {"words": 3}


def test_an_act_that_was_begun_is_repeated_under_its_key(package: Any, tea: App, alice_actor: Actor) -> None:
    run = services.start_run(alice_actor, tea, inputs={"boxes": 2})
    assert run.job
    job = lifecycle.claim(run.job.pk)
    assert job
    execution = execution_of(run)
    (step,) = execution.app.file.steps
    key = str(execution.begin_act(step, "ordered", {}, is_repeatable=True).pk)
    package.ORDERS[key] = "2 boxes, before the worker was gone"
    lifecycle.take_back(job)
    worked(run)

    assert run.outputs == {"order": "2 boxes, before the worker was gone"}


def test_a_tool_asks_for_the_right_of_whoever_runs_the_app(tea: App, alice_actor: Actor) -> None:
    run = services.start_run(alice_actor, tea, inputs={"boxes": 2})
    Membership.objects.filter(pk=alice_actor.member.pk if alice_actor.member else None).update(
        role="operator"
    )
    job = worked(run)

    assert (job.state, job.error_code, StepRun.objects.count()) == (Job.State.FAILED, "permission_denied", 0)


def test_a_tool_that_is_gone_is_told(package: Any, tea: App, alice_actor: Actor, monkeypatch: Any) -> None:
    run = services.start_run(alice_actor, tea, inputs={"boxes": 2})
    monkeypatch.setattr(tools, "_installed", dict)
    job = worked(run)

    assert job.state == Job.State.FAILED
    assert "gone or changed" in job.error_message
    version = App.objects.get().published
    assert version
    assert next(problem.code for problem in version.problems) == "unknown_tool"


def test_a_tool_that_answers_something_else_is_told(
    package: Any, tea: App, alice_actor: Actor, monkeypatch: Any
) -> None:
    known = tools._installed()
    odd = {name: replace(tool, run=lambda *_: {"order": 5}) for name, tool in known.items()}
    monkeypatch.setattr(tools, "_installed", lambda: odd)
    run = services.start_run(alice_actor, tea, inputs={"boxes": 2})

    assert worked(run).error_code == "tool_failed"


def test_a_function_that_gives_more_than_fits_is_told(alice_actor: Actor) -> None:
    text = (
        "app: parts\ntitle: Parts\ninputs: {text: {type: text, max_characters: 90000}}\nsteps:\n"
        '  - {id: cut, kind: compute, function: split_text, arguments: {text: "{{ inputs.text }}", characters: 50000}}\n'
        'outputs: {parts: {value: "{{ cut.parts }}"}}\n'
    )
    run = services.start_run(alice_actor, published(alice_actor, text), inputs={"text": "tea " * 10_000})

    assert worked(run).error_code == "too_much"


def test_without_the_package_there_is_no_tool() -> None:
    text = (PACKAGE / "kongming_example/app_files/tea.yaml").read_text()

    with pytest.raises(FileRefused, match="unknown_tool"):
        checking.load(text)


def test_a_folder_of_ones_own_holds_app_files(
    alice_browser: Client, alice_actor: Actor, settings: Any, tmp_path: Path
) -> None:
    settings.STATE_DIR = tmp_path
    (tmp_path / "apps").mkdir()
    text = 'app: own\ntitle: My own\nsteps:\n  - {id: a, kind: write, text: x}\noutputs: {x: {value: "{{ a.text }}"}}\n'
    (tmp_path / "apps" / "own.yaml").write_text(text)
    (tmp_path / "apps" / "broken.yaml").write_text("app: broken\n")

    assert "My own" in alice_browser.get("/apps/").content.decode()
    assert "broken" not in [app.file.app for app in selectors.shipped_apps(alice_actor.organisation)]
    services.add_shipped_app(alice_actor, app="own")
    assert App.objects.get().title == "My own"


def test_a_lookup_of_the_service_desk_is_a_tool(alice_actor: Actor) -> None:
    """For whoever may read conversations; here nothing answers at its address."""
    LookupTool.objects.create(
        organisation=alice_actor.organisation,
        name="order_status",
        label="Order",
        description="Where an order is",
        url="https://127.0.0.1/orders/{number}",
        parameters=[{"name": "number", "description": "", "pattern": r"[A-Z]\d+", "is_required": True}],
    )
    text = (
        "app: order\ntitle: Order\ninputs: {number: {type: text}}\nsteps:\n"
        '  - {id: status, kind: call, tool: order_status, arguments: {number: "{{ inputs.number }}"}}\n'
        'outputs: {status: {value: "{{ status.text }}"}, found: {value: "{{ status.found }}"}}\n'
    )
    app = published(alice_actor, text)
    odd: AppRun = services.start_run(alice_actor, app, inputs={"number": "x"})
    assert worked(odd).error_code == "invalid_input"
    run = services.start_run(alice_actor, app, inputs={"number": "A123"})

    assert worked(run).error_code == "tool_failed"
