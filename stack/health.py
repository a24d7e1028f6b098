"""Does each process really answer? One sentence when it does not."""

import http.client
from collections.abc import Mapping
from threading import Lock
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from redis.exceptions import RedisError

from config.env import broker_url
from stack import postgresql, redis_server
from stack.programs import REPLACED_BY

TIMEOUT_SECONDS = 5.0
PING_SECONDS = 1.0
WORKERS = {
    "worker-interactive": "interactive",
    "worker-background": "background",
    "worker-speech": "speech",
    "worker-voice": "voice",
}


def problem(name: str, environment: Mapping[str, str], *, is_embedded: bool) -> str:
    """Why `name` does not answer; empty when it does."""
    if name == "postgresql":
        return _reason(postgresql.is_answering(environment["DATABASE_URL"]), "it accepts no connections")
    if name == "redis":
        return _reason(redis_server.is_answering(environment["REDIS_URL"]), "it accepts no connections")
    if name == "web":
        return _http_problem(web_address(environment) + "/healthz")
    if name in WORKERS:
        return _reason(
            _worker_answers(WORKERS[name], environment["REDIS_URL"]), "it does not answer Celery's ping"
        )
    if name in REPLACED_BY:
        return _engine_problem(name, environment, is_embedded=is_embedded)
    return ""


def web_address(environment: Mapping[str, str]) -> str:
    """Where a program on this machine reaches the portal: “all addresses” are nothing to connect to."""
    host = environment["HOST"]
    host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)  # noqa: S104
    return f"http://{host}:{environment['PORT']}"


def _reason(is_well: bool, reason: str) -> str:
    return "" if is_well else reason


def _engine_problem(name: str, environment: Mapping[str, str], *, is_embedded: bool) -> str:
    endpoint = environment[REPLACED_BY[name]].rstrip("/")
    # /health needs no key. Servers of other makers have the list of models in common.
    if is_embedded:
        return _http_problem(endpoint.removesuffix("/v1") + "/health")
    # Here and below: every command loads this module, and these take a quarter of its start.
    from llm_backend.chat import api_address

    key = environment.get(f"{name.upper()}_API_KEY", "")
    return _http_problem(api_address(endpoint, "models"), key=key)


def _http_problem(address: str, *, key: str = "") -> str:
    request = Request(address, headers={"Authorization": f"Bearer {key}"} if key else {})  # noqa: S310
    try:
        with urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
            return ""
    except HTTPError as error:
        error.close()
        return f"{address} answers {error.code}"
    except (URLError, OSError, http.client.HTTPException) as error:
        return f"{address} does not answer ({getattr(error, 'reason', error)})"


# Another module takes the place of Celery's own while it is loaded: of two threads that do so at once one finds half of it.
_loading = Lock()


def _worker_answers(name: str, redis_url: str) -> bool:
    with _loading:
        from celery import Celery
        from kombu.exceptions import OperationalError

    with Celery(broker=broker_url(redis_url), set_as_current=False) as application:
        try:
            replies = application.control.inspect(timeout=PING_SECONDS, limit=None).ping() or {}
        except (OperationalError, RedisError, OSError):
            # Without a broker no worker can be asked.
            return False
    return any(node.startswith(f"{name}@") for node in replies)
