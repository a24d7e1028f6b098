"""Looks for a word in every place where an installation keeps something."""

import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from apps.core import redis_client
from apps.vault.rotation import sealed_columns


def tables_with(word: str) -> set[str]:
    """Of PostgreSQL: whatever the type of the column, text, JSON, arrays, search texts or bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = current_schema() AND table_type = 'BASE TABLE'"
        )
        tables = [row[0] for row in cursor.fetchall()]
        found = set()
        for table in tables:
            quoted = connection.ops.quote_name(table)
            cursor.execute(
                f"SELECT EXISTS (SELECT 1 FROM {quoted} AS r WHERE r::text ILIKE %s OR r::text ILIKE %s)",
                [f"%{word}%", f"%{word.encode().hex()}%"],
            )
            if cursor.fetchone() == (True,):
                found.add(table)
    return found


def sealed_tables_with(word: str) -> set[str]:
    """What can be read with the key."""
    return {
        model._meta.db_table
        for model, field in sealed_columns()
        for row in model._default_manager.all()
        if word in str(getattr(row, field.attname))
    }


def keys_with(word: str) -> set[str]:
    """Of Redis, whatever their type."""
    client = redis_client.synchronous()
    readers: dict[bytes, Any] = {
        b"string": client.get,
        b"list": lambda key: client.lrange(key, 0, -1),
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1),
        b"stream": client.xrange,
    }
    return {
        key.decode(errors="replace")
        for key in client.scan_iter()
        if word.encode() in key or word in repr(readers[client.type(key)](key))
    }


def redis_files_with(word: str) -> set[str]:
    """Of the append-only file and snapshots, as they lie on the disk now."""
    directory = Path(redis_client.synchronous().config_get("dir")["dir"])
    return files_with(word, directory)


def files_with(word: str, *directories: Path) -> set[str]:
    files = [path for directory in directories for path in directory.rglob("*") if path.is_file()]
    found = set()
    for path in files:
        # Redis puts its files into each other's place meanwhile.
        with suppress(FileNotFoundError):
            if word.encode() in path.read_bytes():
                found.add(str(path))
    return found


def uploads() -> Path:
    return Path(default_storage.path(""))


class LogLines(logging.Handler):
    """Every line as the product would write it, tracebacks included."""

    def __init__(self) -> None:
        super().__init__()
        formatter = settings.LOGGING["formatters"]["json"]
        module, _, name = formatter["()"].rpartition(".")
        self.setFormatter(getattr(__import__(module, fromlist=[name]), name)(formatter["format"]))
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))

    def with_word(self, word: str) -> list[str]:
        return [line for line in self.lines if word in line]
