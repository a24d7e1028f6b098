"""TCP ports of the processes that have no unix socket."""

import errno
import json
import socket
from pathlib import Path

import psutil

from stack.errors import StackError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port that is free at this moment; another program may take it before it is used."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def is_free(host: str, port: int) -> bool:
    return _bind_error(host, port) is None


def _bind_error(host: str, port: int) -> OSError | None:
    """Why nothing can listen there; None where something can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        # A connection that ended a minute ago may still occupy it (TIME_WAIT); the servers bind with this option as
        # well.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            return error
        return None


def remembered_ports(path: Path, names: tuple[str, ...]) -> dict[str, int]:
    """The port of each name, kept in `path` (JSON): chosen once for this installation, and anew where another program
    has taken it since.
    """
    known_ports: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    ports = {name: known_ports.get(name, 0) for name in names}
    for name, port in ports.items():
        if not port or not is_free(LOOPBACK, port):
            ports[name] = free_port()
    path.write_text(json.dumps(ports))
    return ports


def remember_port(path: Path, name: str, port: int) -> None:
    path.write_text(json.dumps(saved_ports(path) | {name: port}))


def saved_ports(path: Path) -> dict[str, int]:
    return dict(json.loads(path.read_text())) if path.exists() else {}


def owner_of(port: int) -> str:
    """Who listens on `port`, as far as this user may know."""
    try:
        listening = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    except psutil.AccessDenied:
        # macOS shows them to root alone.
        return "another program"
    pids = [each.pid for each in listening if each.laddr.port == port and each.pid]
    for pid in pids:
        try:
            return f"{' '.join(psutil.Process(pid).cmdline())[:90]} (process {pid})"
        except psutil.Error:
            # It ended meanwhile, or belongs to somebody else.
            continue
    return "a program of another user"


def trouble(host: str, port: int) -> tuple[str, str]:
    """What keeps a server from listening there, and the way out; both empty where nothing does."""
    refusal = _bind_error(host, port)
    if refusal is None:
        return "", ""
    if refusal.errno == errno.EADDRINUSE:
        state = f"Port {port} on {host} is taken by {owner_of(port)}"
        return state, f"Stop that program, or choose another port: PORT={port + 1} ./kongming up (or in .env)"
    if refusal.errno == errno.EACCES:
        state = f"This user may not listen on port {port}, as ports below 1024 are the system's"
        return (
            state,
            "Choose one from 1024 on, such as PORT=8700, and let a reverse proxy pass requests on to it.",
        )
    state = f"{host} is no address of this machine ({refusal.strerror})"
    return (
        state,
        "Set HOST to an address that it has: 127.0.0.1 for this machine alone, 0.0.0.0 for all of its own.",
    )


def require_free(host: str, port: int) -> None:
    """Raises StackError, which names the program that has the port, or says why else it cannot be had."""
    state, advice = trouble(host, port)
    if state:
        raise StackError(f"{state}.\n{advice}")
