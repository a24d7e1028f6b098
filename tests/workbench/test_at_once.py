"""Items of a loop wait for the model beside each other, as many as the endpoint takes."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from apps.accounts.actors import Actor
from apps.inference.models import Endpoint
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.workbench import selectors, services
from apps.workbench.models import AppRun
from tests.scripted_engine_fixture import ScriptedEngine
from tests.workbench.conftest import published, worked

pytestmark = pytest.mark.django_db(transaction=True)
EACH = """\
app: each
title: Each
inputs: {names: {type: list, of: {type: text}, max_items: 100}}
steps:
  - id: all
    kind: for_each
    items: "{{ inputs.names }}"
    name: one
    steps: [{id: greeting, kind: ask, prompt: "Greet {{ one }}"}, {id: text, kind: write, text: "{{ one }}"}]
    collect: {names: "{{ text.text }}", greetings: "{{ greeting.text }}"}
outputs: {names: {value: "{{ all.names }}"}, greetings: {value: "{{ all.greetings }}"}}
"""
HELD = {"text": "Hello", "hold_after": 0}
NAMES = [f"guest {number}" for number in range(8)]


def test_results_keep_the_order_and_each_place_has_one_row(
    alice_actor: Actor, engine: ScriptedEngine
) -> None:
    engine.script(*[HELD] * 4, *[{"text": "Hello"}] * 4)
    run = services.start_run(alice_actor, published(alice_actor, EACH), inputs={"names": NAMES})
    with working(run):
        engine.wait_for(lambda record: record["in_flight"] == 4)
        engine.release()
    run.refresh_from_db()

    assert run.outputs == {"names": NAMES, "greetings": ["Hello"] * 8}
    assert engine.record()["peak"] == 4
    places = list(selectors.step_list(run).values_list("place", flat=True))
    assert sorted(places) == sorted(
        {f"all/{n}/{step}" for n in range(8) for step in ("greeting", "text")} | {"all"}
    )


def test_an_endpoint_that_takes_one_is_asked_one_by_one(alice_actor: Actor, engine: ScriptedEngine) -> None:
    Endpoint.objects.update(max_concurrency=1)
    engine.script(*[{"text": "Hello"}] * 8)
    run = services.start_run(alice_actor, published(alice_actor, EACH), inputs={"names": NAMES})
    worked(run)

    assert run.outputs["greetings"] == ["Hello"] * 8
    assert engine.record()["peak"] == 1


def test_a_cancel_stops_all_of_them_within_a_second(alice_actor: Actor, engine: ScriptedEngine) -> None:
    engine.script(*[HELD] * 8)
    run = services.start_run(alice_actor, published(alice_actor, EACH), inputs={"names": NAMES})
    assert run.job
    with working(run):
        engine.wait_for(lambda record: record["in_flight"] == 4)
        jobs.cancel_job(Job.objects.get(pk=run.job.pk))
        asked_at = time.monotonic()
    took = time.monotonic() - asked_at

    assert took < 3, "a second, and what a busy machine takes"
    assert Job.objects.get(pk=run.job.pk).state == Job.State.CANCELLED
    engine.wait_for(lambda record: record["in_flight"] == 0)
    assert len(engine.requests()) == 4


def test_what_one_item_meets_ends_the_run(alice_actor: Actor, engine: ScriptedEngine) -> None:
    engine.script(*[{"text": "Hello"}] * 2, *[{"status": 400}] * 6)
    run = services.start_run(alice_actor, published(alice_actor, EACH), inputs={"names": NAMES})
    job = worked(run)

    assert job.state == Job.State.FAILED
    assert selectors.step_list(run).filter(place="all").count() == 0


@contextmanager
def working(run: AppRun) -> Iterator[None]:
    """A worker does the run's job meanwhile; it is over afterwards."""
    worker = threading.Thread(target=worked, args=(run,))
    worker.start()
    yield
    worker.join(60)
    assert not worker.is_alive()
