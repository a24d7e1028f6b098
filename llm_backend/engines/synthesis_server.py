"""The embedded voice: Kokoro-82M behind `/v1/audio/speech`, as OpenAI has it.

    SYNTHESIS_API_KEY=… python -m llm_backend.engines.synthesis_server --port 8803 --folder models/kokoro-82m

One text at a time, in a thread of its own; whoever goes away stops it.
"""

import argparse
import asyncio
import os
import resource
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import quote

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from llm_backend.engines.openai_answers import answer, failure, is_allowed, models
from llm_backend.machine import usable_cores
from llm_backend.speech.kokoro import Kokoro
from llm_backend.speech.phonemes import CannotRead
from llm_backend.speech.synthesis import wav
from llm_backend.speech.voices import MODEL_NAME

# Two minutes of English; Chinese takes longer and is stopped by the seconds.
MAX_CHARACTERS = 2000
MAX_BODY_BYTES = 64 * 1024
# Whoever comes behind so many hears at once that the server is busy.
MAX_WAITING = 16
# Three times what it needs for the largest piece: docs/decisions/speech.md.
MAX_MEMORY_BYTES = 3 * 2**29


class SpeechRequest(BaseModel):
    model: str = MODEL_NAME
    input: Annotated[str, Field(min_length=1, max_length=MAX_CHARACTERS)]
    voice: Annotated[str, Field(max_length=60)] = "alloy"
    response_format: Literal["wav"] = "wav"


class Server:
    def __init__(self, model: Kokoro, api_key: str) -> None:
        self._model, self._api_key = model, api_key
        self._thread = ThreadPoolExecutor(1)
        self._waiting = 0

    def application(self) -> web.Application:
        application = web.Application(client_max_size=MAX_BODY_BYTES)
        application.router.add_get("/health", self.health)
        application.router.add_get("/v1/models", self.models)
        application.router.add_post("/v1/audio/speech", self.speech)
        return application

    async def health(self, _: web.Request) -> web.Response:
        return answer({"status": "ok", "waiting": self._waiting})

    async def models(self, _: web.Request) -> web.Response:
        return models(MODEL_NAME)

    async def speech(self, request: web.Request) -> web.Response:
        if not is_allowed(request, self._api_key):
            return failure("Invalid API key.", status=401)
        try:
            query = SpeechRequest.model_validate_json(await request.read())
        except ValidationError as error:
            return failure(str(error), status=400)
        if self._waiting >= MAX_WAITING:
            return failure("Too many texts are waiting.", status=503)
        self._waiting += 1
        is_gone = threading.Event()
        read = partial(self._model.read, query.input, voice=query.voice, should_stop=is_gone.is_set)
        try:
            reading = await asyncio.get_running_loop().run_in_executor(self._thread, read)
        except CannotRead as error:
            return failure(str(error), status=400)
        finally:
            # The client's leaving cancels this function.
            is_gone.set()
            self._waiting -= 1
        if reading.skipped:
            sys.stderr.write(f"Left out, as nobody knows how it sounds: {reading.skipped!a}\n")
        remark = {"X-Skipped-Characters": quote(reading.skipped[:100])}
        return web.Response(body=wav(reading.sound), content_type="audio/wav", headers=remark)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="llm_backend.engines.synthesis_server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True, help="with model.onnx and the voices")
    options = parser.parse_args(arguments)
    resource.setrlimit(resource.RLIMIT_DATA, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))
    model = Kokoro(options.folder, threads=usable_cores())
    server = Server(model, os.environ.get("SYNTHESIS_API_KEY", ""))
    web.run_app(
        server.application(),
        host=options.host,
        port=options.port,
        access_log=None,
        print=None,
        handler_cancellation=True,
    )


if __name__ == "__main__":
    main(sys.argv[1:])
