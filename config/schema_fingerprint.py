"""What the tables of a database are like, as PostgreSQL's catalogues have it, and what this code's migrations make of them.

`schema_fingerprint.txt` holds a digest for each table of a fresh database. The names of migrations alone say nothing
where one was edited after a database had it.
"""

import hashlib
from pathlib import Path
from typing import Any, Protocol

from llm_backend import patterns

FILE = Path(__file__).with_suffix(".txt")
DIGITS = 16
# A table's parts in sentences that are alike wherever they were made the same way: no numbers of objects, no order of
# columns. NOT NULL belongs to the columns; newer servers list it among the constraints, too. Indexes of vectors are made
# while the platform runs (`apps/knowledge/vectors.py`), and `own_…` are an operator's.
PARTS = """
WITH own AS (
    SELECT relation.oid, relation.relname
    FROM pg_class relation JOIN pg_namespace schema ON schema.oid = relation.relnamespace
    WHERE schema.nspname = 'public' AND relation.relkind IN ('r', 'p')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = relation.oid AND deptype = 'e')
), part AS (
    SELECT attrelid AS relation, concat_ws(
        ' ', 'column', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN 'not null' END,
        'identity ' || nullif(attidentity::text, ''), 'generated ' || nullif(attgenerated::text, ''),
        'collation ' || (SELECT collname FROM pg_collation WHERE oid = attcollation AND collname <> 'default'),
        'default ' || pg_get_expr(adbin, adrelid)
    ) AS said
    FROM pg_attribute LEFT JOIN pg_attrdef ON (adrelid, adnum) = (attrelid, attnum)
    WHERE attnum > 0 AND NOT attisdropped
    UNION ALL
    SELECT conrelid, concat_ws(
        ' ', 'constraint', conname, pg_get_constraintdef(oid), CASE WHEN NOT convalidated THEN 'not valid' END
    )
    FROM pg_constraint WHERE contype <> 'n'
    UNION ALL
    SELECT indrelid, concat_ws(' ', pg_get_indexdef(indexrelid), CASE WHEN NOT indisvalid THEN 'not valid' END)
    FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
    WHERE relname !~ '^(passage_vector_hnsw|own)_'
    UNION ALL
    SELECT tgrelid, concat_ws(' ', pg_get_triggerdef(pg_trigger.oid), 'enabled ' || tgenabled::text, md5(prosrc))
    FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid WHERE NOT tgisinternal
)
SELECT relname, said FROM own JOIN part ON part.relation = own.oid ORDER BY relname
"""


# A text in a condition has other casts around it once it came out of a dump: ('a'::character varying)::text where
# 'a'::character varying was, and no ::text[] behind the list.
CAST_TEXT = patterns.compile(r"\('([^']*)'::character varying\)::text|'([^']*)'::character varying")
CAST_LIST = patterns.compile(r"\((ARRAY\[[^\]]*\])\)::text\[\]")
# Names that Django and PostgreSQL make up follow what a table or column was called at the time.
MADE_UP_NAME = patterns.compile(
    r"^(constraint|CREATE (?:UNIQUE )?INDEX) \w+_(?:pkey|key|check|[0-9a-f]{8}(?:_fk(?:_\w+)?|_uniq|_like)?) "
)


class Cursor(Protocol):
    """A cursor of Django's or of psycopg's."""

    def execute(self, query: Any, /) -> Any: ...

    def fetchall(self) -> list[Any]: ...


def description(cursor: Cursor) -> dict[str, list[str]]:
    """Table → its columns, constraints, indexes and triggers, a sentence each."""
    cursor.execute(PARTS)
    tables: dict[str, list[str]] = {}
    for name, said in cursor.fetchall():
        tables.setdefault(name, []).append(MADE_UP_NAME.sub(r"\1 ", _without_casts(said)))
    return {name: sorted(parts) for name, parts in tables.items()}


def _without_casts(said: str) -> str:
    return CAST_LIST.sub(r"\1", CAST_TEXT.sub(lambda cast: f"'{cast[1] or cast[2] or ''}'", said))


def fingerprint(cursor: Cursor) -> dict[str, str]:
    return {
        name: hashlib.sha256("\n".join(parts).encode()).hexdigest()[:DIGITS]
        for name, parts in description(cursor).items()
    }


def expected_fingerprint() -> dict[str, str]:
    """That of a database which has had exactly the migrations of this code."""
    return dict(line.split() for line in FILE.read_text().splitlines())


def differing_tables(cursor: Cursor) -> list[str]:
    """Those that are missing or not as the migrations make them. Tables that we do not know disturb nobody."""
    there = fingerprint(cursor)
    return [name for name, digest in expected_fingerprint().items() if there.get(name) != digest]
