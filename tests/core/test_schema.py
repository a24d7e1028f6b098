"""New code on an older database, on a newer one, and on one of somebody else."""

import json
import os
import subprocess
from io import StringIO

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg.conninfo import make_conninfo

from apps.core import schema
from config import schema_fingerprint
from stack.database_tools import Tools, tools_for


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def plan() -> list[str]:
    output = StringIO()
    call_command("upgrade_schema", "--plan", stdout=output)
    return list(json.loads(output.getvalue())["pending"])


def test_a_database_of_this_version_has_nothing_pending(db: None) -> None:
    assert plan() == []


def test_what_an_older_database_lacks_is_pending(db: None) -> None:
    execute("DELETE FROM django_migrations WHERE app = 'capacity' OR app = 'portal' OR app = 'sessions'")
    assert "sessions.0001_initial" in plan()


def test_data_of_a_newer_version_is_refused_with_advice(db: None) -> None:
    execute("INSERT INTO django_migrations (app, name, applied) VALUES ('vault', '0999_later', now())")
    with pytest.raises(CommandError, match=r"vault\.0999_later.*Nothing was changed.*git pull"):
        call_command("upgrade_schema")


@pytest.mark.parametrize(
    "which", ["app = 'accounts'", "true"], ids=["Django's tables, but not ours", "no migrations at all"]
)
def test_the_database_of_another_product_is_refused_with_advice(db: None, which: str) -> None:
    execute(f"DELETE FROM django_migrations WHERE {which}")
    with pytest.raises(CommandError, match=r"not Kongming's.*DATABASE_URL"):
        call_command("upgrade_schema")


def test_the_fingerprint_is_that_of_the_migrations(db: None) -> None:
    """A new migration needs `./kongming manage schema_fingerprint`."""
    with connection.cursor() as cursor:
        assert schema_fingerprint.differing_tables(cursor) == []
        assert set(schema_fingerprint.expected_fingerprint()) == set(schema_fingerprint.fingerprint(cursor))


@pytest.mark.parametrize(
    "edit",
    [
        "ALTER TABLE accounts_user ADD COLUMN nickname text",
        "ALTER TABLE accounts_user ALTER COLUMN name TYPE varchar(99)",
        "ALTER TABLE accounts_user ALTER COLUMN name DROP NOT NULL",
        "ALTER TABLE accounts_user ALTER COLUMN name SET DEFAULT 'x'",
        "ALTER TABLE accounts_user ADD CONSTRAINT odd CHECK (name <> 'x')",
        "CREATE INDEX odd ON accounts_user (name)",
        "DROP TRIGGER {trigger} ON {table}",
        "ALTER TABLE {table} DISABLE TRIGGER {trigger}",
    ],
)
def test_a_database_made_between_two_edits_of_a_migration_is_refused_with_advice(db: None, edit: str) -> None:
    trigger, table = one_trigger()
    execute(edit.format(trigger=trigger, table=table))

    name = table if "{" in edit else "accounts_user"
    with pytest.raises(CommandError, match=rf"not as they make them: {name}\..*--compare.*restore"):
        plan()
    with pytest.raises(CommandError, match="begin anew"):
        call_command("upgrade_schema", stdout=StringIO())


@pytest.mark.slow
def test_a_database_that_came_out_of_a_dump_is_like_the_one_it_was_made_from(db: None) -> None:
    """A dump says some conditions in other words."""
    server, copy = os.environ["DATABASE_URL"], f"restored_{os.getpid()}"
    tools = tools_for(make_conninfo(server, dbname=str(connection.settings_dict["NAME"])))
    dump = subprocess.run(tools.command("pg_dump", "--schema-only"), capture_output=True, check=True).stdout
    with psycopg.connect(server, autocommit=True) as administration:
        administration.execute(f"CREATE DATABASE {copy} TEMPLATE template0")
        url = make_conninfo(server, dbname=copy)
        load = Tools(tools.directory, url, tools.major).command("psql", "--quiet", "--set=ON_ERROR_STOP=1")
        subprocess.run(load, input=dump, capture_output=True, check=True)
        with psycopg.connect(url) as restored, restored.cursor() as cursor:
            differing = schema_fingerprint.differing_tables(cursor)
        administration.execute(f"DROP DATABASE {copy}")

    assert differing == []


def test_a_table_that_is_missing_is_named(db: None) -> None:
    execute("DROP TABLE django_session")

    with pytest.raises(CommandError, match="django_session"):
        plan()


def test_indexes_and_tables_of_an_operators_own_disturb_nobody(db: None) -> None:
    execute("CREATE INDEX own_names ON accounts_user (name)")
    execute("CREATE TABLE own_notes (id int)")

    assert plan() == []


def one_trigger() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal ORDER BY relname, tgname"
        )
        trigger, table = cursor.fetchall()[0]
    return trigger, table


@pytest.mark.real_clock(
    reason="a wait that PostgreSQL's own limit interrupts sees the clock that nobody moved"
)
@pytest.mark.django_db(transaction=True)
def test_a_table_that_stays_locked_ends_the_migration_instead_of_everybody() -> None:
    url = make_conninfo(os.environ["DATABASE_URL"], dbname=str(connection.settings_dict["NAME"]))
    with psycopg.connect(url) as somebody:
        somebody.execute("LOCK TABLE django_session IN ACCESS SHARE MODE")
        with pytest.raises(schema.SchemaLocked, match="run this again"), schema.bounded_locks("20ms"):
            execute("ALTER TABLE django_session ADD COLUMN note text")
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        assert cursor.fetchone() == ("0",)
