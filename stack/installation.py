"""One installation: its processes, their environment, and starting and stopping them.

with Installation(directory, settings={"PORT": str(free_port())}) as installation:
    installation.prepare_application()
    installation.start_programs(APPLICATION)
    installation.wait_healthy()
"""

import fcntl
import hashlib
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack, suppress
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from config.env import Env
from llm_backend.profiles import FALLBACK, Choice, Profile
from stack import engine_choice, engine_commands, health, postgresql, programs, redis_server
from stack.errors import StackError
from stack.layout import Layout
from stack.ports import free_port, remember_port, remembered_ports, require_free, saved_ports
from stack.secret_keys import load_secrets
from stack.settings import checked_settings
from stack.start_lock import start_lock, take, users_lock
from stack.supervision import STATES_OF_FAILURE, Supervisor, ignore_interrupts
from stack.weights import catalogue

POLL_SECONDS = 0.1
# On a slow disk, with every program starting at once. What fails is named at its third start, not after this.
START_SECONDS = 240
# A program that ends as often does not stay up by being started once more.
STARTS_TO_GIVE_UP = 3
MARK = "KONGMING_INSTALLATION"
# What opens every backup is no business of a process that answers visitors.
OF_BACKUPS_ALONE = "KONGMING_BACKUP_PASSPHRASE"


