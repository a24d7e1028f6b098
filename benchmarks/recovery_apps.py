"""Apps with a step of each kind, under way when their worker is killed: all go on, and what acts on the world acts once."""

import asyncio
import time
from collections import Counter
from contextlib import suppress
from email import message_from_bytes
from functools import partial
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
# Long enough to be killed in; what takes no time is done for each item of a list.
ITEMS = 120
SLOW_SQL = "with recursive t as (select 1 as n union all select n + 1 from t where n < 40000) select max(n) as n from t"
JSON_ANSWER = '[[script {"first_token_ms": 3000, "text": "{\\"word\\": \\"tea\\"}"}]]'
# By kind, the step as the file has it, and what it gives.
STEPS = {
    "ask": ("kind: ask, prompt: Write.", "text"),
    "extract": (f"kind: extract, fields: {{word: {{type: text}}}}, prompt: '{JSON_ANSWER}'", "word"),
    "query": (
        f"kind: query, tables: {{t: '{{{{ found.passages }}}}'}}, columns: {{n: {{type: number}}}}, sql: '{SLOW_SQL}'",
        "rows",
    ),
    "wait": ("kind: wait, message: May it go on?", "approved"),
    "send": ("kind: send, to: '{{ inputs.to }}', subject: Recovery, text: Hello", "sent"),
    "run_app": ("kind: run_app, app: ask, inputs: {to: x, items: '{{ inputs.items }}'}", "result"),
}
INNER = {
    "write": ("kind: write, text: '{{ item }}'", "text"),
    "branch": (
        "kind: branch, cases: [{when: item == '1', value: '{{ item }}'}], otherwise: '{{ item }}'",
        "value",
    ),
    "compute": ("kind: compute, function: detect_language, arguments: {text: '{{ item }}'}", "language"),
    "retrieve": ("kind: retrieve, question: '{{ item }}', collections: [Recovery]", "passages"),
    "call": ("kind: call, tool: seen, arguments: {}", "text"),
    "for_each": ("kind: ask, max_tokens: 8, prompt: '{{ item }}'", "text"),
}


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
    texts = [file_of(kind) for kind in (*STEPS, *INNER)]
    return [services.publish_app(actor, services.create_app(actor, text=text)).app for text in texts]


def file_of(kind: str) -> str:
    """An app with a step of the kind."""
    return _text(kind, *STEPS[kind]) if kind in STEPS else _loop_text(kind, *INNER[kind])


def _text(kind: str, step: str, given: str) -> str:
    found = "  - {id: found, kind: retrieve, question: x, collections: [Recovery]}\n"
    return _file(kind, f"{found}  - {{id: made, {step}}}\n", f"made.{given}")


def _loop_text(kind: str, step: str, given: str) -> str:
    limit = 12 if kind == "for_each" else ITEMS
    loop = (
        f"  - {{id: all, kind: for_each, items: '{{{{ inputs.items }}}}', max: {ITEMS}, "
        f"steps: [{{id: made, {step}}}], collect: {{all: '{{{{ made.{given} }}}}'}}}}\n"
    )
    return _file(kind, loop, "all.all", limit)


def _file(kind: str, steps: str, result: str, items: int = 1) -> str:
    return (
        f"app: {kind}\ntitle: {kind}\ninputs:\n  to: {{type: text}}\n"
        f"  items: {{type: list, of: {{type: text}}, max_items: {ITEMS}}}\n"
        f"steps:\n{steps}outputs: {{result: {{value: '{{{{ {result} }}}}'}}}}\n# {items}\n"
    )


def _start(app: App) -> AppRun:
    actor = owner()
    count = int(app.published.text.rpartition("# ")[2]) if app.published else 1
    inputs = {"to": actor.member.user.email if actor.member else "", "items": [str(n) for n in range(count)]}
    return services.start_run(actor, App.objects.get(pk=app.pk), inputs=inputs)


def _is_settled(runs: list[AppRun]) -> bool:
    """Who is asked answers meanwhile: a step that waits is approved; what may have been done is not done again."""
    ids = [run.pk for run in runs]
    for step in StepRun.objects.filter(run__in=ids, state=StepRun.State.WAITING):
        decisions.decide_step(owner(), step, is_approved=step.is_question)
    rows = AppRun.objects.filter(pk__in=ids).select_related("job")
    return all(row.job and row.job.is_terminal and not row.is_waiting for row in rows)
