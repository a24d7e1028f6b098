"""A worker is killed while it sends or writes: the run goes on, nothing is stuck, and what acts on the world acts once."""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from django.conf import settings
from django.db import connection

from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.jobs import events, lifecycle
from apps.jobs.models import Job
from apps.knowledge.models import Collection
from apps.workbench import decisions, services
from apps.workbench.models import AppRun, StepRun
from benchmarks.recovery_apps import file_of
from benchmarks.waiting import wait_until
from tests.scripted_engine_fixture import ScriptedEngine
from tests.workbench.conftest import worked

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
# A worker with one job, as a process of its own.
CHILD = "import django, sys; django.setup(); from apps.jobs import runs; runs.execute(sys.argv[1])"
KINDS = ("send", "write")


class HeldMailServer:
    """Keeps a mail, and says so only when it is told to: what a worker that is killed meanwhile never hears."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.may_answer = threading.Event()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.content, bytes)
        self.ids.append(str(message_from_bytes(envelope.content)["Message-ID"]))
        self.may_answer.wait(60)
        return "250 OK"


@pytest.fixture
def mails(mail_port: int) -> Iterator[HeldMailServer]:
    server = HeldMailServer()
    controller = Controller(server, hostname="127.0.0.1", port=mail_port, decode_data=False)
    controller.start()
    yield server
    server.may_answer.set()
    controller.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_a_worker_is_killed_in_a_step(
    kind: str, alice_actor: Actor, engine: ScriptedEngine, mails: HeldMailServer
) -> None:
    Collection.objects.create(organisation=alice_actor.organisation, name="Recovery")
    run = published(alice_actor, kind)
    assert run.job
    stream = events.stream_key(run.job.pk)
    if kind == "send":
        kill_worker(run, lambda: bool(mails.ids))
    else:
        kill_worker(run, lambda: int(redis_client.synchronous().xlen(stream)) > 0)
    mails.may_answer.set()
    for _decision in range(2):
        worked(run)
        for step in StepRun.objects.filter(run=run, state=StepRun.State.WAITING):
            decisions.decide_step(alice_actor, step, is_approved=step.is_question)
        run = AppRun.objects.get(pk=run.pk)

    assert run.job
    assert (run.job.state, run.is_waiting, set(run.outputs)) == (Job.State.SUCCEEDED, False, {"result"})
    assert len(mails.ids) == len(set(mails.ids)) == (kind == "send")


def published(actor: Actor, kind: str) -> AppRun:
    app = services.publish_app(actor, services.create_app(actor, text=file_of(kind))).app
    assert actor.member
    return services.start_run(actor, app, inputs={"to": actor.member.user.email, "items": ["a", "b"]})


def kill_worker(run: AppRun, is_in_step: Callable[[], bool]) -> None:
    """Its lease is over then, and the job is given back."""
    assert run.job
    database = connection.settings_dict
    owner, place = (
        f"{database['USER']}:{database['PASSWORD']}",
        f"host={database['HOST']}&port={database['PORT']}",
    )
    url = f"postgresql://{owner}@/{database['NAME']}?{place}"
    email = f"smtp://{settings.EMAIL_HOST}:{settings.EMAIL_PORT}"
    environment = {**os.environ, "DATABASE_URL": url, "EMAIL_URL": email}
    command = [sys.executable, "-c", CHILD, str(run.job.pk)]
    with subprocess.Popen(command, cwd=settings.PROJECT_ROOT, env=environment) as worker:
        wait_until("the step begins", is_in_step, seconds=120, pause=0.01)
        worker.kill()
    Job.objects.filter(pk=run.job.pk, state=Job.State.RUNNING).update(lease_expires_at=run.created_at)
    lifecycle.reap()
