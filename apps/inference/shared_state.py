"""What all worker processes of an installation know together lives in Redis; these are the doors to it."""

from functools import cache

import redis
import redis.asyncio
from django.conf import settings

# A call that cannot ask Redis for its place fails and is retried, rather than overrunning the engine.
TIMEOUT_SECONDS = 5


@cache
def asynchronous() -> redis.asyncio.Redis:
    """For coroutines on the process's event loop, and only there."""
    return redis.asyncio.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS)


@cache
def synchronous() -> redis.Redis:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=TIMEOUT_SECONDS, health_check_interval=30)
