"""Brings a filled database of an earlier commit to this one with the steps of `up`, and back from its dump."""

import json
import os
import subprocess
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any

from psycopg import sql

from benchmarks import isolated
from benchmarks.waiting import module_run
from stack import postgresql
from stack.database_tools import OWN_RELATIONS, TABLES, Connection, connection_to
from stack.installation import Installation
from stack.layout import PROJECT_ROOT
from stack.preparation import manage
from stack.programs import SERVERS
from stack.progress import Steps
from stack.upgrade import dump_before_migrations, pending_migrations

# Django writes down there what there is now, so more rows are no difference.
GROWING = ("django_migrations", "django_content_type", "auth_permission")
# A row stays that of its model when the model gets another name.
NAMES_OF_MODELS = {"django_content_type": "model"}
COLUMNS = f"""
    SELECT relation.relname, attribute.attname
    {OWN_RELATIONS.replace("JOIN", "JOIN pg_attribute attribute ON attribute.attrelid = relation.oid JOIN", 1)}
      AND attribute.attnum > 0 AND NOT attribute.attisdropped
"""


@dataclass
class Comparison:
    """`differences`: rows of one that the other lacks, a changed one twice. `unknown`: tables that the second lacks."""

    tables: int
    rows: int
    differences: dict[str, int]
    unknown: list[str]


def compare(before: str, after: str, renamed: Mapping[str, str] = MappingProxyType({})) -> Comparison:
    """Which rows two databases do not share, of tables and columns that both know.

    `renamed`: tables of the first by what the second calls them.
    """
    with connection_to(before) as first, connection_to(after) as second:
        known, present = _columns(first), _columns(second)
        names = {table: renamed.get(table, table) for table in known}
        both = sorted(table for table, name in names.items() if name in present)
        comparison = Comparison(len(both), 0, {}, sorted(known.keys() - set(both)))
        for table in both:
            columns = sorted((known[table] & present[names[table]]) - {NAMES_OF_MODELS.get(table)})
            there, here = _rows(first, table, columns), _rows(second, names[table], columns)
            added = Counter[int]() if table in GROWING else here - there
            comparison.rows += there.total()
            if different := (there - here).total() + added.total():
                comparison.differences[table] = different
    return comparison


def _columns(connection: Connection) -> dict[str, set[str]]:
    tables: dict[str, set[str]] = {}
    for table, column in connection.execute(COLUMNS, [TABLES]).fetchall():
        tables.setdefault(str(table), set()).add(str(column))
    return tables


def _rows(connection: Connection, table: str, columns: list[str]) -> Counter[int]:
    """A number for each row, which is alike where all of its values are."""
    # Whoever reads a moment sees it in the zone of the server's cluster.
    connection.execute("SET TimeZone = 'UTC'")
    query = sql.SQL("SELECT hashtextextended(ROW({})::text, 0) FROM public.{}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)), sql.Identifier(table)
    )
    return Counter(int(str(row[0])) for row in connection.execute(query))


COMMAND = "bench upgrade"
# The last commit whose schema is that of the initial migrations alone: every change since is a migration.
EARLIER = "afc2a2064498c1b10774fe75e7cfd0c3960bcef5"
# Tables that got other names since, by the old one.
RENAMED = {
    "customer_service_turn": "customer_service_message",
    "customer_service_curatedanswer": "customer_service_savedanswer",
    "customer_service_curatedquestion": "customer_service_savedanswerquestion",
    "customer_service_curatedanswer_channels": "customer_service_savedanswer_channels",
}
DAYS, JOBS_PER_DAY = 30, 60
# Another house than that of the planted rows, whose settings are any text.
ORGANISATION = "busy-house"
# Run by the earlier code, in one process each: a process of it takes five seconds until it can begin.
FILL = f"""
import json
from django.core.management import call_command
from apps.accounts import services
from apps.accounts.models import User
from tests.stack import drill_content
call_command("upgrade_schema")
services.create_organisation(name="Busy", slug="{ORGANISATION}", owner=User.objects.create_user("busy@tea.example", None))
call_command("busy_demo", "--organisation", "{ORGANISATION}", "--days", "%d", "--jobs", "%d")
drill_content.plant()
call_command("ensure_default_endpoints")
print(json.dumps(drill_content.read()))
"""
RETURN = """
import json
from django.core.management import call_command
from tests.stack import drill_content
call_command("upgrade_schema", "--plan")
print(json.dumps(drill_content.read()))
"""
# The earlier rows as they were, beside those that are brought to this commit.
KEPT = "earlier"
SETTINGS = {"LLM_ENDPOINT": "http://127.0.0.1:1/v1", "EMBEDDING_ENDPOINT": "http://127.0.0.1:1/v1"}


