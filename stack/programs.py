"""The processes of an installation and how each is started."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from config.env import Env
from llm_backend.profiles import Profile
from stack import engine_commands, postgresql, redis_server
from stack.layout import PROJECT_ROOT, Layout
from stack.ports import LOOPBACK
from stack.supervision import Program
from stack.system_user import database_user

SERVERS = ("postgresql", "redis")
ENGINES = ("llm", "embedding", "synthesis")
APPLICATION = (
    "web",
    "worker-interactive",
    "worker-background",
    "worker-speech",
    "worker-voice",
    "beat",
    "backups",
    "log-receiver",
)
ALL = (*SERVERS, *ENGINES, *APPLICATION)
# The variable that puts a server of the user's own in the place of an embedded one.
REPLACED_BY = {
    "postgresql": "DATABASE_URL",
    "redis": "REDIS_URL",
    "llm": "LLM_ENDPOINT",
    "embedding": "EMBEDDING_ENDPOINT",
    "synthesis": "SYNTHESIS_ENDPOINT",
}
# Runs only where one of these is set: without them nothing is received and no port is open.
STARTED_BY = {"log-receiver": ("SYSLOG_ADDRESS", "SYSLOG_TLS_ADDRESS", "LOG_FOLDERS")}
# Started first and stopped last: the others write until they end.
FIRST = 1


@dataclass(frozen=True)
class Setup:
    """What the command lines depend on."""

    layout: Layout
    env: Env
    ports: dict[str, int]
    profile: Profile
    serving: engine_commands.Serving
    throw_away: bool


class Worker(NamedTuple):
    """A Celery worker: whose jobs it does, in what, and how far it steps back for the web process.

    That one comes first on a crowded machine: it holds everybody's pages and streams.
    """

    queues: str
    pool: str
    niceness: int
    concurrency: Callable[[Env], int]


WORKERS = {
    # Threads: these jobs wait for a model's server, hardly for the CPU.
    "interactive": Worker("interactive", "threads", 3, lambda env: env.interactive_places),
    # Processes, not threads: reading files and writing down speech are a matter of the CPU, and a crash of one must not
    # take others along.
    "background": Worker("batch,ingest", "prefork", 12, lambda env: env.background_processes),
    "speech": Worker("speech", "prefork", 4, lambda env: env.speech_processes),
    # Visitors' voice messages, behind everything else that wants the CPU.
    "voice": Worker("voice", "prefork", 10, lambda env: env.voice_processes),
}


def program(name: str, setup: Setup) -> Program:
    return PROGRAMS[name](setup)


def _postgresql(setup: Setup) -> Program:
    user = database_user()
    return Program(
        "postgresql",
        postgresql.command(setup.layout, throw_away=setup.throw_away),
        user=user.pw_name if user else None,
        # PostgreSQL's fast shutdown: it ends sessions instead of waiting for them.
        stop_signal="INT",
        start_seconds=1,
        priority=FIRST,
    )


def _redis(setup: Setup) -> Program:
    return Program(
        "redis",
        redis_server.command(setup.layout, throw_away=setup.throw_away),
        start_seconds=1,
        priority=FIRST,
    )


def _llm(setup: Setup) -> Program:
    command = engine_commands.command(setup.profile, setup.serving)
    return Program("llm", command, environment=engine_commands.environment(setup.profile))


def _embedding(setup: Setup) -> Program:
    options = {"--port": setup.ports["embedding"], "--threads": setup.env.embedding_threads}
    return Program("embedding", _module("llm_backend.engines.embedding_server", options), stop_seconds=5)


def _synthesis(setup: Setup) -> Program:
    """Steps back for whoever waits for an answer: a script is read aloud in the background."""
    options = {
        "--port": setup.ports["synthesis"],
        "--folder": engine_commands.voice_folder(setup.serving.models),
    }
    module = _module("llm_backend.engines.synthesis_server", options)
    return Program("synthesis", ["nice", "-n", "10", *module], stop_seconds=5)


def _web(setup: Setup) -> Program:
    # Nothing here speaks over web sockets, and Django knows no events of a lifespan.
    options = {
        "--host": setup.env.host,
        "--port": setup.env.port,
        "--loop": "uvloop",
        "--http": "config.http_protocol:BoundedProtocol",
        "--ws": "none",
        "--lifespan": "off",
        # Open event streams would hold a graceful stop for ever.
        "--timeout-graceful-shutdown": 3,
    }
    # TRUSTED_PROXIES decides whom to believe, not uvicorn.
    flags = ("config.asgi:application", "--no-access-log", "--no-proxy-headers")
    return Program("web", [*_module("uvicorn", options), *flags], stop_seconds=10)


def _worker(name: str, setup: Setup) -> Program:
    worker = WORKERS[name]
    celery = [*_module("celery", {"-A": "config"}), "worker", "-n", f"{name}@%h"]
    options = {"-Q": worker.queues, "-P": worker.pool, "-c": worker.concurrency(setup.env)}
    # Nothing reads what workers tell one another, and `mingle` waits for the others' answers at every start.
    flags = ("--without-gossip", "--without-mingle")
    return Program(f"worker-{name}", ["nice", "-n", str(worker.niceness), *celery, *_flat(options), *flags])


def _beat(setup: Setup) -> Program:
    # No pid file: one that a crash left behind could keep the next beat from starting.
    schedule = str(setup.layout.run / "beat")
    command = [*_module("celery", {"-A": "config"}), "beat", "-s", schedule, "--pidfile="]
    return Program("beat", command, stop_seconds=10)


def _module(name: str, options: Mapping[str, object]) -> list[str]:
    return [sys.executable, "-m", name, *_flat(options)]


def _flat(options: Mapping[str, object]) -> list[str]:
    return [str(part) for pair in options.items() for part in pair]


PROGRAMS: dict[str, Callable[[Setup], Program]] = {
    "postgresql": _postgresql,
    "redis": _redis,
    "llm": _llm,
    "embedding": _embedding,
    "synthesis": _synthesis,
    "web": _web,
    **{f"worker-{name}": partial(_worker, name) for name in WORKERS},
    "beat": _beat,
    # It steps back for whoever is answered: a backup has time.
    "backups": lambda _setup: Program(
        "backups", ["nice", "-n", "10", *_module("stack.backup_scheduler", {})], stop_seconds=30
    ),
    "log-receiver": lambda _setup: Program(
        "log-receiver", [sys.executable, str(PROJECT_ROOT / "manage.py"), "receive_logs"]
    ),
}


def engine_url(name: str, ports: dict[str, int]) -> str:
    return f"http://{LOOPBACK}:{ports[name]}/v1"
