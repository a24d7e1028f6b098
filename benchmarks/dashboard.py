"""Dashboards of a big installation: a year of jobs and requests to models, rolled up, looked at and counted again.

`page_p95_ms` is the slowest page's or endpoint's p95 over HTTP, no answer from a cache: each asks for other days.
`rollup_lag_s`: the longest time from the commit of a request until the day's figures have it, by the platform's own
periodic task. `difference`: how many rolled-up figures differ from those counted from the rows.
"""

import time
from collections.abc import Callable
from typing import Annotated, Any
from urllib.request import Request, urlopen

from benchmarks import isolated
from benchmarks.waiting import percentile

COMMAND = "bench dashboard"
ENGINE = ["--first-token-ms", "1", "--gap-ms", "1", "--tokens", "4"]
LAGS = 3
PERIODS = (7, 30, 90, 366)


def run(
    jobs: int = 1_000_000,
    calls: int = 5_000_000,
    repeats: Annotated[int, "of each page and endpoint"] = 20,
) -> dict[str, Any]:
    with isolated.platform(ENGINE) as platform:
        isolated.open_shop(platform)
        from benchmarks import dashboard_rows as rows

        started = time.monotonic()
        rows.seed(jobs=jobs, calls=calls)
        seeded = time.monotonic()
        rows.roll_up_all()
        rolled = time.monotonic()
        print(f"seeded in {seeded - started:.0f} s, rolled up in {rolled - seeded:.0f} s", flush=True)
        people = rows.sign_in()

        def get(path: str, cookie: str) -> int:
            request = Request(platform.url + path, headers={"Cookie": cookie})  # noqa: S310  (our own server)
            with urlopen(request, timeout=60) as answer:  # noqa: S310
                answer.read()
                return int(answer.status) if answer.url == request.full_url else 302

        pages = times(rows.addresses(), people, get, repeats=repeats)
        return {
            "jobs": jobs,
            "calls": calls,
            "page_p95_ms": max(pages.values()),
            "rollup_lag_s": round(max(rows.lag() for _ in range(LAGS)), 1),
            "difference": rows.difference(),
            "pages_ms": pages,
            "seed_s": round(seeded - started, 1),
            "rollup_s": round(rolled - seeded, 1),
            "rollup_mb": rows.rollup_megabytes(),
        }


def times(
    addresses: dict[str, str],
    people: dict[str, str],
    get: Callable[[str, str], int],
    *,
    repeats: int,
    lengths: tuple[int, ...] = PERIODS,
) -> dict[str, float]:
    """The p95 of each page in milliseconds. `addresses`: path with its query but the days → who looks."""
    from benchmarks.dashboard_rows import periods

    p95s: dict[str, float] = {}
    for path, person in addresses.items():
        for days in lengths:
            taken = []
            for period in periods(days, repeats):
                begun = time.perf_counter()
                status = get(f"{path}{'&' if '?' in path else '?'}{period}", people[person])
                taken.append(1000 * (time.perf_counter() - begun))
                if status != 200:
                    raise RuntimeError(f"{path} answered {status}")
            name = f"{path} {days}"
            p95s[name] = round(percentile(taken, 95), 1)
            print(f"{name}: {p95s[name]} ms", flush=True)
    return p95s
