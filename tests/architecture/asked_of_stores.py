"""What is asked of PostgreSQL and of Redis meanwhile, by whichever thread."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import redis.asyncio.connection
import redis.connection
from django.db import connection

from llm_backend import patterns

# How a connection begins and is kept; and events, which are sent by the clock.
NOT_COUNTED = {"AUTH", "CLIENT", "HELLO", "PING", "SELECT", "XADD"}
COMMAND = patterns.compile(rb"\*\d+\r\n\$\d+\r\n([A-Za-z]+)\r\n")


@dataclass
class Asked:
    """`statements`: SQL of this thread. `round_trips`: the names of the Redis commands that went out together."""

    statements: list[str] = field(default_factory=list)
    round_trips: list[tuple[str, ...]] = field(default_factory=list)

    def note_statement(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        self.statements.append(sql)
        return execute(sql, *rest)

    def note_round_trip(self, packed: bytes | Iterable[bytes]) -> None:
        content = packed if isinstance(packed, bytes) else b"".join(packed)
        names = tuple(name.decode().upper() for name in COMMAND.findall(content))
        if not NOT_COUNTED.intersection(names):
            self.round_trips.append(names)


@contextmanager
def asked_of_stores() -> Iterator[Asked]:
    asked, patch = Asked(), pytest.MonkeyPatch()
    for kind in (redis.connection.AbstractConnection, redis.asyncio.connection.AbstractConnection):
        _note_before(patch, kind, asked)
    with connection.execute_wrapper(asked.note_statement):
        yield asked
    patch.undo()


def _note_before(patch: pytest.MonkeyPatch, kind: type, asked: Asked) -> None:
    send = kind.send_packed_command  # type: ignore[attr-defined]

    def noted(self: Any, command: Any, *rest: Any, **options: Any) -> Any:
        asked.note_round_trip(command)
        return send(self, command, *rest, **options)

    patch.setattr(kind, "send_packed_command", noted)
