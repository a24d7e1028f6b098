"""An OpenAI-compatible engine that follows a script, for tests and benchmarks.

    python -m benchmarks.scripted_engine --port 9000 --first-token-ms 200 --gap-ms 25 --tokens 128

Token k is due `first-token + k * gap` after the request arrived, by the clock, so a busy machine makes it
late but never slower. A request chooses its script itself (`engine_script.chosen_script`), or tests queue the
next answers with POST /script and let go of those that are held with POST /release. GET /record (or
/record?last=1) tells what was seen; POST /reset forgets it.
"""

import argparse
import asyncio
import hashlib
import itertools
import random
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qs

import httptools
import orjson
import uvloop

from benchmarks import engine_script
from benchmarks.engine_script import Script

STREAM_HEAD = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\n"
    b"Cache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n"
)
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}
KEPT_RECORDS = 5000
HOLD_SECONDS = 0.02


@dataclass(slots=True)
class Record:
    """Times are seconds since the epoch, so that another process can compare them with its own."""

    path: str
    body: dict[str, Any]
    authorization: str
    started_at: float
    first_token_at: float | None = None
    ended_at: float | None = None
    outcome: str = "running"
    tokens_sent: int = 0


@dataclass
class Engine:
    first_token_ms: float = 200.0
    gap_ms: float = 25.0
    tokens: int = 128
    dimensions: int = 384
    records: deque[Record] = field(default_factory=lambda: deque(maxlen=KEPT_RECORDS))
    queued: list[Script] = field(default_factory=list)
    seen: int = 0
    in_flight: int = 0
    peak: int = 0
    is_holding: bool = False

    def script_for(self, path: str, body: dict[str, Any]) -> Script:
        request = orjson.dumps(body).decode()
        for position, script in enumerate(self.queued):
            if script.path == path and script.asks in request:
                return self.queued.pop(position)
        return engine_script.chosen_script(body) or Script()

    def begin(self, path: str, body: dict[str, Any], authorization: str) -> Record:
        record = Record(path, body, authorization, time.time())
        self.records.append(record)
        self.seen += 1
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        return record

    def end(self, record: Record, outcome: str) -> None:
        if record.ended_at is None:
            record.ended_at = time.time()
            record.outcome = outcome
            self.in_flight -= 1

    def reset(self) -> None:
        self.records.clear()
        self.queued.clear()
        self.seen, self.peak = 0, self.in_flight

    def report(self, *, last: int) -> dict[str, Any]:
        requests = [asdict(record) for record in itertools.islice(reversed(self.records), last)][::-1]
        counts = {"seen": self.seen, "in_flight": self.in_flight, "peak": self.peak}
        return {**counts, "cpu_seconds": time.process_time(), "requests": requests}


class Answer:
    """One streamed answer on its schedule."""

    def __init__(self, connection: "Connection", script: Script, record: Record) -> None:
        engine = connection.engine
        self._connection, self._engine = connection, engine
        self._script, self._record = script, record
        self._frames = self._limit(engine_script.frames(script, record.body, tokens=engine.tokens))
        self._loop = asyncio.get_running_loop()
        first = engine.first_token_ms if script.first_token_ms is None else script.first_token_ms
        self._gap = (engine.gap_ms if script.gap_ms is None else script.gap_ms) / 1000
        self._due = self._loop.time() + first / 1000
        self._timer = self._loop.call_at(self._due, self._send_due)

    def close(self, outcome: str) -> None:
        self._timer.cancel()
        self._engine.end(self._record, outcome)

    def _limit(self, frames: Iterator[bytes]) -> Iterator[bytes]:
        stops = [stop for stop in (self._script.cut_after, self._script.stall_after) if stop is not None]
        return itertools.islice(frames, min(stops, default=None))

    def _send_due(self) -> None:
        record, now = self._record, self._loop.time()
        if record.first_token_at is None:
            record.first_token_at = time.time()
            self._connection.write(STREAM_HEAD)
        while self._due <= now:
            if self._engine.is_holding and record.tokens_sent == self._script.hold_after:
                self._due = now + HOLD_SECONDS
                break
            frame = next(self._frames, None)
            if frame is None:
                self._finish()
                return
            self._connection.write_chunk(frame)
            record.tokens_sent += 1
            self._due += self._gap or 1e-6
        self._timer = self._loop.call_at(self._due, self._send_due)

    def _finish(self) -> None:
        if self._script.cut_after is not None:
            self.close("cut")
            self._connection.abort()
        elif self._script.stall_after is None:
            last = engine_script.last_frames(self._script, self._record.body, sent=self._record.tokens_sent)
            self._connection.write_chunk(last, is_last=True)
            self.close("finished")
            self._connection.answer = None


