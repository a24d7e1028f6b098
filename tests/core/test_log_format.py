"""A log names the error and its place; it never repeats what somebody wrote."""

import io
import json
import logging
from collections.abc import Callable

import pytest
from django.db import IntegrityError
from pydantic import BaseModel

from apps.core.log_format import WordlessFormatter

WORDS = "my daughter takes lisinopril"


class Dose(BaseModel):
    milligrams: int


def broken_rule() -> None:
    raise IntegrityError(f"violates check constraint\nDETAIL:  Failing row contains ({WORDS}).")


def chained() -> None:
    try:
        int(WORDS)
    except ValueError as error:
        raise RuntimeError("the dose is unreadable") from error


@pytest.mark.parametrize(
    "fail",
    [lambda: Dose(milligrams=WORDS), lambda: int(WORDS), lambda: {}[WORDS], broken_rule, chained],
)
def test_a_traceback_does_not_quote_what_was_written(fail: Callable[[], object]) -> None:
    written = io.StringIO()
    stream = logging.StreamHandler(written)
    stream.setFormatter(WordlessFormatter("%(message)s"))
    logger = logging.Logger("test")
    logger.addHandler(stream)

    with pytest.raises((ValueError, KeyError, IntegrityError, RuntimeError)) as caught:
        fail()
    logger.error("failed", exc_info=caught.value)

    told = json.loads(written.getvalue())["exc_info"]
    assert "test_log_format.py" in told
    assert WORDS not in told


def test_other_errors_keep_their_message() -> None:
    try:
        chained()
    except RuntimeError as error:
        told = WordlessFormatter().formatException((type(error), error, error.__traceback__))

    assert "RuntimeError: the dose is unreadable" in told
    assert "builtins.ValueError" in told


def test_times_are_of_utc_and_say_so_and_a_line_break_begins_no_line() -> None:
    formatter = WordlessFormatter("%(asctime)s %(message)s")
    record = logging.LogRecord("test", logging.INFO, "", 0, "one\ntwo", (), None)
    record.created = 0.0

    written = formatter.format(record)

    assert json.loads(written)["asctime"] == "1970-01-01T00:00:00.000+00:00"
    assert "\n" not in written
