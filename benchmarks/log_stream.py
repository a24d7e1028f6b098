"""Records a second from the HTTP intake to stored and judged, and the seconds from a record to its incident.

A whole installation: web process, workers, PostgreSQL, Redis; the sender shares the machine with them. First as much is sent
as is taken, for `--seconds`; `records_per_second` counts until the last of it is judged. Then a week of counts is put before
it, and at half of that rate a fault begins in one service after another: `incident_s` is the longest time from sending
its first record to its incident in the API. At the end every record that was acknowledged stands in the store once
(`lost`, `twice`) and was counted once (`miscounted`).
"""

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from typing import Annotated, Any, Literal

import aiohttp
import orjson

from benchmarks import isolated, load
from benchmarks.isolated import Platform
from benchmarks.log_lines import made_lines
from benchmarks.waiting import milliseconds, wait_until

COMMAND = "bench log_stream"

BATCH_RECORDS, SENDERS = 1_000, 4
MESSAGES = 20_000
SERVICES = ("checkout", "orders", "payments", "stock", "mail")
LEVELS = ("info",) * 18 + ("debug", "warning")
# Three failures, not one: what one template says within a minute is one finding, whichever services say it.
FAULTS = (
    "cannot reach its database: connection refused after {number} ms",
    "was killed: out of memory with {number} MB in use",
    "failed to write order {number}: no space left on device",
)
FAULT_RECORDS, SECONDS_BETWEEN_FAULTS = 20, 8.0
PATIENCE_SECONDS = 300
SECONDS_BETWEEN_LOOKS = 0.1


@dataclass
class Sender:
    """Sends made records, each with a trace of its own, and knows how many were acknowledged."""

    session: aiohttp.ClientSession
    source_id: str
    form: str
    sent: int = 0
    acknowledged: int = 0
    refused: int = 0
    answer_seconds: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.messages = list(made_lines(MESSAGES, [], seed=7))

    async def send(self, count: int = BATCH_RECORDS, service: str = "", fault: str = "") -> None:
        """One batch, again and again until it is taken."""
        first, self.sent = self.sent, self.sent + count
        second = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S")
        records = [self._record(number, second, service, fault) for number in range(first, first + count)]
        headers = {"Content-Type": "application/x-ndjson" if self.form == "json" else "text/plain"}
        path, data = f"/api/v1/logs/sources/{self.source_id}/records/", "\n".join(records).encode()
        refused, seconds = await load.send_until_taken(self.session, path, data=data, headers=headers)
        self.answer_seconds.append(seconds)
        self.refused += refused
        self.acknowledged += count

    def _record(self, number: int, second: str, service: str, fault: str) -> str:
        at, message = f"{second}.{number % 1000:03d}Z", self.messages[number % MESSAGES]
        level, service = LEVELS[number % len(LEVELS)], service or SERVICES[number % len(SERVICES)]
        if fault:
            level, message = "error", f"{service} {fault.format(number=number % 900)}"
        if self.form == "lines":
            return f"{at} {level.upper()} [node-{number % 4}] {service}: {message} trace_id={number:016x}"
        return (
            f'{{"timestamp":"{at}","level":"{level}","service":"{service}","host":"node-{number % 4}",'
            f'"trace_id":"{number:016x}","message":{orjson.dumps(message).decode()}}}'
        )


def run(
    seconds: float = 60,
    form: Literal["json", "lines"] = "json",
    rate: Annotated[float | None, "records a second while faults begin (default: half)"] = None,
) -> dict[str, Any]:
    with isolated.platform([]) as platform:
        platform.set_up_application()
        from benchmarks.log_stream_source import LogStreamSource

        source = LogStreamSource.make()
        return asyncio.run(_measure(platform, source, form, seconds, rate))


async def _measure(
    platform: Platform, source: Any, form: str, seconds: float, rate: float | None
) -> dict[str, Any]:
    async with platform.session(source.token) as session:
        sender = Sender(session, source.id, form)
        await sender.send()
        await _wait_until_judged(source)
        taken, records = await _flood(sender, source, seconds)
        figures = {"records_per_second": round(records / taken), "form": form}
        figures |= {"records": records, "seconds": round(taken, 1), "told_to_wait": sender.refused}
        figures["intake_p50_ms"] = milliseconds(sender.answer_seconds, 50)
        print(figures, flush=True)
        await asyncio.to_thread(source.add_history)
        figures |= await _fault_times(sender, rate or records / taken / 2)
        await _wait_until_judged(source)
        figures |= await asyncio.to_thread(source.compare, sender.acknowledged)
        return figures


async def _flood(sender: Sender, source: Any, seconds: float) -> tuple[float, int]:
    """As much as is taken; the seconds until all of it was judged, and the records."""
    started, before = time.monotonic(), sender.acknowledged
    await load.again_and_again(sender.send, senders=SENDERS, seconds=seconds)
    await _wait_until_judged(source)
    return time.monotonic() - started, sender.acknowledged - before


async def _fault_times(sender: Sender, rate: float) -> dict[str, Any]:
    """A steady stream beside which faults begin."""
    is_over = asyncio.Event()

    async def send_steadily() -> None:
        started = time.monotonic()
        for number in count(1):
            if is_over.is_set():
                return
            await sender.send()
            await asyncio.sleep(max(0.0, started + number * BATCH_RECORDS / rate - time.monotonic()))

    stream, times = asyncio.create_task(send_steadily()), []
    for number, message in enumerate(FAULTS):
        await asyncio.sleep(SECONDS_BETWEEN_FAULTS)
        times.append(await _fault_time(sender, f"fault-{number}", message))
        print(f"{times[-1]:.2f} s from the first record to the incident", flush=True)
    is_over.set()
    await stream
    return {"incident_s": round(max(times), 2), "incidents_s": times, "rate": round(rate)}


async def _fault_time(sender: Sender, service: str, message: str) -> float:
    started = time.monotonic()
    await sender.send(FAULT_RECORDS, service, message)
    while time.monotonic() < started + PATIENCE_SECONDS:
        path = f"/api/v1/logs/incidents/?service={service}"
        if (await load.call(sender.session, "GET", path))["results"]:
            return round(time.monotonic() - started, 2)
        await asyncio.sleep(SECONDS_BETWEEN_LOOKS)
    raise SystemExit(f"There is no incident of {service} after {PATIENCE_SECONDS} seconds.")


async def _wait_until_judged(source: Any) -> None:
    await asyncio.to_thread(wait_until, "all is judged", source.is_judged, seconds=PATIENCE_SECONDS)