@dataclass(frozen=True)
class Commit:
    """The code of a commit in a directory of its own, and how it is run there."""

    code: Path

    def run(self, environment: dict[str, str], *module: str) -> str:
        process = module_run(module, environment, code=self.code)
        if process.returncode:
            raise SystemExit(f"{' '.join(module)} of the earlier commit failed:\n{process.stderr[-3000:]}")
        return process.stdout

    def shell(self, environment: dict[str, str], script: str) -> list[Any]:
        """What the lines of JSON say that a script prints."""
        lines = self.run(environment, "manage", "shell", "-c", script).splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


def run(
    from_: Annotated[str, "the earlier commit"] = EARLIER,
    days: Annotated[int, "of made-up activity"] = DAYS,
    jobs: Annotated[int, "a day"] = JOBS_PER_DAY,
) -> dict[str, Any]:
    begin = time.monotonic()
    with isolated.temporary_directory() as directory:
        state = Path(directory, "state")
        earlier = check_out(from_, Path(directory, "code"))
        with _servers(state) as installation:
            (sealed,) = earlier.shell(installation.environment(), FILL % (days, jobs))
            with connection_to(postgresql.url(installation.layout, database="postgres")) as connection:
                connection.execute(f"CREATE DATABASE {KEPT} TEMPLATE {postgresql.ROLE}")
            pending = _upgrade(installation)
            upgraded = compare(*_addresses(installation), RENAMED)
            here = Commit(PROJECT_ROOT)
            reopened = json.loads(here.run(installation.environment(), "tests.stack.drill_content", "read"))
        _restore(state, installation.layout.backups)
        with _servers(state) as installation:
            restored = compare(*_addresses(installation))
            plan, back = earlier.shell(installation.environment(), RETURN)
    unreadable = [name for name, text in sealed.items() if reopened.get(name, text) != text]
    unreadable += [name for name, text in sealed.items() if back.get(name) != text]
    lost = [*restored.unknown, *plan["pending"]]
    _report(upgraded, restored, unreadable + lost)
    rows = sum(upgraded.differences.values()) + sum(restored.differences.values())
    return {
        "from": from_,
        "migrations": len(pending),
        "tables": upgraded.tables,
        "tables_gone": len(upgraded.unknown),
        "rows": upgraded.rows,
        "sealed": sum(len(texts) for texts in sealed.values() if isinstance(texts, list)),
        "differences": rows + len(unreadable) + len(lost),
        "minutes": round((time.monotonic() - begin) / 60, 1),
    }


def check_out(commit: str, code: Path) -> Commit:
    """The files of a commit, without touching the tree that this runs from."""
    code.mkdir()
    archive = subprocess.run(["git", "archive", commit], cwd=PROJECT_ROOT, capture_output=True, check=False)
    if archive.returncode:
        raise SystemExit(
            f"The commit {commit} is not here: this is a shallow clone, or no clone at all. "
            "Fetch its history (git fetch --unshallow), or name another commit with --from."
        )
    subprocess.run(["tar", "-x", "-C", str(code)], input=archive.stdout, check=True)
    return Commit(code)


def _servers(state: Path) -> Installation:
    settings = {"KONGMING_STATE_DIR": str(state), **SETTINGS}
    return Installation(state, names=SERVERS, settings=settings, throw_away=True)


def _addresses(installation: Installation) -> tuple[str, str]:
    layout = installation.layout
    return postgresql.url(layout, database=KEPT), postgresql.url(layout)


def _upgrade(installation: Installation) -> list[str]:
    """What `up` does to the rows, and nothing that each start does anew: endpoints of the settings get their keys sealed
    again. The dump is made also where this commit has no new migration. `upgrade_schema` ends in an error where a table is
    not as the migrations make it.
    """
    pending = pending_migrations(installation)
    with Steps() as steps:
        dump_before_migrations(installation, pending, steps)
        with steps.step("Database schema"):
            manage(installation, "upgrade_schema")
    return pending


def _restore(state: Path, backups: Path) -> None:
    """As a person goes back: with the code that made the dump, before the older code is checked out."""
    (dump,) = backups.iterdir()
    # Without the keys and addresses of whoever calls: the state has its own.
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    environment |= {"KONGMING_STATE_DIR": str(state), **SETTINGS}
    process = module_run(["stack", "restore", str(dump), "--replace"], environment, answer="replace\n")
    if process.returncode:
        raise SystemExit(f"The dump was not restored:\n{process.stdout}{process.stderr}")


def _report(upgraded: Comparison, restored: Comparison, others: list[str]) -> None:
    """What the one number is made of."""
    for title, tables in (("upgraded", upgraded.differences), ("restored", restored.differences)):
        for table, count in tables.items():
            print(f"{title}: {table}: {count} rows")
    for line in (*others, *(f"gone: {table}" for table in upgraded.unknown)):
        print(line)
