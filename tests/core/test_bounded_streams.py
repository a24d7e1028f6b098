"""What comes part by part out of a child that reads a stranger's file stays within its limits."""

import io
import time
from collections.abc import Iterator

import psutil
import pytest

from apps.core.bounded import Limits, WorkFailed
from apps.core.bounded_streams import StreamRefused, parts

WORK = "tests.core.hostile_work"
SMALL = Limits(seconds=20, cpu_seconds=2, memory_bytes=256 * 2**20, output_bytes=2**20)


def stream(
    function: str, content: bytes = b"", *arguments: object, limits: Limits = SMALL
) -> Iterator[bytes]:
    return parts(f"{WORK}:{function}", *arguments, file=io.BytesIO(content), limits=limits)


@pytest.mark.slow
def test_a_child_reads_the_file_of_its_parent_and_its_parts_come_back() -> None:
    lines = b"".join(b"%040d\n" % number for number in range(50_000))

    read = list(stream("numbered_lines", lines, "!"))

    assert (len(read), read[0], read[-1][-7:]) == (50_000, b"0 " + b"0" * 40 + b"!", b"049999!")
    assert list(stream("read_from_the_end", b"tea house")) == [b"ouse", b"tea"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "reason"),
    [("swell_in_parts", "memory"), ("crash_in_parts", "error"), ("spin_in_parts", "time")],
)
def test_a_child_that_goes_too_far_is_ended_with_a_reason(function: str, reason: str) -> None:
    coming = stream(function)

    assert next(coming) == b"one"
    with pytest.raises(WorkFailed) as failed:
        next(coming)
    assert failed.value.reason == reason


@pytest.mark.slow
def test_a_child_that_only_waits_is_ended_by_the_clock() -> None:
    coming = stream("wait_in_parts", limits=Limits(seconds=3))
    next(coming)
    begun = time.monotonic()

    with pytest.raises(WorkFailed) as failed:
        next(coming)

    assert (failed.value.reason, failed.value.detail) == ("time", "clock")
    assert time.monotonic() - begun < 30


def test_what_the_function_refuses_is_told_by_its_code() -> None:
    coming = stream("refuse_the_second_line", b"a\nb\n")
    next(coming)

    with pytest.raises(StreamRefused) as refused:
        next(coming)
    assert refused.value.code == "second_line"


def test_nothing_is_left_of_a_stream_that_nobody_reads_on() -> None:
    before = {child.pid for child in psutil.Process().children()}
    coming = parts(f"{WORK}:wait_in_parts", file=io.BytesIO(), limits=SMALL)
    next(coming)
    children = [child for child in psutil.Process().children() if child.pid not in before]

    coming.close()

    assert children
    assert not [child for child in children if child.is_running()]


def test_the_caller_can_stop_a_child_that_is_silent() -> None:
    class Cancelled(Exception):
        pass

    def cancel() -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        list(parts(f"{WORK}:wait_in_parts", file=io.BytesIO(), limits=SMALL, check=cancel))
