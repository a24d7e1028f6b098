"""Which rows two databases do not share, of the tables and columns that both know."""

from collections import Counter
from dataclasses import dataclass

from psycopg import sql

from stack.database_tools import OWN_RELATIONS, TABLES, Connection, connection_to

# Django writes down there what there is now, so more rows are no difference.
GROWING = ("django_migrations", "django_content_type", "auth_permission")
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


def compare(before: str, after: str) -> Comparison:
    """Two databases by their addresses."""
    with connection_to(before) as first, connection_to(after) as second:
        known, present = _columns(first), _columns(second)
        both = sorted(known.keys() & present.keys())
        comparison = Comparison(len(both), 0, {}, sorted(known.keys() - present.keys()))
        for table in both:
            columns = sorted(known[table] & present[table])
            there, here = (_rows(connection, table, columns) for connection in (first, second))
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
