"""Tests that commit for themselves leave rows behind: they go from the tables that have any.

Django truncates every table and then writes its content types and permissions anew, in half a second for each test.
"""

from django.db import connection, transaction
from django.test import TransactionTestCase

# What the migrations wrote, which no test changes.
KEPT = {"django_content_type", "auth_permission"}


def delete_committed_rows(_case: object = None) -> None:
    tables = {*connection.introspection.django_table_names(only_existing=True, include_views=False)} - KEPT
    filled = " UNION ALL ".join(
        f"SELECT '{table}' WHERE EXISTS (SELECT FROM {table})" for table in sorted(tables)
    )
    with transaction.atomic(), connection.cursor() as cursor:
        # No key and no trigger asks in which order rows go, or whether they may.
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute(filled)
        for (table,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {table}")


TransactionTestCase._fixture_teardown = delete_committed_rows  # type: ignore[attr-defined]
