"""An organisation with apps, a model that answers what a test says, and runs that a worker's job did."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.accounts.models import Membership, User
from apps.jobs import runs, tools
from apps.jobs.models import Job
from apps.workbench import selectors, services
from apps.workbench.models import App, AppRun
from domain.workflows import checking, functions
from domain.workflows.problems import FileRefused
from tests.scripted_engine_fixture import ScriptedEngine

REPLY = """\
app: reply
title: {en: Reply, zh: 回复}
inputs:
  mail: {type: text, title: {en: Mail, zh: 邮件}, max_characters: 2000}
  tone: {type: choice, options: {warm: Warm, brief: {en: Brief, zh: 简短}}}
steps:
  - id: facts
    kind: extract
    source: "{{ inputs.mail }}"
    prompt: |
      {{ inputs.mail }}
      What does the writer ask for?
    fields:
      wishes: {type: list, of: {type: record, fields: {wish: {type: text}, quote: {type: quote}}}}
  - id: draft
    kind: ask
    when: facts.wishes | length > 0
    prompt: |
      Answer in a {{ inputs.tone }} tone:
      {% for each in facts.wishes %}{{ each.wish }}{% endfor %}
  - id: reply
    kind: branch
    cases:
      - {when: facts.wishes | length > 0, value: "{{ draft.text }}"}
    otherwise: Nothing to answer.
outputs:
  reply: {title: {en: Reply, zh: 回复}, value: "{{ reply.value }}"}
  wishes: {title: {en: Wishes, zh: 需求}, value: "{{ facts.wishes }}"}
checks:
  - {when: outputs.wishes | length > 0, message: {en: No wish was found., zh: 没有找到需求。}}
"""
MAIL = "Hello, could you send\ntwo more boxes of tea? Lin"
WISHES = {"wishes": [{"wish": "Two boxes", "quote": "send two more boxes"}]}
INPUTS = {"mail": MAIL, "tone": "warm"}

PACKAGE = Path(__file__).resolve().parents[1] / "example_package"
CACHES = (functions.all_functions, tools._installed, selectors._installed_folders)

Answers = Callable[..., None]
RunApp = Callable[..., AppRun]


@pytest.fixture
def answers(engine: ScriptedEngine) -> Answers:
    """Texts as they are, anything else as JSON."""

    def script(*values: Any) -> None:
        texts = [
            value if isinstance(value, str) else json.dumps(value, ensure_ascii=False) for value in values
        ]
        engine.script(*({"text": text} for text in texts))

    return script


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Installed beside the platform."""
    monkeypatch.syspath_prepend(str(PACKAGE))
    for each in CACHES:
        each.cache_clear()
    package = __import__("kongming_example")
    package.ORDERS.clear()
    yield package
    monkeypatch.undo()
    for each in CACHES:
        each.cache_clear()


@pytest.fixture
def colleague_actor(charlie: User) -> Actor:
    """An administrator of alice's organisation."""
    member = Membership.objects.select_related("organisation", "user").get(user=charlie)
    member.role = "admin"
    member.save()
    return Actor.from_member(member)


@pytest.fixture
def reply_app(alice_actor: Actor) -> App:
    return published(alice_actor, REPLY)


@pytest.fixture
def run_app(alice_actor: Actor) -> RunApp:
    def run(app: App, **inputs: Any) -> AppRun:
        made = services.start_run(alice_actor, app, inputs=inputs)
        worked(made)
        return made

    return run


def problem_codes(text: str) -> list[str]:
    try:
        checking.load(text)
    except FileRefused as refused:
        return [problem.code for problem in refused.problems]
    return []


def published(actor: Actor, text: str) -> App:
    app = services.create_app(actor, text=text)
    services.publish_app(actor, app)
    return App.objects.get(pk=app.pk)


def worked(run: AppRun) -> Job:
    """What a worker does with the run's job."""
    assert run.job
    runs.execute(run.job.pk)
    run.job.refresh_from_db()
    run.refresh_from_db()
    return run.job
