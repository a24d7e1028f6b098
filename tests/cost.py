"""What the tests cost the processor: told at the end of a run of many files, and which files cost most."""

import os
import resource
from collections import Counter
from collections.abc import Generator
from typing import Any

import pytest

from tests.sample import SEED

MANY_FILES, DEAREST = 20, 10
by_file: Counter[str] = Counter()
told_at = 0.0


def seconds_so_far() -> float:
    """Of this process, and of those that it started and that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def pytest_collection_finish() -> None:
    global told_at
    told_at = seconds_so_far()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """A test's last report carries its seconds to the process that tells. Asking more often would cost."""
    global told_at
    report = yield
    if report.when == "teardown":
        now = seconds_so_far()
        report.cpu_seconds, told_at = now - told_at, now
    return report


def pytest_runtest_logreport(report: Any) -> None:
    by_file[report.nodeid.partition("::")[0]] += getattr(report, "cpu_seconds", 0.0)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if len(by_file) < MANY_FILES:
        return
    terminalreporter.write_line(
        f"{by_file.total():.0f} seconds of the processor, PostgreSQL's apart. The dearest:"
    )
    for file, seconds in by_file.most_common(DEAREST):
        terminalreporter.write_line(f"{seconds:6.1f}  {file}")
    if seed := os.environ.get(SEED):
        terminalreporter.write_line(f"Long walks took a share of their cases, by {SEED}={seed}.")
