"""A whole installation for one measurement: its own state, ports and processes, and the scripted engine as its model."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import django

from stack.installation import Installation
from stack.layout import PROJECT_ROOT
from stack.ports import free_port
from stack.preparation import prepare_application
from stack.programs import APPLICATION

START_STATE = {"EMBEDDING_MODEL": "scripted", "LLM_MODEL": "scripted", "LOG_LEVEL": "WARNING"}


@dataclass(frozen=True)
class Platform:
    installation: Installation
    url: str
    engine_url: str


@dataclass(frozen=True)
class Shop:
    """A channel with documents, and a key that may talk there."""

    channel_id: str
    token: str


@contextmanager
def scripted_engine(*options: str) -> Iterator[str]:
    """The engine's address without `/v1`."""
    command = [sys.executable, "-m", "benchmarks.scripted_engine", *options]
    with subprocess.Popen(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        try:
            yield f"http://127.0.0.1:{engine.stdout.readline().rpartition(' ')[2].strip()}"
        finally:
            engine.terminate()


@contextmanager
def platform(engine_options: list[str], **settings: str) -> Iterator[Platform]:
    """Everything `./kongming up` starts, with the scripted engine in place of the two models."""
    with (
        tempfile.TemporaryDirectory(prefix="kongming-bench-") as directory,
        scripted_engine(*engine_options) as engine,
    ):
        # PostgreSQL may run as a user of its own and must be able to pass through.
        Path(directory).chmod(0o755)
        port = free_port()
        chosen = START_STATE | {
            "KONGMING_STATE_DIR": directory,
            "PORT": str(port),
            "LLM_ENDPOINT": f"{engine}/v1",
            "EMBEDDING_ENDPOINT": f"{engine}/v1",
            **settings,
        }
        with Installation(Path(directory), settings=chosen) as installation:
            prepare_application(installation)
            installation.start_programs(APPLICATION)
            installation.wait_healthy()
            yield Platform(installation, f"http://127.0.0.1:{port}", engine)


def open_shop(platform: Platform) -> Shop:
    """Makes an organisation with a handbook and a channel, through the services."""
    os.environ.update(platform.installation.environment())
    django.setup()
    from benchmarks.shop import make_shop  # noqa: PLC0415  (models can be imported only now)

    return Shop(*make_shop())