class Connection(asyncio.Protocol):
    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.answer: Answer | None = None
        self._silent: Record | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._url, self._body, self._authorization = b"", bytearray(), ""
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def connection_lost(self, exc: Exception | None) -> None:
        if self.answer:
            self.answer.close("closed_by_client")
        if self._silent:
            self.engine.end(self._silent, "closed_by_client")

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_url(self, url: bytes) -> None:
        self._url, self._body, self._authorization = url, bytearray(), ""

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"authorization":
            self._authorization = value.decode()

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        body = orjson.loads(self._body) if self._body else {}
        routes: dict[bytes, Callable[[Any], None]] = {
            b"/v1/chat/completions": self._chat,
            b"/v1/embeddings": self._embeddings,
            b"/v1/audio/speech": self._speech,
            b"/script": self._queue_scripts,
            b"/release": self._release,
            b"/reset": self._reset,
            b"/record": self._report,
            b"/health": lambda _: self.reply({"status": "ok"}),
            b"/v1/models": lambda _: self.reply({"object": "list", "data": [{"id": "scripted"}]}),
        }
        path, missing = self._url.partition(b"?")[0], {"error": {"message": "no such path"}}
        routes.get(path, lambda _: self.reply(missing, status=404))(body)

    def _begin(self, path: str, body: dict[str, Any]) -> tuple[Script, Record] | None:
        """None where the script gives no answer, or an error."""
        script = self.engine.script_for(path, body)
        record = self.engine.begin(path, body, self._authorization)
        if script.is_silent:
            self._silent = record
        elif script.status != 200:
            self._reply_error(script, record)
        else:
            return script, record
        return None

    def _chat(self, body: dict[str, Any]) -> None:
        if begun := self._begin("chat", body):
            if body.get("stream"):
                self.answer = Answer(self, *begun)
            else:
                self._reply_whole(*begun)

    def _embeddings(self, body: dict[str, Any]) -> None:
        if begun := self._begin("embeddings", body):
            texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
            vectors = [vector(text, self.engine.dimensions) for text in texts]
            rows = [{"index": index, "embedding": each} for index, each in enumerate(vectors)]
            usage = {"prompt_tokens": sum(map(len, texts)) // 4}
            self.reply({"object": "list", "data": rows, "usage": usage})
            self.engine.end(begun[1], "finished")

    def _speech(self, body: dict[str, Any]) -> None:
        if begun := self._begin("speech", body):
            script, record = begun
            sound = engine_script.speech_wav(script, body) if script.text is None else script.text.encode()
            head = b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nContent-Length: %d\r\n\r\n" % len(sound)
            self.write(head + sound)
            self.engine.end(record, "finished")

    def _reply_error(self, script: Script, record: Record) -> None:
        retry_after = "" if script.retry_after is None else f"Retry-After: {script.retry_after}\r\n"
        self.reply({"error": {"message": script.error_message}}, status=script.status, headers=retry_after)
        self.engine.end(record, f"http_{script.status}")

    def _reply_whole(self, script: Script, record: Record) -> None:
        text = engine_script.whole_text(script, record.body, tokens=self.engine.tokens)
        message = {"role": "assistant", "content": text}
        choice = {"index": 0, "message": message, "finish_reason": script.finish_reason}
        usage = engine_script.usage_counts(record.body, len(text) // 4)
        self.reply({"id": "scripted", "choices": [choice], "usage": usage})
        self.engine.end(record, "finished")

    def _report(self, _: Any) -> None:
        [last] = parse_qs(self._url.partition(b"?")[2]).get(b"last", [b"%d" % KEPT_RECORDS])
        self.reply(self.engine.report(last=int(last)))

    def _queue_scripts(self, body: Any) -> None:
        scripts = body if isinstance(body, list) else [body]
        queued = [Script.model_validate(script) for script in scripts]
        self.engine.queued += queued
        self.engine.is_holding |= any(script.hold_after is not None for script in queued)
        self.reply({"queued": len(self.engine.queued)})

    def _release(self, _: Any) -> None:
        self.engine.is_holding = False
        self.reply({"status": "ok"})

    def _reset(self, _: Any) -> None:
        self.engine.reset()
        self.reply({"status": "ok"})

    def reply(self, body: Any, *, status: int = 200, headers: str = "") -> None:
        content = orjson.dumps(body)
        head = (
            f"HTTP/1.1 {status} {REASONS.get(status, 'Scripted')}\r\nContent-Type: application/json\r\n"
            f"{headers}Content-Length: {len(content)}\r\n\r\n"
        )
        self.write(head.encode() + content)

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def write_chunk(self, data: bytes, *, is_last: bool = False) -> None:
        end = b"\r\n0\r\n\r\n" if is_last else b"\r\n"
        self._transport.write(b"%x\r\n%b%b" % (len(data), data, end))

    def abort(self) -> None:
        self.answer = None
        self._transport.close()


@lru_cache(maxsize=1024)
def vector(text: str, dimensions: int) -> list[float]:
    """The same text always gets the same direction; texts that share words get near ones."""
    total = [0.0] * dimensions
    for word in text.lower().split() or [text]:
        noise = random.Random(hashlib.sha256(word.encode()).digest())
        total = [value + noise.gauss(0, 1) for value in total]
    length = sum(value * value for value in total) ** 0.5 or 1.0
    return [value / length for value in total]


async def serve(engine: Engine, port: int) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(engine), "127.0.0.1", port, backlog=1024
    )
    print(f"listening on {server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await server.serve_forever()


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.scripted_engine")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one and prints it")
    for name in ("first_token_ms", "gap_ms", "tokens", "dimensions"):
        default = getattr(Engine, name)
        parser.add_argument(f"--{name.replace('_', '-')}", type=type(default), default=default)
    options = vars(parser.parse_args(arguments))
    port = options.pop("port")
    uvloop.run(serve(Engine(**options), port))


if __name__ == "__main__":
    main(sys.argv[1:])
