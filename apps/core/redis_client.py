"""What all worker processes of an installation know together lives in Redis; these are the doors to it."""

import redis
import redis.asyncio
from django.conf import settings

from apps.core.singleton import once_per_process

# A call that cannot ask Redis for its place fails and is retried, rather than overrunning the engine.
TIMEOUT_SECONDS = 5


@once_per_process
def asynchronous() -> redis.asyncio.Redis:
    """For coroutines on the process's event loop, and only there."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS)


@once_per_process
def synchronous() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, health_check_interval=30)
