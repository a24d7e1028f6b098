"""Client of any OpenAI-compatible `/v1/chat/completions`, always streaming."""

import asyncio
import atexit
import ssl
import time
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, TypedDict

import aiohttp
import orjson

from llm_backend import errors, patterns, providers
from llm_backend.addresses import OPERATORS, AddressGuard
from llm_backend.decoding import (
    ChatChunk,
    StreamDecoder,
    Token,
    Usage,
    is_context_error,
    split_at_closing_tag,
    vendor_code,
)
from llm_backend.providers import Provider
from llm_backend.tokens import count_tokens

# Behind [DONE] servers close the connection at once; one that forgets to must not hold the answer back.
END_OF_STREAM_SECONDS = 0.05
# Once many answers are written at once, each is read in fewer and larger pieces: every piece costs the same.
PAUSE_SECONDS_PER_STREAM = 0.001
# See docs/decisions/token-path.md: at 64 answers a reader still sees ten pieces a second.
LONGEST_PAUSE_SECONDS = 0.15
# With more, reads pause so that they gather: docs/decisions/token-path.md.
FEW_STREAMS = 8
VERSION_IN_PATH = patterns.compile(r"/v\d++(?:[a-z]++\d*+)?(/|$)")

# What is asked of a server, behind its address.
_CALLS = ("/chat/completions", "/embeddings", "/audio/speech", "/audio/transcriptions")

OnDelta = Callable[[str, str], None]
OnTokens = Callable[[Sequence[Token]], None]


class Enough(Exception):
    """Raised by whoever reads an answer while it is written: what has arrived is all that is needed."""


class Message(TypedDict):
    role: str
    content: str | list[dict[str, Any]]


def with_picture(text: str, picture: str, media_type: str = "image/jpeg") -> list[dict[str, Any]]:
    """The content of a message that shows a picture, as base64, in OpenAI's form."""
    address = f"data:{media_type};base64,{picture}"
    return [{"type": "image_url", "image_url": {"url": address}}, {"type": "text", "text": text}]


def _text_of(message: Message) -> str:
    """Without its pictures, whose bytes are no words."""
    content = message["content"]
    return content if isinstance(content, str) else " ".join(part.get("text", "") for part in content)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, and the seconds that it has to connect, to write the first token, and between two tokens."""

    url: str
    model: str
    api_key: str = field(default="", repr=False)
    provider: Provider = field(default_factory=lambda: providers.preset(providers.DEFAULT))
    connect_seconds: float = 5
    first_token_seconds: float = 120
    between_tokens_seconds: float = 30
    guard: AddressGuard = OPERATORS

    def address(self, path: str) -> str:
        return api_address(self.url, path)


def api_root(url: str) -> str:
    """Of an address that people copy from a vendor's example, where it is that of one call: without the call."""
    root = url.rstrip("/")
    return next((root.removesuffix(call) for call in _CALLS if root.endswith(call)), url)


def api_address(url: str, path: str) -> str:
    """`http://host:8080` and `http://host:8080/v1` name the same server."""
    url = url.rstrip("/")
    return f"{url}/{path}" if VERSION_IN_PATH.search(url) else f"{url}/v1/{path}"


