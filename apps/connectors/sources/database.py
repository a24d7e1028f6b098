"""A table or view of a PostgreSQL database: read only, bounded, as one table or with a document for each row."""

import csv
import hashlib
import io
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import Any, Literal

import psycopg
from django.conf import settings
from psycopg import sql

from apps.connectors.reasons import ItemGone, SourceError
from apps.connectors.sources.interface import Fetched, Listed, Listing
from apps.core.mail_sockets import allowed_addresses
from apps.jobs.runs import JobRun

MAX_ROWS = 50_000
# Of documents: each is read and embedded by itself.
MAX_ROW_DOCUMENTS = 20_000
ROWS_AT_ONCE = 500
CONNECT_SECONDS, STATEMENT_SECONDS = 10, 60
Row = Sequence[Any]


class DatabaseConnector:
    absence: Literal["gone"] = "gone"
    delay = 0.0

    def __init__(self, _run: JobRun, place: Mapping[str, Any], secret: str) -> None:
        self.place, self.secret = place, secret
        self.key_column = place.get("key_column", "")
        self.limit = MAX_ROW_DOCUMENTS
        self.view = sql.Identifier(*place["view"].split("."))

    def list_items(self, _cursor: str) -> Listing:
        if not self.key_column:
            fingerprint = hashlib.sha256(self._table).hexdigest()
            return Listing([Listed(self.place["view"], self.place["view"], fingerprint)])
        with self._rows(sql.SQL("SELECT * FROM {} LIMIT %s").format(self.view), MAX_ROWS + 1) as (
            names,
            rows,
        ):
            at = _place_of(names, self.key_column)
            items = [Listed(_key(row[at]), self._title(names, row), _digest(row)) for row in rows]
        if len(items) > MAX_ROWS:
            raise SourceError("too_many_rows")
        return Listing(items)

    def fetch(self, key: str, _fingerprint: str) -> Fetched:
        if not self.key_column:
            return Fetched(self._table, f"{self.place['view']}.csv", self.place["view"])
        column = sql.Identifier(self.key_column)
        query = sql.SQL("SELECT * FROM {} WHERE {}::text = %s LIMIT 1").format(self.view, column)
        with self._rows(query, key) as (names, found):
            rows = list(found)
        if not rows:
            raise ItemGone
        title = self._title(names, rows[0])
        lines = [
            f"# {title}",
            *(
                f"**{name}**: {value}"
                for name, value in zip(names, rows[0], strict=True)
                if value is not None
            ),
        ]
        text = "\n\n".join(lines)
        return Fetched(text.encode(), f"{title.replace('/', ' ')[:120]}.md", title, _digest(rows[0]))

    def close(self) -> None:
        pass

    def _title(self, names: list[str], row: Row) -> str:
        """Its key, where it has no title."""
        columns = [self.place.get("title_column") or self.key_column, self.key_column]
        told = [row[_place_of(names, column)] for column in columns]
        return " ".join(str(next((each for each in told if each is not None), "")).split())[:200]

    @cached_property
    def _table(self) -> bytes:
        """All of it as CSV, the names of the columns in the first line. In an order that stays."""
        output = io.StringIO()
        query = sql.SQL("SELECT * FROM {} AS rows ORDER BY rows::text LIMIT %s").format(self.view)
        with self._rows(query, MAX_ROWS + 1) as (names, rows):
            writer = csv.writer(output)
            writer.writerow(names)
            for count, row in enumerate(rows, start=1):
                writer.writerow(["" if value is None else value for value in row])
                if count > MAX_ROWS:
                    raise SourceError("too_many_rows")
                if output.tell() > settings.UPLOAD_MAX_BYTES:
                    raise SourceError("too_large")
        return output.getvalue().encode()

    @contextmanager
    def _rows(self, query: sql.Composed, value: object) -> Iterator[tuple[list[str], Iterator[Row]]]:
        """Columns and rows, some at a time. The address that was checked is the one that is connected to."""
        place = self.place
        try:
            address = allowed_addresses(place["host"], place["port"])[0][3][0]
            with (
                psycopg.connect(
                    host=place["host"],
                    hostaddr=str(address),
                    port=place["port"],
                    dbname=place["database"],
                    user=place["user"],
                    password=self.secret,
                    sslmode="require" if place["is_encrypted"] else "disable",
                    connect_timeout=CONNECT_SECONDS,
                    options=f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_SECONDS}s",
                ) as connection,
                connection.cursor("rows") as cursor,
            ):
                cursor.itersize = ROWS_AT_ONCE
                cursor.execute(query, [value])
                yield [column.name for column in cursor.description or ()], iter(cursor)
        except psycopg.OperationalError as error:
            code = "login" if isinstance(error, psycopg.errors.InvalidPassword) else "connection"
            raise SourceError(code, str(error)) from error
        except psycopg.Error as error:
            raise SourceError("database", str(error)) from error


def _place_of(names: Sequence[str], column: str) -> int:
    if column not in names:
        raise SourceError("database", column)
    return names.index(column)


def _key(value: object) -> str:
    """None is told apart from nothing else: such a row is left out, and counted as that."""
    return "" if value is None else str(value)


def _digest(row: Row) -> str:
    return hashlib.sha256(repr([str(value) for value in row]).encode()).hexdigest()
