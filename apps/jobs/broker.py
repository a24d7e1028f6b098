"""Waking workers up. A message says only that a queue has work; whose turn it is stands in the rows.

So messages are worth the same and may be lost or doubled: the reaper sends those of forgotten jobs again.
"""

import logging
from datetime import timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.db import transaction
from django.utils import timezone
from kombu.exceptions import OperationalError
from kombu.transport import redis
from redis.exceptions import RedisError

from apps.core import redis_client
from apps.jobs import job_types
from apps.jobs.models import Job

logger = logging.getLogger(__name__)

WAKE_UP = "apps.jobs.tasks.run_next_job"
# A message is in Redis at once after the commit; what is still without one then was lost.
LOST_AFTER = timedelta(seconds=5)
# A broker that lost a long queue gets it back in portions, one at each look of the reaper.
MAX_SENT_AGAIN = 500


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


def wake_worker(queue: str) -> None:
    current_app.send_task(WAKE_UP, args=[queue], queue=queue)


def served_queues() -> set[str]:
    """Those of this worker; anywhere else all of them."""
    return set(current_app.amqp.queues.consume_from)


def wake_on_commit(queue: str) -> None:
    transaction.on_commit(partial(_wake_or_leave, queue))


def _wake_or_leave(queue: str) -> None:
    """The job is stored: whoever is told that it failed would ask for it a second time. The reaper wakes a worker later."""
    try:
        wake_worker(queue)
    except (RedisError, OperationalError) as error:
        logger.warning("nobody was woken for %s: %s", queue, error)


def pass_on(queue: str) -> bool:
    """Wakes a worker when jobs are due that no message stands for. Returns whether any are due."""
    is_due = Job.objects.runnable().filter(queue=queue).exists()
    if is_due:
        wake_another(queue)
    return is_due


def wake_due(queue: str) -> int:
    """Sends a message for each job that may run now and returns how many. The reaper sends what MAX_SENT_AGAIN left."""
    count: int = Job.objects.runnable().filter(queue=queue)[:MAX_SENT_AGAIN].count()
    for _ in range(count):
        wake_worker(queue)
    return count


def wake_another(queue: str) -> None:
    """Wakes a worker unless a message waits already. Where Redis is away, the reaper does it later."""
    try:
        if not waiting_messages(queue):
            wake_worker(queue)
    except (RedisError, OperationalError) as error:
        logger.warning("nobody was woken for %s: %s", queue, error)


def waiting_messages(queue: str) -> int:
    """Messages that no worker has taken yet; Celery keeps a queue as one Redis list."""
    return redis_client.synchronous().llen(queue)


def send_lost() -> list[str]:
    """Wakes each queue whose due jobs the broker does not know any more, once for each job. Returns those queues.

    Messages are lost with a wiped Redis or a killed worker that had taken them; a released job whose time has come
    never had one.
    """
    quiet = Job.objects.runnable().filter(sent_at__lt=timezone.now() - LOST_AFTER)
    # Only queues without any message, so that a long queue is never sent twice.
    silent = [queue for queue in sorted(job_types.used_queues()) if not waiting_messages(queue)]
    forgotten = {queue: quiet.filter(queue=queue)[:MAX_SENT_AGAIN].count() for queue in silent}
    for queue, count in forgotten.items():
        for _ in range(count):
            wake_worker(queue)
    return [queue for queue, count in forgotten.items() if count]
