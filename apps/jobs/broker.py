"""Waking workers up. A message carries nothing but the job's id."""

from datetime import timedelta
from functools import partial

from celery import current_app
from django.db import transaction
from django.utils import timezone

from apps.jobs import events, kinds
from apps.jobs.models import Job

LOST_AFTER = timedelta(seconds=5)


def send(job: Job) -> None:
    current_app.send_task(job.kind, args=[str(job.pk)], queue=job.queue)


def send_on_commit(job: Job) -> None:
    transaction.on_commit(partial(send, job))


def waiting_messages(queue: str) -> int:
    """Messages that no worker has taken yet; Celery keeps a queue as one Redis list."""
    return events.connection().llen(queue)


def send_lost() -> int:
    """Sends again the due jobs that the broker does not know any more, oldest first.

    As many messages as due jobs is healthy however long the queue is. Fewer means that some were lost
    (Redis wiped, worker killed with messages in hand) or that a released job's time has come.
    """
    sent = 0
    for queue in kinds.used_queues():
        quiet = Job.objects.due().filter(queue=queue, sent_at__lt=timezone.now() - LOST_AFTER)
        due = list(quiet.order_by("sent_at")[:1000])
        missing = due[: max(0, len(due) - waiting_messages(queue))]
        Job.objects.filter(pk__in=[job.pk for job in missing]).update(sent_at=timezone.now())
        for job in missing:
            send(job)
        sent += len(missing)
    return sent
