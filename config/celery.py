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
from kombu.transport import redis

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

from config.env import Env, broker_url
from config.tracing import start_tracing

# `voice` is what visitors say: however many speak at once, no doctor waits for them.
QUEUES = ("interactive", "batch", "ingest", "speech", "voice")


class OneClientChannel(redis.Channel):
    """kombu makes two clients for each message, which takes longer than what they then do; here one serves a pool."""

    def _create_client(self, asynchronous: bool = False) -> Any:
        if asynchronous:
            return super()._create_client(asynchronous=True)  # type: ignore[misc]
        pool, client = getattr(self, "_client_of_pool", (None, None))
        if pool is not self.pool:
            client = super()._create_client()  # type: ignore[misc]
            self._client_of_pool = (self.pool, client)
        return client


redis.Transport.Channel = OneClientChannel

app = Celery("kongming", broker=broker_url(Env().redis_url))
app.conf.update(
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    task_default_queue="batch",
    task_queues=[Queue(name) for name in QUEUES],
    task_create_missing_queues=False,
    task_acks_late=False,
    worker_prefetch_multiplier=1,
    worker_send_task_events=False,
    worker_enable_remote_control=True,
    worker_hijack_root_logger=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"socket_keepalive": True, "health_check_interval": 10, "socket_timeout": 20},
    beat_schedule={
        "reap-jobs": {"task": "apps.jobs.tasks.reap_jobs", "schedule": 3.0, "options": {"expires": 3}},
        "anchor-audit-trails": {
            "task": "apps.audit.tasks.anchor_trails",
            "schedule": 86400.0,
            "options": {"expires": 86400},
        },
        "end-key-rotations": {
            "task": "apps.vault.tasks.end_rotations",
            "schedule": 600.0,
            "options": {"expires": 600},
        },
        "erase-outdated-records": {
            "task": "apps.medical_records.tasks.erase_outdated",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "run-schedules": {
            "task": "apps.jobs.tasks.run_schedules",
            "schedule": 20.0,
            "options": {"expires": 20},
        },
        "understand-messages": {
            "task": "apps.customer_service.tasks.understand_messages",
            "schedule": 2.0,
            # Not behind a long document: staff look at these.
            "options": {"expires": 2, "queue": "interactive"},
        },
        "tend-queues": {
            "task": "apps.customer_service.tasks.tend_queues",
            "schedule": 10.0,
            "options": {"expires": 10, "queue": "interactive"},
        },
        "resolve-silent-conversations": {
            "task": "apps.customer_service.tasks.resolve_silent_conversations",
            "schedule": 300.0,
            "options": {"expires": 300},
        },
        "erase-outdated-conversations": {
            "task": "apps.customer_service.tasks.erase_outdated_conversations",
            "schedule": 600.0,
            "options": {"expires": 600},
        },
        "erase-requested-channels": {
            "task": "apps.customer_service.tasks.erase_requested_channels",
            "schedule": 60.0,
            "options": {"expires": 60},
        },
        "request-clusterings": {
            "task": "apps.customer_service.tasks.request_clusterings",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "deliver-outgoing-messages": {
            "task": "apps.customer_service.tasks.deliver_outgoing_messages",
            "schedule": 2.0,
            "options": {"expires": 2, "queue": "interactive"},
        },
        "read-due-mailboxes": {
            "task": "apps.customer_service.tasks.read_due_mailboxes",
            "schedule": 5.0,
            "options": {"expires": 5, "queue": "interactive"},
        },
        "deliver-webhooks": {
            "task": "apps.jobs.tasks.deliver_webhooks",
            "schedule": 5.0,
            "options": {"expires": 5},
        },
        "rewrite-append-only-file": {
            "task": "apps.jobs.tasks.rewrite_append_only_file",
            "schedule": 600.0,
            "options": {"expires": 600},
        },
        "forget-old-deliveries": {
            "task": "apps.jobs.tasks.forget_old_deliveries",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "forget-old-idempotency-keys": {
            "task": "apps.jobs.tasks.forget_old_idempotency_keys",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "end-given-up-uploads": {
            "task": "apps.speech.tasks.end_given_up_uploads",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
        "remove-unsent-attachments": {
            "task": "apps.customer_service.tasks.remove_unsent_attachments",
            "schedule": 3600.0,
            "options": {"expires": 3600},
        },
    },
)
app.autodiscover_tasks()


@setup_logging.connect
def _keep_django_logging(**_: object) -> None:
    """Celery must not replace the JSON logging that Django set up."""


@worker_ready.connect
def _load_dictionary(sender: Any, **_: object) -> None:
    """The first question should not wait for jieba's, which takes a second or two."""
    if str(sender.hostname).startswith("interactive@"):
        import jieba

        threading.Thread(target=jieba.initialize, daemon=True).start()


@worker_init.connect
def _start_tracing(**_: object) -> None:
    """Before the worker forks; the span processor starts its thread anew in each child."""
    start_tracing("worker", Env().otel_exporter_otlp_endpoint)
