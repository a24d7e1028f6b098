"""The Celery application: queues, routes and the beat schedule.

Messages are wake-ups, the job rows are the truth. A lost message is found again by the reaper,
a doubled one loses the claim; so messages are acknowledged early and results are ignored.
"""

import os
import threading
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_init, worker_ready
from kombu import Queue

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from apps.core import desks
from apps.core.desks import PeriodicTask
from config.env import Env, broker_url
from config.tracing import start_tracing

# `voice` is what visitors say: however many speak at once, no doctor waits for them.
QUEUES = ("interactive", "batch", "ingest", "speech", "voice")

SCHEDULE = (
    PeriodicTask("apps.jobs.tasks.reap_jobs", 3),
    PeriodicTask("apps.jobs.tasks.run_schedules", 20),
    PeriodicTask("apps.jobs.tasks.deliver_webhooks", 5),
    PeriodicTask("apps.jobs.tasks.rewrite_append_only_file", 600),
    PeriodicTask("apps.privacy.tasks.erase_outdated", 60),
    PeriodicTask("apps.audit.tasks.anchor_trails", 86400),
    PeriodicTask("apps.vault.tasks.end_rotations", 600),
    PeriodicTask("apps.dashboards.tasks.roll_up", 15, queue="interactive"),
    # Among those who wait for the network: long work may keep every other worker busy just when it is worth seeing.
    PeriodicTask("apps.dashboards.tasks.sample_system", 60, queue="interactive"),
    *(periodic for desk in desks.all_desks() for periodic in desk.schedule),
)


app = Celery("kongming", broker=broker_url(Env().redis_url))
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_default_queue="batch",
    task_queues=[Queue(name) for name in QUEUES],
    # A name that is misspelt fails at once; a queue that nobody listens to would swallow its jobs.
    task_create_missing_queues=False,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    worker_enable_remote_control=True,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"socket_keepalive": True, "health_check_interval": 10, "socket_timeout": 20},
    beat_schedule={each.task: each.beat_entry for each in SCHEDULE},
    beat_scheduler="config.beat_scheduler:BeatScheduler",
)
app.autodiscover_tasks()
app.autodiscover_tasks(
    lambda: [module.removesuffix(".tasks") for desk in desks.all_desks() for module in desk.modules("tasks")]
)


@setup_logging.connect
def _keep_django_logging(**_: object) -> None:
    """Celery must not replace the JSON logging that Django set up."""


@worker_ready.connect
def _load_for_first_answer(sender: Any, **_: object) -> None:
    """The first question should wait neither for jieba's dictionary nor for the reader, which take a second or two each."""
    if str(sender.hostname).startswith("interactive@"):
        from apps.answering.quotes import shipped_reader
        from llm_backend.chinese_words import segmenter

        for load in (segmenter().initialize, shipped_reader):
            threading.Thread(target=load, daemon=True).start()


@worker_init.connect
def _start_tracing(**_: object) -> None:
    """Before the worker forks; the span processor starts its thread anew in each child."""
    start_tracing("worker", Env().otel_exporter_otlp_endpoint)
