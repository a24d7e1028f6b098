"""supervisord: starts the programs of one installation, restarts those that die, and stops them all."""

import contextlib
import os
import resource
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from xmlrpc.client import Fault, ServerProxy

import psutil
from supervisor.xmlrpc import SupervisorTransport

from stack.errors import StackError
from stack.layout import PROJECT_ROOT, Layout
from stack.tied_process import dies_with_parent

# For supervisor itself to answer; its programs have a time of their own.
START_SECONDS = 20
STOP_SECONDS = 30
# A web process that holds hundreds of event streams needs a descriptor for each.
OPEN_FILES = 16384
STATES_OF_LIFE = ("STARTING", "RUNNING", "BACKOFF", "STOPPING")
STATES_OF_FAILURE = ("FATAL", "STOPPED", "UNKNOWN")
# The pause grows by a second each time: half an hour of trying before a program is left alone.
RETRIES = 60


@dataclass(frozen=True)
class Running:
    """What supervisord knows of one program."""

    name: str
    state: str
    pid: int
    seconds: int
    started_at: int
    why: str


@dataclass(frozen=True)
class Program:
    name: str
    command: Sequence[str]
    user: str | None = None
    stop_signal: str = "TERM"
    stop_seconds: int = 15
    # One that ends sooner did not start; Python takes a while to find out what is wrong.
    start_seconds: int = 5
    priority: int = 999
    environment: dict[str, str] = field(default_factory=dict)


def _escape(text: str) -> str:
    return text.replace("%", "%%")


def _section(program: Program, layout: Layout) -> str:
    options = {
        "command": shlex.join(program.command),
        "directory": str(PROJECT_ROOT),
        "priority": str(program.priority),
        # `ensure_started` starts each when its turn has come: the application needs servers that answer and a migrated
        # database.
        "autostart": "false",
        "autorestart": "true",
        "startsecs": str(program.start_seconds),
        "startretries": str(RETRIES),
        "stopsignal": program.stop_signal,
        "stopwaitsecs": str(program.stop_seconds),
        # Servers have children; a child that stays would hold the port.
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": str(layout.log_of(program.name)),
        "stdout_logfile_maxbytes": "20MB",
        "stdout_logfile_backups": "3",
    }
    if program.user:
        options["user"] = program.user
    if program.environment:
        options["environment"] = ",".join(f'{name}="{value}"' for name, value in program.environment.items())
    lines = [f"{name} = {_escape(value)}" for name, value in options.items()]
    return "\n".join([f"[program:{program.name}]", *lines])


def configuration(programs: Sequence[Program], layout: Layout) -> str:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    # supervisord refuses to start when it asks for more than the system allows.
    open_files = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
    # In the foreground: the kernel's tie to the parent (`dies_with_parent`) would not outlive becoming a daemon. As
    # root supervisord warns unless it is told that this is meant.
    head = f"""[supervisord]
nodaemon = true
silent = true
logfile = {_escape(str(layout.logs / "supervisord.log"))}
logfile_maxbytes = 5MB
logfile_backups = 1
pidfile = {_escape(str(layout.supervisor_pid))}
childlogdir = {_escape(str(layout.logs))}
minfds = {open_files}
{"user = root" if os.geteuid() == 0 else ""}

[unix_http_server]
file = {_escape(str(layout.supervisor_socket))}
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""
    return "\n\n".join([head, *(_section(program, layout) for program in programs)]) + "\n"


def _running(process_info: dict[str, Any]) -> Running:
    seconds = process_info["now"] - process_info["start"] if process_info["pid"] else 0
    why = process_info["spawnerr"] or process_info["description"] or process_info["statename"]
    return Running(
        process_info["name"],
        process_info["statename"],
        process_info["pid"],
        seconds,
        process_info["start"],
        why,
    )


@contextlib.contextmanager
def ignore_interrupts() -> Iterator[None]:
    """A second, impatient Ctrl-C must not leave half of it running."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, action in before.items():
            signal.signal(number, action)


