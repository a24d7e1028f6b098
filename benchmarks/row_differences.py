"""Which rows two databases do not share, of the tables and columns that both know."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from psycopg import sql

from stack.database_tools import OWN_RELATIONS, TABLES, Connection, connection_to

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
    """Two databases by their addresses. `renamed`: tables of the first by what the second calls them."""
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
