"""Rows a second of a table of people, from the start of the import to its end, and the memory of the worker that reads it.

A whole installation: the table comes by tus through the REST API, one worker stores it, three segments are kept beside it.
One row of fifty is broken, in one of five ways; another has the number of the row before. `wrong_counts` is how far what
the import says of them is from what was made; `memory_mb` is the largest of the background worker's processes.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import aiohttp
import psutil

from benchmarks import isolated, load
from benchmarks.isolated import Platform

COMMAND = "bench people"
ROWS, PART_BYTES, SECONDS_BETWEEN_LOOKS, PATIENCE_SECONDS = 1_000_000, 8 << 20, 0.5, 3_600
ROOT = "/api/v1/marketing/"
HEADING = "会员号,姓名,邮箱,手机,同意渠道,城市,累计消费,注册日期\n"
CITIES = ("北京", "上海", "广州", "杭州", "成都")
RULES: tuple[dict[str, Any], ...] = (
    {"attribute": "城市", "is": "=", "value": "上海"},
    {"attribute": "累计消费", "is": ">", "value": 900},
    {"all": [{"attribute": "注册日期", "is": "within_days", "value": 90}, {"consent": "email"}]},
)
BROKEN_EVERY, DOUBLED_EVERY = 50, 100


def run(rows: int = ROWS) -> dict[str, Any]:
    with isolated.platform([]) as platform:
        platform.set_up_application()
        from benchmarks.shop import make_key

        return asyncio.run(_import(platform, make_key(), rows))


def lines(rows: int, expected: Counter[str]) -> Iterator[bytes]:
    """The table; `expected` is told which of its rows are new people, and which are rejected for what."""
    breaks = (
        ("columns", "{number},too,few\n"),
        ("encoding", "{number},王�,,,,北京,1,\n"),
        ("bad_day", "{number},王小茶,,,,北京,12,2026-02-30\n"),
        ("quotes", '{number},"王小茶,,,,北京,12,2026-02-03\n'),
        ("bad_email", "{number},王小茶,no address,,,北京,12,2026-02-03\n"),
    )
    yield HEADING.encode()
    for number in range(rows):
        if number % BROKEN_EVERY == BROKEN_EVERY - 1:
            code, line = breaks[number // BROKEN_EVERY % len(breaks)]
            expected[code] += 1
            yield line.format(number=number).encode().replace("�".encode(), b"\xe5\x80")
            continue
        own = number - 1 if number % DOUBLED_EVERY == 1 else number
        expected["new"] += own == number
        yield (
            f"{own},王小茶{number},p{number}@tea.example,138{number:08d},{'邮件' if number % 3 else ''},"
            f"{CITIES[number % 5]},{number % 1000}.5,2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}\n"
        ).encode()


async def _import(platform: Platform, token: str, rows: int) -> dict[str, Any]:
    expected = Counter[str]()
    table = b"".join(lines(rows, expected))
    async with platform.session(token) as session:
        for place, rule in enumerate(RULES):
            segment = {"name": f"segment {place}", "rule": rule}
            await load.call(session, "POST", f"{ROOT}segments/", json=segment)
        address = await _upload(session, table)
        mapping = (await load.call(session, "GET", f"{address}preview/"))["mapping"]
        started = time.monotonic()
        await load.call(session, "POST", f"{address}start/", json={"mapping": mapping})
        row, memory_mb = await _wait(platform, session, address, started)
        seconds = time.monotonic() - started
    new = expected.pop("new")
    differences = [row["created_count"] - new, row["rows_count"] - rows]
    differences += [row["reasons"].get(code, 0) - count for code, count in expected.items()]
    differences.append(row["rejected_count"] - expected.total())
    return {
        "rows_per_second": round(rows / seconds),
        "rows": rows,
        "seconds": round(seconds, 1),
        "megabytes": round(len(table) / 2**20, 1),
        "memory_mb": round(memory_mb),
        "rejected": row["rejected_count"],
        "reasons": row["reasons"],
        "wrong_counts": sum(map(abs, differences)),
    }


async def _upload(session: aiohttp.ClientSession, table: bytes) -> str:
    """The address of the import."""
    tus = {"Tus-Resumable": "1.0.0"}
    sizes = {"Upload-Length": str(len(table)), "Upload-Metadata": "filename cGVvcGxlLmNzdg=="}
    async with session.post(f"{ROOT}people-imports/", headers=tus | sizes) as answer:
        answer.raise_for_status()
        address = f"{ROOT}people-imports/{answer.headers['Location'].rstrip('/').rpartition('/')[2]}/"
    for offset in range(0, len(table), PART_BYTES):
        head = tus | {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}
        part = table[offset : offset + PART_BYTES]
        await load.call(session, "PATCH", address, data=part, headers=head)
    return address


async def _wait(
    platform: Platform, session: aiohttp.ClientSession, address: str, started: float
) -> tuple[dict[str, Any], float]:
    worker, memory_mb, shown = psutil.Process(platform.installation.pids()["worker-background"]), 0.0, 0
    while time.monotonic() < started + PATIENCE_SECONDS:
        row = await load.call(session, "GET", address)
        children = [each.memory_info().rss for each in worker.children(recursive=True)]
        memory_mb = max(memory_mb, *(rss / 2**20 for rss in children))
        if row["state"] == "succeeded":
            return row, memory_mb
        if row["error"]:
            raise SystemExit(str(row["error"]))
        if row["rows_count"] >= shown:
            print(f"{row['rows_count']:,} rows after {time.monotonic() - started:.0f} s", flush=True)
            shown = row["rows_count"] + 50_000
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    raise SystemExit("The import does not come to an end.")
