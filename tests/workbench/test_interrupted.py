"""A worker is gone in a step of each kind, before its result is stored and right after: the run goes on, and acts once.

What is killed here is a thread's work; `test_killed.py` and `bench recovery` kill processes.
"""

from dataclasses import replace
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.jobs import lifecycle
from apps.jobs.models import Job
from apps.knowledge.models import Collection
from apps.workbench import decisions, services
from apps.workbench.models import AppRun, StepRun
from apps.workbench.step_kinds import KINDS
from apps.workbench.steps import Results
from domain.workflows import types
from domain.workflows.steps import StepFields
from tests.mail_server_fixture import MailServer
from tests.workbench.conftest import Answers, published, worked
from tests.workbench.test_running import execution_of

pytestmark = pytest.mark.django_db
# By kind: what the step says, and which field of its result the app gives.
STEPS = {
    "ask": ("prompt: Write.", "text"),
    "extract": ("prompt: Which word?, fields: {word: {type: text}}", "word"),
    "look": ("picture: '{{ inputs.shown }}', prompt: What is it?", "text"),
    "retrieve": ("question: tea, collections: [Recovery]", "passages"),
    "compute": ("function: detect_language, arguments: {text: Tea at four}", "language"),
    "query": (
        "tables: {t: '{{ found.passages }}'}, columns: {n: {type: number}}, sql: 'select count(*) as n from t'",
        "rows",
    ),
    "branch": ("cases: [{when: inputs.to == '', value: a}], otherwise: b", "value"),
    "for_each": (
        "items: '{{ inputs.items }}', name: one, collect: {all: '{{ short.text }}'}, "
        "steps: [{id: short, kind: ask, prompt: '{{ one }}'}]",
        "all",
    ),
    "write": ("text: '{{ inputs.to }}'", "text"),
    "wait": ("message: May it go on?", "approved"),
    "send": ("to: '{{ inputs.to }}', subject: Recovery, text: Hello", "sent"),
    "call": ("tool: order_tea, arguments: {boxes: 2}", "order"),
    "run_app": ("app: inner, inputs: {}", "text"),
}
INNER = """\
app: inner
title: Inner
steps: [{id: draft, kind: ask, prompt: Write.}]
outputs: {text: {value: "{{ draft.text }}"}}
"""


class Killed(BaseException):
    """The worker is gone: nothing of it goes on."""


class MortalResults(Results):
    """The worker is gone as it is about to store the step at a place."""

    def __init__(self, run: AppRun, dies_at: str) -> None:
        super().__init__(run)
        self.dies_at = dies_at

    def store(self, step: StepFields, place: str, *stored: Any) -> StepRun:
        if place == self.dies_at:
            raise Killed
        return super().store(step, place, *stored)

    def question(self, step: StepFields, place: str, *asked: Any) -> StepRun:
        if place == self.dies_at:
            raise Killed
        return super().question(step, place, *asked)


def test_every_kind_of_step_is_interrupted_here() -> None:
    assert STEPS.keys() == KINDS.keys()


@pytest.mark.parametrize("dies_at", ["made", "last"])
@pytest.mark.parametrize("kind", STEPS)
def test_an_interrupted_run_goes_on_and_acts_once(
    kind: str, dies_at: str, package: Any, alice_actor: Actor, answers: Answers, mail_server: MailServer
) -> None:
    package.ORDERS.clear()
    run = started(alice_actor, kind)
    answers(*[{"word": "tea"} if kind == "extract" else "Tea."] * 4)

    if kind == "wait" and dies_at == "last":
        run = gone_on(alice_actor, run)
    die(run, dies_at)
    for _decision in range(2):
        run = gone_on(alice_actor, run)

    assert run.job
    assert (run.job.state, run.is_waiting, set(run.outputs)) == (Job.State.SUCCEEDED, False, {"result"})
    assert len(mail_server.mails) == (kind == "send")
    assert len(package.ORDERS) == (kind == "call")
    places = list(StepRun.objects.filter(run=run).values_list("place", "state"))
    assert {state for _place, state in places} == {StepRun.State.DONE}


def started(actor: Actor, kind: str) -> AppRun:
    Collection.objects.create(organisation=actor.organisation, name="Recovery")
    published(actor, INNER)
    fields, given = STEPS[kind]
    text = (
        "app: recovery\ntitle: Recovery\ninputs:\n"
        "  {to: {type: text}, shown: {type: picture}, items: {type: list, of: {type: text}}}\nsteps:\n"
        "  - {id: found, kind: retrieve, question: tea, collections: [Recovery]}\n"
        f"  - {{id: made, kind: {kind}, {fields}}}\n"
        "  - {id: last, kind: write, text: The end}\n"
        f'outputs: {{result: {{value: "{{{{ made.{given} }}}}"}}}}\n'
    )
    assert actor.member
    inputs = {"to": actor.member.user.email, "items": ["a", "b"], "shown": types.empty(types.Picture())}
    return services.start_run(actor, published(actor, text), inputs=inputs)


def gone_on(actor: Actor, run: AppRun) -> AppRun:
    """As far as it comes, and where a person is asked they decide."""
    worked(run)
    for step in StepRun.objects.filter(run=run, state=StepRun.State.WAITING):
        decisions.decide_step(actor, step, is_approved=step.is_question)
    return AppRun.objects.get(pk=run.pk)


def die(run: AppRun, dies_at: str) -> None:
    """A worker claims the job and is gone in the middle of it; its job is given back."""
    assert run.job
    job = lifecycle.claim(run.job.pk)
    assert job
    execution = replace(execution_of(run), results=MortalResults(run, dies_at))
    with pytest.raises(Killed):
        execution.do_steps(execution.app.file.steps)
    lifecycle.take_back(job)
