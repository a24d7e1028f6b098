"""Kept-aside batches of logs: one that three workers die of and one whose bytes are damaged, read again when that is over.

Between them lie good batches, one whose times are none, and one that nobody can read: all of it has to go on.
"""

import asyncio
import gzip
import os
import signal
from functools import partial
from itertools import count, islice
from pathlib import Path
from typing import Any

import psutil
from django.utils import timezone

from apps.jobs.models import Job
from apps.log_analysis.sources import spool
from apps.log_analysis.sources.models import LogSource, UnreadBatch
from apps.log_analysis.stream_reading import MAX_DEATHS
from benchmarks import load
from benchmarks.isolated import Platform, Shop
from benchmarks.log_stream_source import LogStreamSource
from benchmarks.waiting import wait_until

# A worker takes a batch only for a moment.
_wait = partial(wait_until, seconds=120, pause=0.005)
WORKER = "worker-background"
GOOD_RECORDS, LARGE_RECORDS = 100, 120_000
UNREADABLE, DAMAGED, DEADLY = 1, 3, 5


def measure(platform: Platform, shop: Shop) -> dict[str, Any]:
    """`kept_aside_read`: of the batches whose cause went, how many were read again. What was acknowledged is `logs_sent`."""
    source, batches = LogStreamSource.make(shop.token), _batches()
    row = LogSource.objects.get(pk=source.id)
    platform.installation.supervisor.stop_program(WORKER)
    asyncio.run(_send(platform, source, batches))
    paths = sorted(path for path in row.spool.iterdir() if path.is_file())
    damaged, deadly = paths[DAMAGED].name, paths[DEADLY].name
    _flip_a_byte(paths[DAMAGED])
    platform.installation.supervisor.ensure_started(WORKER)
    # First with all others, and from then on each is read by itself.
    _wait("the batches are read", lambda: deadly in spool.under_way(row)[0])
    _kill_readers(platform, row)
    for deaths in range(MAX_DEATHS):
        state = ([deadly], {deadly: deaths} if deaths else {})
        _wait("the batch is read by itself", lambda: spool.under_way(row) == state)  # noqa: B023  (at once)
        _kill_readers(platform, row)
    _wait("the others are read", lambda: _is_read(row))
    kept = UnreadBatch.objects.filter(source=row)
    reasons = dict(kept.values_list("name", "reason"))
    _flip_a_byte(spool.unread_path(row, damaged))
    mended = kept.filter(name__in=[damaged, deadly])
    asyncio.run(_read_again(platform, source, [str(key) for key in mended.values_list("pk", flat=True)]))
    _wait("they are read again", lambda: _is_read(row))
    sent = sum(content.count(b'"trace_id"') for content in batches)
    outcome = source.compare(sent)
    return {
        "kept_aside": sorted(reasons.values()),
        "kept_aside_read": round(1 - mended.count() / 2, 3) if len(reasons) == 3 else 0.0,
        "logs_sent": sent,
        "logs_lost": outcome["lost"],
        "logs_doubled": outcome["twice"],
        "logs_miscounted": outcome["miscounted"],
    }


def _batches() -> list[bytes]:
    """In the order in which they are sent."""
    sizes = [GOOD_RECORDS] * 7
    sizes[DEADLY] = LARGE_RECORDS
    numbers = count()
    contents = [b"\n".join(_record(number) for number in islice(numbers, size)) for size in sizes]
    contents[UNREADABLE] = b'[{"message": "cut'
    contents[-1] = contents[-1].replace(b'"timestamp":"', b'"timestamp":1e300,"written":"')
    return contents


def _record(number: int) -> bytes:
    now = timezone.now().isoformat().encode()
    return b'{"timestamp":"%s","trace_id":"%016x","message":"order %d placed"}' % (now, number, number)


async def _send(platform: Platform, source: LogStreamSource, batches: list[bytes]) -> None:
    path = f"/api/v1/logs/sources/{source.id}/records/"
    headers = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}
    async with platform.session(source.token) as session:
        for content in batches:
            await load.call(session, "POST", path, data=gzip.compress(content, 1), headers=headers)


async def _read_again(platform: Platform, source: LogStreamSource, batch_ids: list[str]) -> None:
    async with platform.session(source.token) as session:
        for batch_id in batch_ids:
            await load.call(session, "POST", f"/api/v1/logs/unread-batches/{batch_id}/read_again/")


def _flip_a_byte(path: Path) -> None:
    """The same again mends it."""
    content = bytearray(path.read_bytes())
    content[-20] ^= 1
    path.write_bytes(content)


def _kill_readers(platform: Platform, row: LogSource) -> None:
    """The processes of the worker, as the kernel does where memory ends."""
    for process in psutil.Process(platform.installation.pids()[WORKER]).children(recursive=True):
        os.kill(process.pid, signal.SIGKILL)
    # The lease would say so a quarter of a minute later.
    jobs = Job.objects.filter(subject=f"log_source:{row.pk}", state=Job.State.RUNNING)
    jobs.update(lease_expires_at=timezone.now())


def _is_read(row: LogSource) -> bool:
    row.refresh_from_db()
    return not row.waiting_bytes and row.unjudged_since is None and not spool.is_waiting(row)