class Installation:
    """The processes `names`, less those that no setting asks for or that servers of the user's own replace."""

    def __init__(
        self,
        state: Path,
        *,
        names: Sequence[str] = programs.ALL,
        settings: Mapping[str, str],
        throw_away: bool = False,
    ) -> None:
        self.layout = Layout(state)
        self.settings = {name: value for name, value in settings.items() if value}
        self.throw_away = throw_away
        self.names = tuple(name for name in names if not self.is_replaced(name) and not self.is_off(name))
        self.supervisor = Supervisor(self.layout)
        self.has_given_up = threading.Event()
        self._for_a_while = ExitStack()
        self._users = -1

    def is_replaced(self, name: str) -> bool:
        """A server of the user's own stands in for it: the setting that names one is not empty."""
        return programs.REPLACED_BY.get(name) in self.settings

    def is_off(self, name: str) -> bool:
        """Nothing asks for it: it would have nothing to do."""
        if name == "synthesis" and not self.is_replaced(name):
            # Only where somebody fetched the voice. Tests and benchmarks do not depend on that.
            return self.throw_away or bool(engine_commands.voice_missing(self.layout.models(self.settings)))
        variables = programs.STARTED_BY.get(name, ())
        return bool(variables) and not any(self.settings.get(variable) for variable in variables)

    @cached_property
    def env(self) -> Env:
        return checked_settings(self.settings)

    @cached_property
    def ports(self) -> dict[str, int]:
        path = self.layout.run / "ports.json"
        if not self.is_running():
            return remembered_ports(path, programs.ENGINES)
        # Not through `remembered_ports`: that takes a port for taken by a stranger which the running process listens
        # on.
        ports = saved_ports(path)
        # An older version that still runs did not know all of them.
        for name in set(programs.ENGINES) - set(ports):
            ports[name] = free_port()
            remember_port(path, name, ports[name])
        return ports

    @property
    def model(self) -> Path:
        """The GGUF file of the embedded engine: the user's own, or the one we fetch."""
        own = self.settings.get("KONGMING_LLAMA_MODEL")
        return (
            Path(own).expanduser().absolute()
            if own
            else self.layout.models(self.settings) / catalogue("llm").file
        )

    @cached_property
    def profiles(self) -> dict[str, Profile]:
        return engine_choice.known_profiles(self.env)

    @cached_property
    def engine(self) -> Choice:
        """What the program `llm` serves, and why. Tests and benchmarks do not depend on the machine."""
        if self.throw_away and not self.env.llm_profile:
            return Choice(self.profiles[FALLBACK], "the same on every machine")
        return engine_choice.choose(
            self.env,
            self.profiles,
            started_name=engine_choice.started_profile(self.layout),
            models=self.layout.models(self.settings),
            is_ready=lambda profile: not engine_commands.missing(profile, self.serving(profile)),
        )

    def serving(self, profile: Profile) -> engine_commands.Serving:
        """`profile` on this installation; limits that the user set win over the profile's."""
        limits = self._limits(profile)
        return engine_commands.Serving(
            port=self.ports["llm"],
            gguf=self.model,
            state=self.layout.state,
            models=self.layout.models(self.settings),
            context_tokens=int(limits["LLM_CONTEXT_TOKENS"]),
            concurrency=int(limits["LLM_MAX_CONCURRENCY"]),
        )

    def _limits(self, profile: Profile) -> dict[str, str]:
        own = {
            "LLM_CONTEXT_TOKENS": str(profile.context_tokens),
            "LLM_MAX_CONCURRENCY": str(profile.concurrency),
        }
        return {name: self.settings.get(name, value) for name, value in own.items()}

    @property
    def needs_speech_weights(self) -> bool:
        """Speech is written down by the Whisper that we fetch, not by a model or a server of the user's own."""
        is_ours = self.env.speech_model == Path(catalogue("speech").file).parent.name
        return "worker-speech" in self.names and is_ours and not self.env.speech_endpoint

    def environment(self) -> dict[str, str]:
        """What every process sees: what fills the gaps, then the secrets, then what the user chose."""
        defaults = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "DATABASE_URL": postgresql.url(self.layout),
            "REDIS_URL": redis_server.url(self.layout),
            "HOST": self.env.host,
            "PORT": str(self.env.port),
        }
        if not self.throw_away or set(self.names) & set(programs.ENGINES):
            defaults |= self._engine_environment()
        secrets = load_secrets(self.layout.secrets)
        # vLLM knows its key by this name.
        key = {"VLLM_API_KEY": self.settings.get("LLM_API_KEY", secrets["LLM_API_KEY"])}
        # PATH and the like are inherited; settings count only when this installation was given them.
        other_variables = {
            name: value for name, value in os.environ.items() if name.lower() not in Env.model_fields
        }
        # As this installation resolved it: the setting may be relative, or missing.
        settings = self.settings | {"KONGMING_STATE_DIR": str(self.layout.state)}
        settings.pop(OF_BACKUPS_ALONE, None)
        return other_variables | defaults | secrets | key | settings

    def _engine_environment(self) -> dict[str, str]:
        addresses = {
            programs.REPLACED_BY[name]: programs.engine_url(name, self.ports)
            for name in programs.ENGINES
            if not self.is_off(name)
        }
        if self.is_replaced("llm"):
            return addresses
        profile = self.engine.profile
        own = {"LLM_MODEL": profile.served_name, "LLM_PROVIDER": profile.provider}
        return {**addresses, **own, **self._limits(profile)}

    def setup(self) -> programs.Setup:
        profile = self.engine.profile
        return programs.Setup(
            self.layout, self.env, self.ports, profile, self.serving(profile), self.throw_away
        )

    def start(self, names: Collection[str] = programs.ALL, *, attached: bool = False) -> None:
        """Start supervisord, and those of `names` that this installation runs. Raises StackError where it runs already,
        or its port is taken.
        """
        self.layout.create()
        if self.is_running():
            raise StackError(f"Already running from {self.layout.state}. Stop it first: ./kongming down")
        # Processes whose supervisor was killed would still hold ports and data.
        self.stop_leftovers()
        if "web" in names:
            self.require_port()
        if "postgresql" in self.names:
            postgresql.prepare(self.layout, throw_away=self.throw_away)
        if "redis" in self.names:
            redis_server.prepare(self.layout)
        setup = self.setup()
        environment = self.environment() | {MARK: str(self.layout.state)}
        self.supervisor.start(
            [programs.program(name, setup) for name in self.names],
            environment,
            attached=attached,
        )
        self.layout.started_with.write_text(self.digest())
        self.start_programs(names)

    def start_engine(self) -> None:
        """Start the program `llm` alone; of a running installation the others stay as they are."""
        if not self.is_running():
            self.start(["llm"])
            return
        setup = self.setup()
        self.supervisor.update([programs.program(name, setup) for name in self.names])
        self.layout.started_with.write_text(self.digest())
        self.start_programs(["llm"])

    def is_running(self) -> bool:
        return self.supervisor.process() is not None

    def has_changed(self) -> bool:
        """Other settings or command lines than those the processes were started with."""
        started_with = self.layout.started_with
        return not started_with.exists() or started_with.read_text() != self.digest()

    def digest(self) -> str:
        """A hash of all that the processes are started with. Secrets made by the installation are not part of it, as
        they never change.
        """
        processes = [programs.program(name, self.setup()) for name in self.names]
        commands = [[*program.command, *program.environment.items()] for program in processes]
        settings = {name: value for name, value in self.settings.items() if name.lower() in Env.model_fields}
        return hashlib.sha256(json.dumps([commands, sorted(settings.items())]).encode()).hexdigest()

    def require_port(self) -> None:
        """The port of the web process is free, or already its own."""
        if "web" in self.names and not self._listens_on(self.env.port):
            require_free(self.env.host, self.env.port)

    def _listens_on(self, port: int) -> bool:
        pid = self.pids().get("web") if self.is_running() else None
        if pid is None:
            return False
        try:
            return any(each.laddr.port == port for each in psutil.Process(pid).net_connections("tcp"))
        except psutil.Error:
            # It may end, or belong to somebody else, while it is looked at.
            return False

    def start_programs(self, names: Collection[str]) -> None:
        for name in self.names:
            if name in names:
                self.supervisor.ensure_started(name)

    def wait_for_servers(self) -> None:
        """PostgreSQL with its database, and Redis."""
        environment = self.environment()
        if "postgresql" in self.names:
            administration = postgresql.url(self.layout, database="postgres")
            self.wait_until("postgresql", lambda: postgresql.is_answering(administration))
            postgresql.ensure_database(self.layout)
        if "redis" in self.names:
            self.wait_until("redis", lambda: redis_server.is_answering(environment["REDIS_URL"]))

    def wait_until(self, name: str, is_ready: Callable[[], bool]) -> None:
        """Raises StackError with the end of its log when it fails for good, was started for the third time, takes too
        long, or something else that is waited for failed.
        """
        seconds = self.engine.profile.start_seconds if name == "llm" else START_SECONDS
        deadline = time.monotonic() + seconds
        # supervisord tries for long; a person should hear of it at the third start.
        starts: set[int] = set()
        while not is_ready():
            program = self.supervisor.program(name)
            starts.add(program.started_at)
            if program.state in STATES_OF_FAILURE or len(starts) >= STARTS_TO_GIVE_UP:
                raise StackError(f"{name} does not start ({program.why}).\n{self.last_lines(name)}")
            if time.monotonic() > deadline or self.has_given_up.is_set():
                raise StackError(f"{name} did not become ready.\n{self.last_lines(name)}")
            time.sleep(POLL_SECONDS)

    def wait_healthy(
        self, names: Collection[str] = programs.ALL, *, done: Callable[[str], None] = lambda name: None
    ) -> None:
        """Waits until each process answers; `done` hears of each as it does. The first failure ends the wait."""
        environment = self.environment()

        def wait(name: str) -> None:
            self.wait_until(name, lambda: not self.problem(name, environment))
            done(name)

        own_names = [name for name in self.names if name in names]
        with ThreadPoolExecutor(max(1, len(own_names))) as pool:
            try:
                for waiter in as_completed([pool.submit(wait, name) for name in own_names]):
                    waiter.result()
            except BaseException:
                self.has_given_up.set()
                raise

    def problem(self, name: str, environment: Mapping[str, str]) -> str:
        """Why it does not answer, in one sentence; empty when it does."""
        return health.problem(name, environment, is_embedded=name in self.names)

    def last_lines(self, name: str, count: int = 12) -> str:
        path = self.layout.log_of(name)
        lines = path.read_text(errors="replace").splitlines()[-count:] if path.exists() else []
        return "\n".join([f"The end of {path}:", *(f"  {line}" for line in lines)])

    def pids(self) -> dict[str, int]:
        """The process of each running program."""
        return {each.name: each.pid for each in self.supervisor.programs() if each.pid}

    def kill(self, name: str) -> None:
        """End a process without asking it, as a crash would; supervisord starts it again."""
        os.kill(self.pids()[name], signal.SIGKILL)

    def stop(self) -> None:
        """The application first, as it writes to the servers until it ends. A second Ctrl-C does not break it off."""
        with ignore_interrupts():
            self.supervisor.stop(first=(*programs.APPLICATION, *programs.ENGINES))
            self.stop_leftovers()

    def leftovers(self) -> list[psutil.Process]:
        """Processes of this installation that no supervisord watches any more."""
        supervisor = self.supervisor.process()
        known_pids = (
            {supervisor.pid, *(each.pid for each in supervisor.children(recursive=True))}
            if supervisor
            else set()
        )
        return [each for each in psutil.process_iter() if each.pid not in known_pids and self._is_ours(each)]

    def _is_ours(self, process: psutil.Process) -> bool:
        try:
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            # PostgreSQL and Redis overwrite their environment with their titles, but the titles hold a path.
            is_server = process.name() in ("postgres", "valkey-server")
            titles = " ".join(process.cmdline())
            if is_server and (
                str(self.layout.postgresql) in titles or str(self.layout.redis_socket) in titles
            ):
                return True
            return bool(process.environ().get(MARK) == str(self.layout.state))
        except psutil.Error:
            # Somebody else's process, or one that has just ended.
            return False

    def stop_leftovers(self) -> None:
        processes = self.leftovers()
        pids = {each.pid for each in processes}
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                # What a server has started ends with it; PostgreSQL would start others in their place.
                if process.ppid() not in pids:
                    # On TERM PostgreSQL waits for its sessions.
                    process.send_signal(signal.SIGINT if process.name() == "postgres" else signal.SIGTERM)
        _, alive = psutil.wait_procs(processes, timeout=10)
        for process in alive:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        # What was started since ends without its server.
        psutil.wait_procs([*alive, *self.leftovers()], timeout=5)

    def __enter__(self) -> Self:
        """Its servers for a while, in which no other command starts or stops them."""
        self.layout.create()
        with ExitStack() as stack:
            stack.enter_context(start_lock(self.layout, waits=False))
            users = stack.enter_context(users_lock(self.layout, fcntl.LOCK_EX))
            if not self.is_running():
                stack.callback(self.stop)
            self.start(programs.SERVERS, attached=True)
            self.wait_for_servers()
            self._users, self._for_a_while = users, stack.pop_all()
        return self

    def share(self) -> None:
        """Other commands may use its servers as well, and it stops them when the last of these is done."""
        take(self._users, fcntl.LOCK_SH)
        self._for_a_while.callback(take, self._users, fcntl.LOCK_EX)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._for_a_while.close()
