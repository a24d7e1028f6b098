"""Another moment for every process of a test run: libfaketime moves the clock of all that are started alike.

What only Python's clock would miss: now() in PostgreSQL, the ends of Redis' keys, processes that a test starts.
"""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from stack.errors import StackError

# Debian and Ubuntu, Fedora, and what `make install` writes. The variant for processes with threads.
FOLDERS = ("/usr/lib/*/faketime", "/usr/lib64/faketime", "/usr/lib/faketime", "/usr/local/lib/faketime")
LIBRARY = "libfaketimeMT.so.1"
OPTION = "--at"


def moment_asked_for(arguments: Sequence[str]) -> tuple[datetime | None, list[str]]:
    """The moment of `--at`, and the arguments that are left. Without a zone of its own it is UTC."""
    parser = argparse.ArgumentParser(prog="kongming test", add_help=False, allow_abbrev=False)
    parser.add_argument(OPTION, default="")
    options, others = parser.parse_known_args(arguments)
    if not options.at:
        return None, others
    try:
        moment = datetime.fromisoformat(options.at)
    except ValueError as error:
        raise StackError(
            f'{options.at} is no moment. Write it like this: {OPTION} "2028-02-29 16:30"'
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC), others


def environment(moment: datetime) -> dict[str, str]:
    """Variables that let whoever is started with them live at `moment`. Raises StackError without libfaketime.

    An offset, not a moment: one process that starts a minute after another is a minute later there, too. The clock that
    counts waits stays as it is. A signal that interrupts a wait sees the real clock: where the moment is still to come,
    statement_timeout and lock_timeout of PostgreSQL never end one.
    """
    seconds = round((moment - datetime.now(UTC)).total_seconds())
    return {
        "LD_PRELOAD": str(_library()),
        "FAKETIME": f"{seconds:+d}s",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # A piece of shared memory for each process; PostgreSQL's system user may not open ours.
        "FAKETIME_DISABLE_SHM": "1",
        # The library's care for an old glibc lets timed waits by that clock end at once. A thread that wants Python's
        # interpreter lock then asks for it without a pause: two busy threads take eighty times their time.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
    }


def _library() -> Path:
    for folder in FOLDERS:
        for path in sorted(Path("/").glob(f"{folder[1:]}/{LIBRARY}")):
            return path
    raise StackError(
        f"{OPTION} needs libfaketime, which is not here. Install it, for example: apt-get install faketime"
    )
