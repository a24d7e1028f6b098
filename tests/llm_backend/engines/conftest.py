import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from tests.scripted_engine_fixture import ROOT

KEY = "engine-key"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def engine(module: str, *options: str) -> Iterator[str]:
    """A real engine process; gives its address once it is ready."""
    port = free_port()
    command = [sys.executable, "-m", f"llm_backend.engines.{module}", "--port", str(port), *options]
    environment = os.environ | {"LLM_API_KEY": KEY, "EMBEDDING_API_KEY": KEY, "SYNTHESIS_API_KEY": KEY}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL) as process:
        try:
            wait_until_ready(process, f"http://127.0.0.1:{port}")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            assert process.wait(60) in (0, -15)


def wait_until_ready(process: "subprocess.Popen[bytes]", url: str) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        assert process.poll() is None, "the engine ended"
        try:
            with urllib.request.urlopen(f"{url}/health", timeout=5):
                return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError("the engine did not become ready")