class Supervisor:
    def __init__(self, layout: Layout) -> None:
        self.layout = layout

    def process(self) -> psutil.Process | None:
        """The running supervisord; a pid file left by a crash does not count."""
        try:
            process = psutil.Process(int(self.layout.supervisor_pid.read_text()))
            return process if str(self.layout.supervisor_conf) in process.cmdline() else None
        except (FileNotFoundError, ValueError, psutil.Error):
            return None

    def start(self, programs: Sequence[Program], environment: dict[str, str], *, attached: bool) -> None:
        """Returns once supervisord answers; raises StackError where it does not within START_SECONDS. `attached`: it
        ends with this process, however that ends.
        """
        self.layout.supervisor_conf.write_text(configuration(programs, self.layout))
        subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(self.layout.supervisor_conf)],
            cwd=PROJECT_ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            # On a full disk it reports there what it could not log; a file that is full as well would end it.
            stderr=subprocess.DEVNULL,
            # Not in the terminal's group: Ctrl-C there is for us, who stop the programs in their order.
            start_new_session=True,
            preexec_fn=dies_with_parent() if attached else None,
        )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError, Fault), self.rpc() as rpc:
                rpc.supervisor.getState()
                return
            time.sleep(0.02)
        raise StackError(f"supervisord did not start. Its log is in {self.layout.logs}.")

    @contextlib.contextmanager
    def rpc(self) -> Iterator[Any]:
        transport = SupervisorTransport(None, None, f"unix://{self.layout.supervisor_socket}")
        with ServerProxy("http://127.0.0.1", transport=transport) as proxy:
            yield proxy

    def ensure_started(self, name: str) -> None:
        """Leaves one alone that is starting, or waits for its next try."""
        with self.rpc() as rpc:
            if rpc.supervisor.getProcessInfo(name)["statename"] not in STATES_OF_LIFE:
                rpc.supervisor.startProcess(name, False)

    def update(self, programs: Sequence[Program]) -> None:
        """Take over new command lines; only the programs whose own have changed are stopped."""
        self.layout.supervisor_conf.write_text(configuration(programs, self.layout))
        with self.rpc() as rpc:
            [[added, changed, removed]] = rpc.supervisor.reloadConfig()
            for name in (*changed, *removed):
                rpc.supervisor.stopProcessGroup(name)
                rpc.supervisor.removeProcessGroup(name)
            for name in (*added, *changed):
                rpc.supervisor.addProcessGroup(name)

    def stop_program(self, name: str) -> None:
        """Stop one program and leave the others running."""
        if self.program(name).state in STATES_OF_LIFE:
            with self.rpc() as rpc:
                rpc.supervisor.stopProcess(name)

    def programs(self) -> list[Running]:
        with self.rpc() as rpc:
            return [_running(each) for each in rpc.supervisor.getAllProcessInfo()]

    def program(self, name: str) -> Running:
        with self.rpc() as rpc:
            return _running(rpc.supervisor.getProcessInfo(name))

    def stop(self, *, first: Collection[str]) -> None:
        """Stop the programs `first` all at once, then the rest, and in the end kill whatever is left.

        Left to itself supervisord takes one program a second.
        """
        process = self.process()
        if process is None:
            return
        # Listed now: once it has ended, nobody knows any more which processes were its children.
        family = [process, *process.children(recursive=True)]
        with contextlib.suppress(OSError, Fault):
            self.stop_programs(first)
            self.stop_programs([each.name for each in self.programs()])
        process.terminate()
        _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
        for survivor in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                survivor.kill()
        psutil.wait_procs(alive, timeout=5)

    def stop_programs(self, names: Collection[str]) -> None:
        """All at once, and until they have ended."""
        stopping = [
            each.name for each in self.programs() if each.name in names and each.state in STATES_OF_LIFE
        ]
        with self.rpc() as rpc:
            for name in stopping:
                rpc.supervisor.stopProcess(name, False)
        deadline = time.monotonic() + STOP_SECONDS
        while (
            any(each.pid and each.name in stopping for each in self.programs())
            and time.monotonic() < deadline
        ):
            time.sleep(0.05)
