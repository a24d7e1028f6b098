"""`migrate` makes an empty database in one step; what that gives is what replaying every migration gives."""

import pytest
from django.db import connection
from pytest_django import DjangoDbBlocker

from apps.core import schema
from apps.core.management.commands.schema_fingerprint import fresh_database
from config import schema_fingerprint


def rows() -> dict[str, int]:
    counts = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT count(*) FROM "{table}"')
            counts[table] = cursor.fetchone()[0]
    return counts


def contents() -> tuple[dict[str, list[str]], dict[str, int]]:
    with fresh_database():
        with connection.cursor() as cursor:
            tables = schema_fingerprint.description(cursor)
        return tables, rows()


@pytest.mark.slow
def test_an_empty_database_gets_the_tables_and_rows_that_all_migrations_make(
    django_db_blocker: DjangoDbBlocker, django_db_setup: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with django_db_blocker.unblock():
        at_once = contents()
        monkeypatch.setattr(schema, "is_empty", lambda: False)
        replayed = contents()

    assert at_once == replayed
    assert replayed[1]["django_migrations"] > 80
