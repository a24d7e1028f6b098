"""Requests to the servers of messengers, and the tokens that they want to see.

The addresses are the operator's (`FEISHU_API_URL` …), or what the server there names for a download or a connection. So
private ones are allowed, as private deployments need, but never those where clouds keep their keys. No redirect is
followed, and `HTTPS_PROXY` is heeded. What is raised names no address: secrets stand in some.
"""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from urllib.parse import urlsplit

import aiohttp

from apps.core.ttl_cache import TTLCache
from apps.customer_service.channels.delivery_errors import PermanentError, TemporaryError
from apps.customer_service.messengers.adapter import DownloadedFile
from apps.customer_service.messengers.models import MessengerAccount
from llm_backend.addresses import OPERATORS

Result = TypeVar("Result")

MAX_ANSWER_BYTES = 512 * 1024
TIMEOUT = aiohttp.ClientTimeout(total=20, connect=8)
DOWNLOAD_SECONDS = 120
HEARTBEAT_SECONDS = 30
# All of them give the same token out again until it nears its end, and say when it has expired.
_TOKENS: TTLCache[str] = TTLCache(seconds=1200)


class TokenExpired(TemporaryError):
    """A new token is fetched, once."""


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def body(self) -> dict[str, Any]:
        """Raises TemporaryError for what is no JSON object."""
        try:
            value = json.loads(self.content)
        except ValueError as error:
            raise TemporaryError("protocol", str(self.status)) from error
        if not isinstance(value, dict):
            raise TemporaryError("protocol", str(self.status))
        return value

    def number(self, name: str) -> float:
        """Seconds that a header names; 0 where it does not."""
        value = self.headers.get(name, "")
        return float(value) if value.isascii() and value.isdigit() else 0


@dataclass(frozen=True)
class Request:
    url: str = field(repr=False)
    method: str = "POST"
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: Mapping[str, Any] | None = field(default=None, repr=False)
    max_bytes: int = MAX_ANSWER_BYTES
    timeout: aiohttp.ClientTimeout = TIMEOUT


def call(request: Request) -> Answer:
    """From a thread. Raises TemporaryError."""
    return asyncio.run(ask(request))


async def ask(request: Request) -> Answer:
    """From an event loop. Raises TemporaryError."""
    async with (
        _session(request.timeout) as session,
        session.request(
            request.method,
            request.url,
            params=request.query,
            headers=request.headers,
            json=request.body,
            allow_redirects=False,
        ) as response,
    ):
        content = bytearray()
        async for chunk in response.content.iter_any():
            content += chunk
            if len(content) > request.max_bytes:
                break
        # One byte more than allowed tells that it went on.
        return Answer(response.status, response.headers, bytes(content[: request.max_bytes + 1]))


def download(request: Request, *, name: str, max_bytes: int) -> tuple[Answer, DownloadedFile]:
    """A file with the name that the caller or else the server gives it. Raises TemporaryError, and PermanentError for
    one that is too large.
    """
    patient = aiohttp.ClientTimeout(total=DOWNLOAD_SECONDS, connect=8)
    answer = call(replace(request, max_bytes=max_bytes, timeout=patient))
    if len(answer.content) > max_bytes:
        raise PermanentError("too_large")
    disposition = aiohttp.multipart.parse_content_disposition(answer.headers.get("Content-Disposition"))
    told = aiohttp.multipart.content_disposition_filename(disposition[1]) or ""
    return answer, DownloadedFile(name or told or "file", answer.content)


@asynccontextmanager
async def web_socket(url: str) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Raises TemporaryError."""
    if urlsplit(url).scheme not in ("wss", "ws"):
        raise TemporaryError("protocol")
    async with (
        _session(aiohttp.ClientTimeout(total=None, connect=8)) as session,
        session.ws_connect(
            url, heartbeat=HEARTBEAT_SECONDS, max_msg_size=MAX_ANSWER_BYTES, autoping=True
        ) as socket,
    ):
        yield socket


@asynccontextmanager
async def _session(limits: aiohttp.ClientTimeout) -> AsyncIterator[aiohttp.ClientSession]:
    connector = aiohttp.TCPConnector(socket_factory=OPERATORS.socket, use_dns_cache=False)
    try:
        async with aiohttp.ClientSession(
            connector=connector, timeout=limits, trust_env=True, cookie_jar=aiohttp.DummyCookieJar()
        ) as session:
            yield session
    except TimeoutError as error:
        raise TemporaryError("timeout") from error
    except (aiohttp.ClientError, OSError) as error:
        raise TemporaryError("connection", type(error).__name__) from error


def with_token(
    account: MessengerAccount, fetch: Callable[[], str], ask_with: Callable[[str], Result]
) -> Result:
    """What is answered to the account's token; where it has expired, to a new one."""
    key = (account.pk, hashlib.sha256(account.credentials_json.encode()).hexdigest())
    try:
        return ask_with(_TOKENS.get(key, fetch))
    except TokenExpired:
        _TOKENS.drop(key)
        return ask_with(_TOKENS.get(key, fetch))