@dataclass(frozen=True, slots=True)
class ChatRequest:
    messages: Sequence[Message]
    temperature: float = 0.2
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    seed: int | None = None
    json_schema: dict[str, Any] | None = None
    alternatives: int = 0
    """How many of the most likely tokens to tell of, where the server can."""

    def body(self, endpoint: Endpoint) -> bytes:
        body: dict[str, Any] = {
            "model": endpoint.model,
            "messages": self.messages,
            "temperature": self.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        if self.max_tokens:
            body["max_tokens"] = self.max_tokens
        if self.stop:
            body["stop"] = self.stop
        if self.seed is not None:
            body["seed"] = self.seed
        if self.alternatives and endpoint.provider.tells_alternatives:
            body |= {"logprobs": True, "top_logprobs": self.alternatives}
        if self.json_schema:
            constraint = {"name": "answer", "strict": True, "schema": self.json_schema}
            body["response_format"] = {"type": "json_schema", "json_schema": constraint}
        return orjson.dumps(endpoint.provider.adapt(body))


@dataclass(frozen=True, slots=True)
class Completion:
    """Seconds count from the request; `first_token_seconds` is None where nothing was written."""

    text: str
    reasoning: str
    usage: Usage
    finish_reason: str
    first_token_seconds: float | None
    seconds: float

    @property
    def is_cut(self) -> bool:
        """It ends where its tokens were used up, thoughts included, and not where the model would have ended it."""
        return self.finish_reason == "length"


async def stream(endpoint: Endpoint, request: ChatRequest) -> AsyncGenerator[ChatChunk, None]:
    """Wrap it in `contextlib.aclosing` when you may leave early: closing is what frees the engine."""
    decoder = StreamDecoder(endpoint.provider, is_thinking=_is_thinking(endpoint, request))
    watch = _SilenceTimer(endpoint)
    async with _response(endpoint, request, watch) as response:
        while data := await _read(response, watch):
            chunks = decoder.feed(data)
            if chunks:
                watch.expect_within(endpoint.between_tokens_seconds)
            if decoder.is_done:
                watch.expect_within(END_OF_STREAM_SECONDS, is_fatal=False)
            if chunks:
                yield _join(chunks)
            if chunks and not decoder.is_done and len(_open) > FEW_STREAMS:
                await asyncio.sleep(min(len(_open) * PAUSE_SECONDS_PER_STREAM, LONGEST_PAUSE_SECONDS))
        for chunk in decoder.close():
            yield chunk


# Servers and their models whose thoughts came without the tag that opens them, as the prompt's template does that. Who
# reads the next answer while it is written need not see its thoughts.
_open_thinkers: set[tuple[str, str]] = set()


def _is_thinking(endpoint: Endpoint, request: ChatRequest) -> bool:
    """Whether the answer begins in thoughts. What has to follow a schema does so from its first letter."""
    return (endpoint.url, endpoint.model) in _open_thinkers and not request.json_schema


def clear_open_thinkers() -> None:
    _open_thinkers.clear()


async def complete(
    endpoint: Endpoint, request: ChatRequest, *, on_delta: OnDelta | None = None
) -> Completion:
    return await Generation(endpoint, request, on_delta=on_delta).run()


def _join(chunks: Sequence[ChatChunk]) -> ChatChunk:
    """What arrived together is read as one: whoever follows an answer does the same work for a word and for ten."""
    if len(chunks) == 1:
        return chunks[0]
    return ChatChunk(
        text="".join(chunk.text for chunk in chunks),
        reasoning="".join(chunk.reasoning for chunk in chunks),
        finish_reason=next((chunk.finish_reason for chunk in reversed(chunks) if chunk.finish_reason), ""),
        usage=next((chunk.usage for chunk in reversed(chunks) if chunk.usage), None),
        tokens=tuple(token for chunk in chunks for token in chunk.tokens or ()),
    )


class Generation:
    """One request while it runs. What has arrived stays readable when it fails or is cancelled.

    `on_delta(text, reasoning)` is called on the event loop and must not block; before it `on_tokens`, where the
    request asked for alternatives. Either may raise Enough.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        request: ChatRequest,
        *,
        on_delta: OnDelta | None = None,
        on_tokens: OnTokens | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.request = request
        self._on_delta = on_delta
        self._on_tokens = on_tokens
        self._texts: list[str] = []
        self._thoughts: list[str] = []
        self._usage: Usage | None = None
        self._finish_reason = ""
        self._started_at = time.perf_counter()
        self._first_token_at: float | None = None

    async def run(self) -> Completion:
        self._started_at = time.perf_counter()
        # Leaving early closes the connection, by which the engine learns that it may stop.
        try:
            with suppress(Enough):
                async with aclosing(stream(self.endpoint, self.request)) as chunks:
                    async for chunk in chunks:
                        self._take_chunk(chunk)
        except errors.RunawayOutput as runaway:
            runaway.text = self.so_far().text
            raise
        completion = self.so_far()
        self._learn(completion)
        return completion

    def _learn(self, completion: Completion) -> None:
        """Whether the next answer is to be read as one that begins in thoughts."""
        thinker = (self.endpoint.url, self.endpoint.model)
        if completion.reasoning and not self._thoughts:
            _open_thinkers.add(thinker)
        elif completion.text and not completion.reasoning and self._thoughts:
            _open_thinkers.discard(thinker)

    def _take_chunk(self, chunk: ChatChunk) -> None:
        text, reasoning, finish_reason, usage, tokens = chunk
        if finish_reason:
            self._finish_reason = finish_reason
        if usage:
            self._usage = usage
        if tokens and self._on_tokens:
            self._on_tokens(tokens)
        if text or reasoning:
            self._take(text, reasoning)

    def _take(self, text: str, reasoning: str) -> None:
        if self._first_token_at is None:
            self._first_token_at = time.perf_counter()
        if text:
            self._texts.append(text)
        if reasoning:
            self._thoughts.append(reasoning)
        if self._on_delta:
            self._on_delta(text, reasoning)

    def so_far(self) -> Completion:
        """Of an answer that is still written, thoughts without their beginning tag stand in the text until they end."""
        first = self._first_token_at
        text, thoughts = split_at_closing_tag("".join(self._texts), self.endpoint.provider.reasoning_tag)
        reasoning = "".join(self._thoughts) + thoughts
        return Completion(
            text=text,
            # What was read as thoughts, and came again as the answer once nothing had closed them, was none.
            reasoning="" if text and reasoning == text else reasoning,
            usage=self._usage or self._estimated_usage(),
            finish_reason=self._finish_reason,
            first_token_seconds=None if first is None else first - self._started_at,
            seconds=time.perf_counter() - self._started_at,
        )

    def _estimated_usage(self) -> Usage:
        if self._first_token_at is None:
            return Usage()
        prompt = sum(count_tokens(_text_of(message)) for message in self.request.messages)
        reasoning = count_tokens("".join(self._thoughts))
        output = count_tokens("".join(self._texts)) + reasoning
        return Usage(prompt, output, reasoning, is_estimated=True)


class _SilenceTimer:
    """Closes a response that stays silent: one timer per stream, not one per chunk."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._loop = asyncio.get_running_loop()
        self._allowed = endpoint.first_token_seconds
        self._deadline = self._loop.time() + self._allowed
        self._is_fatal = True
        self._timer: asyncio.TimerHandle | None = None
        self._response: aiohttp.ClientResponse | None = None
        self.expired_after: float | None = None

    def start(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self._timer = self._loop.call_at(self._deadline, self._look)

    def expect_within(self, seconds: float, *, is_fatal: bool = True) -> None:
        self._allowed, self._is_fatal = seconds, is_fatal
        # A later deadline needs no new timer: the old one goes off, looks at the clock, and waits on.
        sooner = self._deadline
        self._deadline = self._loop.time() + seconds
        if self._deadline < sooner and self._timer:
            self._timer.cancel()
            self._timer = self._loop.call_at(self._deadline, self._look)

    def stop(self) -> None:
        if self._timer:
            self._timer.cancel()

    @property
    def is_over(self) -> bool:
        """The answer was complete and only the end of the connection was missing."""
        return self.expired_after is not None and not self._is_fatal

    def _look(self) -> None:
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._look)
            return
        self.expired_after = self._allowed
        if self._response:
            self._response.close()


async def _read(response: aiohttp.ClientResponse, watch: _SilenceTimer) -> bytes:
    try:
        return await response.content.readany()
    except aiohttp.ClientError as error:
        if watch.is_over:
            return b""
        if watch.expired_after is not None:
            raise errors.ModelTooSlow(f"sent nothing for {watch.expired_after:g} s") from error
        raise errors.ModelUnavailable("cut the stream before the answer was complete") from error


@asynccontextmanager
async def _response(
    endpoint: Endpoint, request: ChatRequest, watch: _SilenceTimer
) -> AsyncIterator[aiohttp.ClientResponse]:
    response = await _post(endpoint, request)
    try:
        if response.status != 200:
            await raise_for_status(response, endpoint.provider)
        watch.start(response)
        _open.add(response)
        yield response
    finally:
        _open.discard(response)
        watch.stop()
        # Only a connection whose answer was read to its end can be given back.
        if response.content.is_eof():
            response.release()
        else:
            response.close()


async def _post(endpoint: Endpoint, request: ChatRequest) -> aiohttp.ClientResponse:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=endpoint.connect_seconds)
    try:
        # Some servers send the head of their answer together with the first token.
        async with asyncio.timeout(endpoint.first_token_seconds):
            return await session(endpoint.guard).post(
                endpoint.address("chat/completions"),
                data=request.body(endpoint),
                headers=request_headers(endpoint.api_key),
                timeout=timeout,
                allow_redirects=False,
            )
    except TimeoutError as error:
        raise errors.ModelTooSlow("did not answer in time") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise connection_error(error) from error


