"""`./kongming test --at`: everybody who takes part in a test lives at another moment."""

import subprocess
import sys
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


@pytest.mark.slow
def test_processes_and_servers_live_at_the_moment_asked_for(state: Path) -> None:
    try:
        clock = shifted_clock.environment(LEAP_DAY)
    except StackError as error:
        pytest.skip(str(error))
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
