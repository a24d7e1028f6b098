"""Engines as processes of their own, for one measurement."""

import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import psutil

from benchmarks.load import sse_events, unlimited_session
from benchmarks.waiting import wait_for_server
from llm_backend import patterns
from stack.layout import PROJECT_ROOT
from stack.ports import free_port
from stack.progress import Steps
from stack.tied_process import run_tied
from stack.weights import catalogue, ensure_weights

START_SECONDS = 300
# Of the installation around the measurement: these engines are open, and on the loopback interface only.
KEYS = ("LLM_API_KEY", "VLLM_API_KEY")


@dataclass(frozen=True)
class Engine:
    url: str
    model: str
    process: "subprocess.Popen[bytes]"
    log: Path

    def memory_mb(self) -> int:
        """What the engine's processes hold; pages that several of them share count once."""
        root = psutil.Process(self.process.pid)
        processes = [root, *root.children(recursive=True)]
        size: int = sum(process.memory_full_info().pss for process in processes)
        return size >> 20

    def find_in_log(self, pattern: patterns.Pattern[str]) -> str | None:
        """The first group of the pattern in what the engine wrote about itself."""
        match = pattern.search(self.log.read_text(errors="replace"))
        return match[1] if match else None


def embedded_weights(name: str = "llm") -> Path:
    """Fetched where they are not there."""
    with Steps() as steps:
        return ensure_weights(catalogue(name), Path(os.environ["KONGMING_MODELS_DIR"]), steps)


def vllm_cpu(state: Path, checkpoint: Path, *options: str) -> AbstractContextManager[Engine]:
    arguments = ["serve", "--state", str(state), "--model", str(checkpoint), *options]
    return _engine_process("llm_backend.engines.vllm_cpu", "vllm", arguments)


def llama(weights: Path, *options: str, name: str = "llama") -> AbstractContextManager[Engine]:
    return _engine_process("llm_backend.engines.llama_server", name, ["--model", str(weights), *options])


@contextmanager
def _engine_process(module: str, name: str, arguments: list[str]) -> Iterator[Engine]:
    port = free_port()
    command = [sys.executable, "-m", module, *arguments, "--name", name, "--port", str(port)]
    environment = {name: value for name, value in os.environ.items() if name not in KEYS}
    with tempfile.TemporaryDirectory(prefix="kongming-engine-") as directory:
        log = Path(directory) / "log"
        options = {"cwd": PROJECT_ROOT, "env": environment, "stderr": subprocess.STDOUT}
        with log.open("wb") as file, run_tied(command, stdout=file, **options) as process:
            engine = Engine(f"http://127.0.0.1:{port}", name, process, log)
            wait_for_server(process, f"{engine.url}/health", seconds=START_SECONDS, log=log)
            yield engine


TIMEOUT_SECONDS = 240
Body = dict[str, Any]


@dataclass
class Answer:
    """When each piece arrived, in seconds after the wave began, and what the engine counted."""

    arrivals: list[float] = field(default_factory=list)
    output_tokens: int = 0
    prompt_tokens: int = 0


@dataclass(frozen=True)
class Wave:
    seconds: float
    answers: list[Answer]

    @property
    def output_tokens(self) -> int:
        return sum(answer.output_tokens for answer in self.answers)

    @property
    def prompt_tokens(self) -> int:
        return sum(answer.prompt_tokens for answer in self.answers)

    @property
    def decoding(self) -> tuple[int, float]:
        """(tokens, seconds) while all streams were writing: after the last first token, before the first end."""
        begin = max(answer.arrivals[0] for answer in self.answers)
        end = min(answer.arrivals[-1] for answer in self.answers)
        return sum(begin < at <= end for answer in self.answers for at in answer.arrivals), end - begin


def waves(
    engine: Engine, path: str, body: Callable[[int], Body], *, parallel: int, seconds: float
) -> list[Wave]:
    """Waves of `parallel` requests, until `seconds` have gone; `body` gets the number of the request."""
    extra = {"model": engine.model, "stream": True, "stream_options": {"include_usage": True}}

    async def all_waves() -> list[Wave]:
        finished_waves, begin = list[Wave](), time.perf_counter()
        async with unlimited_session(TIMEOUT_SECONDS) as session:
            while not finished_waves or time.perf_counter() - begin < seconds:
                first = len(finished_waves) * parallel
                bodies = [{**body(first + number), **extra} for number in range(parallel)]
                wave_begin = time.perf_counter()
                asked = (_ask(session, engine.url + path, each, wave_begin) for each in bodies)
                answers = await asyncio.gather(*asked)
                finished_waves.append(Wave(time.perf_counter() - wave_begin, answers))
        return finished_waves

    return asyncio.run(all_waves())


async def _ask(session: aiohttp.ClientSession, url: str, body: Body, begin: float) -> Answer:
    answer = Answer()
    async with session.post(url, json=body) as response:
        if response.status != 200:
            raise RuntimeError(f"HTTP {response.status}: {(await response.text())[:300]}")
        async for _kind, event in sse_events(response):
            if event == b"[DONE]":
                break
            chunk = orjson.loads(event)
            if usage := chunk.get("usage"):
                answer.output_tokens = usage["completion_tokens"]
                answer.prompt_tokens = usage["prompt_tokens"]
            # Of a chat each choice has a delta, of a completion a text, though it be empty.
            deltas = [each.get("delta") or each for each in chunk.get("choices", ())]
            if any(each.get("content") or "text" in each for each in deltas):
                answer.arrivals.append(time.perf_counter() - begin)
    if not answer.arrivals or not answer.output_tokens:
        raise RuntimeError(f"the engine at {url} sent no text or no usage")
    return answer


def prefill_per_second(waves: list[Wave]) -> float:
    return sum(wave.prompt_tokens for wave in waves) / sum(wave.seconds for wave in waves)


def output_per_second(waves: list[Wave]) -> float:
    return sum(wave.output_tokens for wave in waves) / sum(wave.seconds for wave in waves)


def decode_per_second(waves: list[Wave]) -> float:
    tokens = sum(wave.decoding[0] for wave in waves)
    return tokens / sum(wave.decoding[1] for wave in waves)


def first_token_ms(waves: list[Wave]) -> float:
    """The median."""
    first = [answer.arrivals[0] for wave in waves for answer in wave.answers]
    return round(statistics.median(first) * 1000, 1)
