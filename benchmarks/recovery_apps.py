"""Apps with a step of each kind, under way when their worker is killed: all go on, and what acts on the world acts once."""

import asyncio
import time
import tomllib
from collections import Counter
from contextlib import suppress
from email import message_from_bytes
from functools import partial
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from apps.customer_service.tools.models import LookupTool
from apps.jobs.models import Job
from apps.knowledge.models import Collection
from apps.workbench import decisions, services
from apps.workbench.models import App, AppRun, StepRun
from benchmarks.isolated import Platform
from benchmarks.organisations import owner
from benchmarks.waiting import wait_until

WORKER = "worker-interactive"
DELAYS = (0.5, 1.5, 3.0)
PATIENCE_SECONDS = 150
APPS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
KINDS: dict[str, dict[str, Any]] = {each["name"]: each for each in APPS["kinds"]}


class SlowMailServer:
    """Takes its time over each mail, and keeps it before it says so: what a worker that is killed meanwhile never hears."""

    def __init__(self) -> None:
        self.ids: Counter[str] = Counter()

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content
        message = message_from_bytes(content if isinstance(content, bytes) else str(content).encode())
        self.ids[str(message["Message-ID"])] += 1
        await asyncio.sleep(2.5)
        return "250 OK"


def measure(platform: Platform, mail_port: int) -> dict[str, Any]:
    server = SlowMailServer()
    controller = Controller(server, hostname="127.0.0.1", port=mail_port, decode_data=False)
    controller.start()
    try:
        return _blows(platform, server)
    finally:
        controller.stop()


def _blows(platform: Platform, server: SlowMailServer) -> dict[str, Any]:
    """`app_acts_twice`: mails that went out more than once. `app_kinds_killed`: which were under way at a blow."""
    apps, killed = _publish(platform), Counter[str]()
    runs: list[AppRun] = []
    for delay in DELAYS:
        started = [_start(app) for app in apps]
        runs += started
        time.sleep(delay)
        ids = [run.job_id for run in started if run.job_id]
        under_way = set(Job.objects.filter(pk__in=ids, state=Job.State.RUNNING).values_list("pk", flat=True))
        platform.installation.kill(WORKER)
        killed.update(run.app.name for run in started if run.job_id in under_way)
        with suppress(TimeoutError):
            wait_until("all have ended", partial(_is_settled, runs), seconds=PATIENCE_SECONDS, pause=0.5)
    rows = AppRun.objects.filter(pk__in=[run.pk for run in runs]).select_related("job", "app")
    ends = Counter(f"{row.app.name} {row.job.error_code}" for row in rows if row.job and row.job.error_code)
    return {
        "app_runs": len(runs),
        "app_runs_succeeded": sum(row.state == Job.State.SUCCEEDED for row in rows),
        "app_runs_stuck": sum(row.state not in Job.TERMINAL for row in rows),
        "app_acts": len(server.ids),
        "app_acts_twice": sum(count > 1 for count in server.ids.values()),
        "app_kinds_killed": dict(sorted(killed.items())),
        "app_errors": dict(ends),
    }


def _publish(platform: Platform) -> list[App]:
    actor = owner()
    named = {"name": "seen", "label": "Seen", "description": "What the engine saw"}
    address = f"{platform.engine_url}/record?last=1"
    LookupTool.objects.create(organisation=actor.organisation, url=address, parameters=[], **named)
    Collection.objects.create(organisation=actor.organisation, name="Recovery")
    return [services.publish_app(actor, services.create_app(actor, text=file_of(kind))).app for kind in KINDS]


def file_of(kind: str) -> str:
    """An app with a step of the kind."""
    own = KINDS[kind]
    text: str = APPS["looped" if "items" in own else "alone"]
    return text.replace("KIND", kind).replace("STEP", own["step"].strip()).replace("GIVES", own["gives"])


def _start(app: App) -> AppRun:
    actor = owner()
    items = [str(number) for number in range(KINDS[app.name].get("items", 1))]
    inputs = {"to": actor.member.user.email if actor.member else "", "items": items}
    return services.start_run(actor, App.objects.get(pk=app.pk), inputs=inputs)


def _is_settled(runs: list[AppRun]) -> bool:
    """Who is asked answers meanwhile: a step that waits is approved; what may have been done is not done again."""
    ids = [run.pk for run in runs]
    for step in StepRun.objects.filter(run__in=ids, state=StepRun.State.WAITING):
        decisions.decide_step(owner(), step, is_approved=step.is_question)
    rows = AppRun.objects.filter(pk__in=ids).select_related("job")
    return all(row.job and row.job.is_terminal and not row.is_waiting for row in rows)
