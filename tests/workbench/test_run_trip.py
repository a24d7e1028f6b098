"""The way of a run that its caller follows, from the request to the first step, asks for no more than before."""

import json
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.jobs.runs import JobRun, run_next_job
from tests.architecture.asked_of_stores import Asked, asked_of_stores
from tests.conftest import ApiClient
from tests.workbench.conftest import Answers, published

ECHO = """\
app: echo
title: Echo
inputs: {text: {type: text}}
steps:
  - {id: one, kind: ask, prompt: "{{ inputs.text }}"}
outputs: {text: {value: "{{ one.text }}"}}
"""
# Statements of the request, and of the worker until the first step begins: docs/decisions/workbench.md.
STATEMENTS = {"POST": 9, "first step": 6, "whole": 13}
ROUND_TRIPS = {"POST": 3, "first step": 0, "whole": 2}


@pytest.mark.django_db(transaction=True)
def test_a_run_asks_the_database_and_redis_no_more_than_before(
    alice_api: ApiClient, alice_actor: Actor, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    published(alice_actor, ECHO)
    # What is loaded once for good was loaded by the first.
    for _run in range(2):
        answers("Echo")
        with asked_of_stores() as by_post:
            ask(alice_api)
        with asked_of_stores() as by_worker:
            seen = counts_at_the_first_step(by_worker, monkeypatch)
            run_next_job.apply(args=["interactive"])

    statements = {"POST": by_post.statements, "first step": by_worker.statements[: seen[0]]}
    counted = {name: len(each) for name, each in statements.items()} | {"whole": len(by_worker.statements)}
    assert counted == STATEMENTS, json.dumps(statements, indent=1)
    round_trips = {"POST": by_post.round_trips, "first step": by_worker.round_trips[: seen[1]]}
    counted = {name: len(each) for name, each in round_trips.items()} | {"whole": len(by_worker.round_trips)}
    assert counted == ROUND_TRIPS, json.dumps(round_trips)


def ask(api: ApiClient) -> None:
    answer = api.post_json("/api/v1/apps/echo/runs/", {"inputs": {"text": "Echo"}, "stream": True})
    assert answer.status_code == 202


def counts_at_the_first_step(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    seen: list[int] = []
    stage = JobRun.stage

    def noted(run: JobRun, name: str, **detail: Any) -> None:
        if not seen:
            seen.extend((len(asked.statements), len(asked.round_trips)))
        stage(run, name, **detail)

    monkeypatch.setattr(JobRun, "stage", noted)
    return seen
