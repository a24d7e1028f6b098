"""pg_dump, pg_restore and psql of the server's own version, and what a database holds."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

import psycopg
from psycopg import IsolationLevel, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from config.database import BACKUP_LOCK
from llm_backend import patterns
from stack import postgresql
from stack.errors import StackError

DEBIAN = "/usr/lib/postgresql/{major}/bin"
# Relations that an extension brought belong to it, not to us.
OWN_RELATIONS = """
    FROM pg_class relation JOIN pg_namespace schema ON schema.oid = relation.relnamespace
    WHERE schema.nspname = 'public' AND relation.relkind = ANY(%s)
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = relation.oid AND deptype = 'e')
"""
TABLES = ["r"]
Connection = psycopg.Connection[tuple[object, ...]]
ANY_RELATION = ["r", "p", "v", "m", "S", "f"]


@dataclass(frozen=True)
class Tools:
    """The programs in `directory`, and the database they are to open."""

    directory: Path
    url: str
    major: int

    def command(self, name: str, *options: str) -> list[str]:
        # A password on the command line could be read by everybody on this machine.
        parts = {key: value for key, value in conninfo_to_dict(self.url).items() if key != "password"}
        return [str(self.directory / name), *options, "--dbname", make_conninfo("", **parts)]

    @property
    def environment(self) -> dict[str, str]:
        password = conninfo_to_dict(self.url).get("password")
        return {**os.environ, "PGPASSWORD": str(password)} if password else dict(os.environ)


def tools_for(url: str) -> Tools:
    """Programs of the same major version as the server: an older pg_dump refuses, a newer one writes what it cannot
    read. Raises StackError where there are none.
    """
    with connection_to(url) as connection:
        major = connection.info.server_version // 10_000
    program = shutil.which("pg_dump")
    places = [postgresql.BIN, *([Path(program).parent] if program else []), Path(DEBIAN.format(major=major))]
    for directory in places:
        if _major(directory / "pg_dump") == major:
            return Tools(directory, url, major)
    raise StackError(
        f"The server of DATABASE_URL is PostgreSQL {major}, and there is no pg_dump {major} here. Install its client "
        f"programs (on Debian and Ubuntu: apt install postgresql-client-{major}) and run the command again."
    )


def _major(program: Path) -> int | None:
    if not program.exists():
        return None
    output = subprocess.run([str(program), "--version"], capture_output=True, text=True, check=False).stdout
    version = patterns.search(r" (\d+)", output)
    return int(version[1]) if version else None


def connection_to(url: str) -> Connection:
    """Each statement commits by itself. Raises StackError where nothing answers."""
    try:
        return psycopg.connect(url, autocommit=True, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise StackError(f"The database is not responding: {error}") from error


def is_empty(url: str) -> bool:
    """Whether nobody has a table, a view, a sequence or a foreign table there. Raises StackError where nothing answers."""
    with connection_to(url) as connection:
        return not connection.execute(f"SELECT 1 {OWN_RELATIONS} LIMIT 1", [ANY_RELATION]).fetchone()


def row_counts(connection: Connection) -> dict[str, int]:
    """Every row is counted: the planner's estimates would hide a row that was lost."""
    names = connection.execute(f"SELECT relation.relname {OWN_RELATIONS} ORDER BY 1", [TABLES]).fetchall()
    counts = {}
    for (name,) in names:
        count = sql.SQL("SELECT count(*) FROM public.{}").format(sql.Identifier(str(name)))
        counts[str(name)] = int(str((connection.execute(count).fetchone() or [0])[0]))
    return counts


@contextmanager
def backup_lock(url: str) -> Iterator[Connection]:
    """Nobody changes an organisation's keys meanwhile: files would be written anew with keys that the dump lacks.
    Raises StackError while somebody does.
    """
    with connection_to(url) as connection:
        # A server may be set to end transactions that do nothing. Ours waits in one for as long as pg_dump takes.
        connection.execute("SET idle_in_transaction_session_timeout = 0")
        lock = connection.execute("SELECT pg_try_advisory_lock_shared(%s)", [BACKUP_LOCK]).fetchone()
        if not (lock and lock[0]):
            raise StackError("An organisation's keys are being changed. Run this again when that is done.")
        yield connection


