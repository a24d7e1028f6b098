"""Log lines that say what went wrong and where, and repeat nothing that people wrote."""

import logging
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from django.db import DataError, IntegrityError
from pythonjsonlogger.json import JsonFormatter

from apps.core.log_secrets import without_secrets

# The messages of these quote what they were given: a number that is none, a key, a row that breaks a rule.
QUOTING = (ValueError, LookupError, DataError)

ExceptionTriple = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class WordlessFormatter(JsonFormatter):
    """Errors that quote their input are named, with the place; their message is left out."""

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        """The time in UTC, and saying so: lines of several machines and zones stand in one order."""
        return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")

    def formatException(self, ei: ExceptionTriple) -> str:  # noqa: N802  (the name that `logging` calls)
        return without_secrets("\n".join(_lines_of(ei[1]))) if ei[1] else ""


def _lines_of(error: BaseException) -> Iterator[str]:
    earlier = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if earlier:
        yield from _lines_of(earlier)
        yield "which led to:"
    yield "".join(traceback.format_tb(error.__traceback__)).rstrip()
    yield f"{type(error).__module__}.{type(error).__qualname__}: {message_of(error)}"


def message_of(error: Any) -> str:
    """An error's message. Of a broken rule of the database only the first line: what follows is the row."""
    if isinstance(error, QUOTING):
        return "(message left out: it may quote what somebody wrote)"
    return str(error).partition("\n")[0] if isinstance(error, IntegrityError) else str(error)
