"""`./kongming test --at`: everybody who takes part in a test lives at another moment."""

import os
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
import redis

from stack import shifted_clock
from stack.errors import StackError
from stack.installation import Installation
from stack.programs import SERVERS

LEAP_DAY = datetime(2028, 2, 29, 16, 30, tzinfo=UTC)


@pytest.fixture
def clock() -> Mapping[str, str]:
    try:
        return shifted_clock.environment(LEAP_DAY)
    except StackError as error:
        pytest.skip(str(error))


def test_a_moment_without_a_zone_is_utc_and_the_rest_is_for_pytest() -> None:
    arguments = ["tests/jobs", "--at", "2028-02-29 16:30", "-k", "day and not at", "--all", "-x"]

    assert shifted_clock.moment_asked_for(arguments) == (
        LEAP_DAY,
        ["tests/jobs", "-k", "day and not at", "--all", "-x"],
    )
    assert shifted_clock.moment_asked_for(["--at=2028-03-01T00:30+08:00"])[0] == LEAP_DAY
    assert shifted_clock.moment_asked_for(["-q"]) == (None, ["-q"])


def test_what_is_no_moment_is_answered_with_one() -> None:
    with pytest.raises(StackError, match='Write it like this: --at "2028-02-29 16:30"'):
        shifted_clock.moment_asked_for(["--at", "29 February"])


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(shifted_clock, "FOLDERS", (f"{tmp_path}/*",))

    with pytest.raises(StackError, match="apt-get install faketime"):
        shifted_clock.environment(LEAP_DAY)


TWO_THREADS = """
import threading, time

def work():
    for _ in range(500_000):
        pass

begin = time.process_time()
work(), work()
one_after_the_other = time.process_time() - begin
threads = [threading.Thread(target=work) for _ in range(2)]
[thread.start() for thread in threads], [thread.join() for thread in threads]
print((time.process_time() - begin) / one_after_the_other)
"""


def test_two_threads_take_turns_as_they_do_by_the_real_clock(clock: Mapping[str, str]) -> None:
    times_as_long = subprocess.check_output([sys.executable, "-c", TWO_THREADS], env=os.environ | clock)

    assert float(times_as_long) < 10


@pytest.mark.slow
def test_processes_and_servers_live_at_the_moment_asked_for(state: Path, clock: Mapping[str, str]) -> None:
    program = "import time; print(time.time())"

    with Installation(state, names=SERVERS, settings=clock, throw_away=True) as servers:
        environment = servers.environment()
        python = subprocess.check_output([sys.executable, "-c", program], env=environment)
        with psycopg.connect(environment["DATABASE_URL"]) as connection:
            [database] = connection.execute("SELECT now()").fetchone() or []
        with redis.Redis.from_url(environment["REDIS_URL"]) as client:
            seconds, _ = client.time()

    for moment in (float(python), database.timestamp(), seconds):
        assert abs(datetime.fromtimestamp(moment, UTC) - LEAP_DAY) < timedelta(minutes=10)