@contextmanager
def snapshot(connection: Connection) -> Iterator[str]:
    """A state of the database that stands still for `connection`, and for whom it is named to."""
    connection.autocommit = False
    # The rows are counted in the same snapshot as is dumped, so a restore must find exactly as many.
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    name = connection.execute("SELECT pg_export_snapshot()").fetchone()
    yield str((name or [""])[0])
    connection.rollback()


@contextmanager
def dumping(tools: Tools, *, snapshot_name: str) -> Iterator[IO[bytes]]:
    """The database as pg_dump writes it. Raises StackError at the end when it did not write all of it."""
    options = ["--format=custom", "--compress=gzip:1", "--no-owner", "--no-privileges"]
    command = tools.command("pg_dump", *options, f"--snapshot={snapshot_name}")
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, env=tools.environment) as dump,
    ):
        try:
            yield cast(IO[bytes], dump.stdout)
        except BaseException:
            dump.kill()
            raise
        if dump.wait():
            raise StackError(f"pg_dump could not read the database:\n{_end_of(errors)}")


@contextmanager
def loading(tools: Tools, *, replace: bool, mark: str) -> Iterator[IO[bytes]]:
    """Takes a dump and puts it into the database in one transaction: whatever ends it early, nothing has changed.

    `mark` becomes the comment of the schema in the same transaction, so `mark_of` tells whether it came to its end.
    Raises StackError then, with what the programs said.
    """
    psql_command = tools.command("psql", "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1")
    options = ["--file=-", "--no-owner", "--no-privileges", "--no-comments"]
    restore_command = [str(tools.directory / "pg_restore"), *options]
    # Where somebody still uses a table, it gives up with a message instead of waiting for ever.
    begin = "BEGIN; SET LOCAL lock_timeout = '30s';\n"
    empty = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n" if replace else ""
    # psql keeps what it was told when it reads this, never because its input came to an end.
    commit = sql.SQL("COMMENT ON SCHEMA public IS {}; COMMIT;\n").format(sql.Literal(mark)).as_string()
    with tempfile.TemporaryFile() as errors, ExitStack() as processes:
        psql = processes.enter_context(_fed(psql_command, errors, tools.environment, subprocess.DEVNULL))
        script = cast(IO[bytes], psql.stdin)
        try:
            script.write((begin + empty).encode())
            script.flush()
            restore = processes.enter_context(_fed(restore_command, errors, tools.environment, script))
            dump = cast(IO[bytes], restore.stdin)
            yield dump
            _end(dump, restore)
            script.write(commit.encode())
            _end(script, psql)
        except BrokenPipeError as error:
            raise StackError(
                f"The database could not be restored, and is as it was:\n{_end_of(errors)}"
            ) from error


@contextmanager
def _fed(
    command: list[str], errors: IO[bytes], environment: dict[str, str], output: int | IO[bytes]
) -> Iterator[subprocess.Popen[bytes]]:
    """A process that reads what we write, and is ended with us."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=output, stderr=errors, env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        with suppress(BrokenPipeError):
            cast(IO[bytes], process.stdin).close()


def _end(pipe: IO[bytes], process: subprocess.Popen[bytes]) -> None:
    pipe.close()
    if process.wait():
        raise BrokenPipeError


def _end_of(errors: IO[bytes]) -> str:
    errors.seek(0)
    return errors.read().decode(errors="replace")[-2000:]


def mark_of(url: str) -> str:
    """What `loading` wrote beside a restored database; empty when it never came to its end."""
    with connection_to(url) as connection:
        row = connection.execute("SELECT obj_description('public'::regnamespace, 'pg_namespace')").fetchone()
    return str(row[0]) if row and row[0] else ""


def settle(url: str) -> None:
    """Gathers statistics for the planner, and gives the schema its own comment back."""
    with connection_to(url) as connection:
        connection.execute("ANALYZE")
        connection.execute("COMMENT ON SCHEMA public IS 'standard public schema'")