def connection_error(error: Exception) -> errors.ModelUnavailable:
    """Why no connection came about, as the error that says so to a person."""
    detail = f"cannot be reached: {error}"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError | ssl.SSLError):
        return errors.ModelCertificateInvalid(detail)
    if isinstance(error, TimeoutError):
        return errors.ModelTooSlow(detail)
    if isinstance(error, aiohttp.ClientConnectorError):
        return errors.ModelRefusedConnection(detail)
    return errors.ModelUnavailable(detail)


def request_headers(api_key: str) -> dict[str, str]:
    headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
    if api_key:
        headers["Authorization"] = f"Bearer {api_key}"
    return headers


async def raise_for_status(response: aiohttp.ClientResponse, provider: Provider) -> None:
    """Always raises: the vendor's own code says more than the status does, and comes first."""
    try:
        async with asyncio.timeout(5):
            # Enough for any error that people read; a body without an end is nobody's memory.
            body = await response.content.read(4096)
    except (aiohttp.ClientError, TimeoutError):
        # The status tells enough; a body that does not come must not hide it.
        body = b""
    text = body.decode("utf-8", "replace")
    detail = f"HTTP {response.status}: {text[:300]}"
    kind = provider.failure(vendor_code(body)) or _error_class(response.status, text)
    # A date may stand there too; then the usual pause holds.
    seconds = response.headers.get("Retry-After", "")
    raise kind(detail, retry_after=float(seconds) if seconds.isdigit() else None)


