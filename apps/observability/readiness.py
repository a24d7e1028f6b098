"""Is every part there that a request needs? Each check answers with what is wrong, or nothing."""

import http.client
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from urllib.error import URLError
from urllib.request import Request, urlopen

from django.db import DatabaseError, connection
from psycopg_pool import PoolTimeout
from redis.exceptions import RedisError

from apps.core import redis_client
from apps.inference.models import Endpoint, Purpose
from apps.jobs import job_types
from apps.observability import worker_heartbeat

PROBE_SECONDS = 2.0

Check = Callable[[], str]


@dataclass(frozen=True)
class Part:
    name: str
    problem: str
    milliseconds: int

    @property
    def is_ready(self) -> bool:
        return not self.problem


def parts() -> list[Part]:
    """Every part that a request needs, checked at the same time."""
    checks: dict[str, Check] = {
        "database": _database,
        "redis": _redis,
        "queues": _queues,
        "engine": lambda: _endpoint(Purpose.CHAT),
        "embedding": lambda: _endpoint(Purpose.EMBEDDING),
    }
    with ThreadPoolExecutor(len(checks)) as pool:
        return list(pool.map(_part, checks, checks.values()))


def _part(name: str, check: Check) -> Part:
    start = time.monotonic()
    try:
        problem = check()
    except (DatabaseError, PoolTimeout):
        problem = "the database does not answer"
    except (RedisError, OSError):
        problem = "Redis does not answer"
    finally:
        # Each check has a thread of its own, and with it a connection that nobody else would give back.
        connection.close()
    return Part(name, problem, round((time.monotonic() - start) * 1000))


def _database() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return ""


def _redis() -> str:
    redis_client.synchronous().ping()
    return ""


def _queues() -> str:
    silent = worker_heartbeat.silent_queues(job_types.used_queues())
    return f"no worker listens to: {', '.join(silent)}" if silent else ""


def _endpoint(purpose: Purpose) -> str:
    """One answering endpoint is enough; calls fall back from one to the next."""
    endpoints = list(Endpoint.objects.shared().filter(purpose=purpose, is_enabled=True).in_fallback_order())
    if not endpoints:
        return f"no enabled endpoint for {purpose}"
    # Back to the pool before waiting for servers that may not answer.
    connection.close()
    problems = []
    for endpoint in endpoints:
        problem = _probe(endpoint)
        if not problem:
            return ""
        problems.append(f"{endpoint.name}: {problem}")
    return "; ".join(problems)


def _probe(endpoint: Endpoint) -> str:
    """Any answer below 500 shows a server; a wrong key or model shows in the calls themselves."""
    headers = {"Authorization": f"Bearer {endpoint.api_key}"} if endpoint.api_key else {}
    request = Request(endpoint.models_url, headers=headers)  # noqa: S310
    try:
        with urlopen(request, timeout=PROBE_SECONDS):  # noqa: S310
            return ""
    except URLError as error:
        status = getattr(error, "code", 0)
        return "" if 0 < status < 500 else str(getattr(error, "reason", error))
    except (OSError, http.client.HTTPException) as error:
        return str(error) or type(error).__name__
