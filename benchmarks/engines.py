"""Engines as processes of their own, for one measurement."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

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