def _error_class(status: int, text: str) -> type[errors.ModelError]:
    if status in (401, 403):
        return errors.ModelRefusedKey
    if status == 402:
        return errors.ModelAccountEmpty
    if status in (429, 503):
        return errors.ModelOverloaded
    # Each server has its own status for a prompt that is too long, so the words count.
    if status == 413 or (400 <= status < 500 and is_context_error(text)):
        return errors.ContextTooLong
    return errors.ModelRejectedRequest if 400 <= status < 500 else errors.ModelUnavailable


# The answers that this process is reading.
_open: set[aiohttp.ClientResponse] = set()
_Sessions = dict[AddressGuard, aiohttp.ClientSession]
_sessions: "weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, _Sessions]" = weakref.WeakKeyDictionary()


def session(guard: AddressGuard = OPERATORS) -> aiohttp.ClientSession:
    """One per event loop and guard. Concurrency is limited per endpoint elsewhere, not here.

    Each request has a connection of its own: llama.cpp closes one without notice after a streamed answer, and
    a POST that meets such a connection cannot be repeated safely. Connecting costs little next to an answer.
    """
    loop = asyncio.get_running_loop()
    of_loop = _sessions.setdefault(loop, {})
    existing = of_loop.get(guard)
    if existing is None or existing.closed:
        existing = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0, force_close=True, use_dns_cache=False, socket_factory=guard.socket
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            # Nothing is unpacked: a few packed bytes can be gigabytes, and people enter endpoints of their own.
            auto_decompress=False,
            headers={"Accept-Encoding": "identity"},
        )
        of_loop[guard] = existing
        atexit.register(_close_at_exit, loop, existing)
    return existing


def _close_at_exit(loop: asyncio.AbstractEventLoop, open_session: aiohttp.ClientSession) -> None:
    """The loop of a worker process still runs in its thread; without this aiohttp complains on every exit."""
    if loop.is_running() and not open_session.closed:
        asyncio.run_coroutine_threadsafe(open_session.close(), loop).result(timeout=1)


async def close_session() -> None:
    for existing in _sessions.pop(asyncio.get_running_loop(), {}).values():
        await existing.close()
