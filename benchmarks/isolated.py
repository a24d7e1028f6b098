"""A whole installation of its own, for one measurement or test: own state, own ports, own processes."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import django

from benchmarks.engines import embedded_weights
from stack.installation import Installation
from stack.layout import PROJECT_ROOT
from stack.ports import free_port
from stack.preparation import prepare_application
from stack.programs import ALL, SERVERS
from stack.tied_process import run_tied

SMALL_DISK, SMALL_RESERVE_MB = "768m", "16"
SCRIPTED = {"EMBEDDING_MODEL": "scripted", "LLM_MODEL": "scripted"}
# A measurement may also be of servers of the user's own.
_PARTS = ("ENDPOINT", "MODEL", "API_KEY")
OWN_SERVERS = [f"{engine}_{part}" for engine in ("LLM", "EMBEDDING") for part in _PARTS]


@dataclass(frozen=True)
class Platform:
    installation: Installation
    url: str
    engine_url: str

    def session(self, token: str, **options: Any) -> aiohttp.ClientSession:
        """Of a client with this key."""
        return aiohttp.ClientSession(self.url, headers={"Authorization": f"Bearer {token}"}, **options)

    def set_up_application(self) -> None:
        enter(self.installation)


def enter(installation: Installation) -> None:
    """From now on this process reads the installation's own database through its models."""
    os.environ.update(installation.environment())
    django.setup()


@dataclass(frozen=True)
class Shop:
    """A channel with documents, and a key that may talk there."""

    channel_id: str
    token: str


@contextmanager
def scripted_engine(*options: str) -> Iterator[str]:
    """The engine's address without `/v1`."""
    command = [sys.executable, "-m", "benchmarks.scripted_engine", *options]
    with run_tied(command, cwd=PROJECT_ROOT, stdout=subprocess.PIPE, text=True) as engine:
        first_line = engine.stdout.readline() if engine.stdout else ""
        yield f"http://127.0.0.1:{first_line.rpartition(' ')[2].strip()}"


@contextmanager
def platform(
    engine_options: list[str], on_small_disk: bool = False, /, **settings: str
) -> Iterator[Platform]:
    """Everything `./kongming up` starts, with the scripted engine in place of the two models."""
    with scripted_engine(*engine_options) as engine:
        models = {"LLM_ENDPOINT": f"{engine}/v1", "EMBEDDING_ENDPOINT": f"{engine}/v1", **SCRIPTED}
        with running({**models, **settings}, on_small_disk=on_small_disk) as installation:
            yield Platform(installation, f"http://127.0.0.1:{installation.env.port}", engine)


@contextmanager
def platform_with_models(llama_model: Path, **settings: str) -> Iterator[Platform]:
    """Everything `./kongming up` starts, the embedded models included."""
    with running({"KONGMING_LLAMA_MODEL": str(llama_model), **settings}) as installation:
        yield Platform(installation, f"http://127.0.0.1:{installation.env.port}", "")


@contextmanager
def services(*engines: str) -> Iterator[None]:
    """PostgreSQL, Redis and these of `embedding` and `llm`, in whose application this process then is; `llm` serves the
    embedded model, unless LLM_ENDPOINT names a server of the person's own. What needs the application is imported inside."""
    settings = {name: os.environ[name] for name in OWN_SERVERS if os.environ.get(name)}
    if "llm" in engines and "LLM_ENDPOINT" not in settings:
        settings["KONGMING_LLAMA_MODEL"] = str(embedded_weights())
    with running(settings, (*SERVERS, *engines)) as installation:
        enter(installation)
        yield


@contextmanager
def temporary_directory() -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="kongming-") as directory:
        # PostgreSQL may run as a user of its own and must be able to pass through.
        Path(directory).chmod(0o755)
        yield directory


@contextmanager
def running(
    settings: dict[str, str], names: Sequence[str] = ALL, *, on_small_disk: bool = False
) -> Iterator[Installation]:
    with ExitStack() as stack:
        directory = stack.enter_context(temporary_directory())
        own = {"KONGMING_STATE_DIR": directory, "PORT": str(free_port()), "LOG_LEVEL": "WARNING"}
        own["PRIVATE_NETWORKS"] = "127.0.0.0/8"
        if on_small_disk:
            stack.enter_context(_small_disk(directory))
            Path(directory).chmod(0o755)
            own["STORAGE_RESERVE_MB"] = SMALL_RESERVE_MB
        with Installation(Path(directory), names=names, settings=own | settings) as installation:
            prepare_application(installation)
            installation.start_programs(names)
            installation.wait_healthy()
            yield installation


@contextmanager
def _small_disk(directory: str) -> Iterator[None]:
    """A file system of its own, in memory, which a benchmark can fill without harm to anybody."""
    mount = ["mount", "-t", "tmpfs", "-o", f"size={SMALL_DISK}", "tmpfs", directory]
    subprocess.run(mount, check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", directory], check=True, capture_output=True)


def open_shop(platform: Platform, slug: str = "bench") -> Shop:
    """Makes an organisation with a handbook and a channel, through the services."""
    platform.set_up_application()
    from benchmarks.shop import make_shop

    return Shop(*make_shop(slug))
