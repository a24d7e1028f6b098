"""Log lines of a small shop that went down on a November morning, read and stored as a worker does."""

import math
from collections.abc import Iterable
from functools import partial
from io import BufferedReader, BytesIO

import pyarrow as pa
from django.utils import timezone

from apps.accounts.models import Organisation
from apps.log_analysis.records import ingestion
from apps.log_analysis.records.record_times import TimeBounds
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.records.worker_turns import WorkerTurn
from apps.log_analysis.sources.models import LogSource
from domain.logs.store import Filters


def log_source(organisation: Organisation, name: str = "shop") -> LogSource:
    return LogSource.objects.create(organisation=organisation, name=name)


def line(second: int, level: str, text: str, service: str = "web") -> str:
    """`second` after eight o'clock."""
    minutes, seconds = divmod(second, 60)
    return f"2026-11-20 08:{minutes:02d}:{seconds:02d}.000 {level} [{service}] {service}: {text}"


def store(source: LogSource, lines: Iterable[str], *, stream: str = "file") -> ingestion.Read:
    table = read_records(source, "\n".join(lines).encode())
    turn = WorkerTurn(lambda: None, seconds=math.inf)
    return ingestion.ingest(source, ingestion.StreamPlace(stream), partial(iter, [table]), turn=turn)


def read_records(source: LogSource, content: bytes) -> pa.Table:
    """As a worker reads a file or a batch of lines."""
    stream = BufferedReader(BytesIO(content))
    return pa.concat_tables(ingestion.blocks_of(stream, source, TimeBounds.of_file(timezone.now())))


def store_morning(source: LogSource) -> ingestion.Read:
    """Ten requests in the first minute, then the disk is full; a customer signs in on the way."""
    requests = [line(number, "INFO", f"GET /tea/{number} took {10 + number} ms") for number in range(10)]
    signed_in = line(20, "INFO", "user anna@tea.example signed in", "accounts")
    full = [
        line(120 + number, "ERROR", f"disk sda{number} is full, write refused", "storage")
        for number in range(3)
    ]
    return store(source, [*requests, signed_in, *full])


def first_arrival(source: LogSource) -> int:
    """Of the records that are stored, the number of the oldest."""
    owner, key = str(source.organisation_id), str(source.pk)
    records, _end = log_reader().after(Filters(owner, (key,)), {key: 0}, 1)
    return records[0].arrival
