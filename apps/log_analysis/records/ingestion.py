"""What was uploaded or sent becomes records: read, masked, given a template, stored, counted.

Blocks of lines pass through twice. The first time only the shapes of messages are counted, so that templates are mined
over the whole of a file; the second time each record gets its template and is stored. Nothing is held but one block,
and what another attempt stored already is left out by its offsets.
"""

import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import BufferedReader
from uuid import UUID
from zlib import crc32

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.log_analysis.records import masked_values
from apps.log_analysis.records.batch_formats import JsonLineReader, are_json_lines
from apps.log_analysis.records.csv_tables import CsvReader, are_rows
from apps.log_analysis.records.event_xml import EventXmlReader, are_events
from apps.log_analysis.records.journal_entries import JournalReader, are_entries
from apps.log_analysis.records.record_times import IS_MISDATED, MAX_AHEAD, TimeBounds
from apps.log_analysis.records.storage import log_store
from apps.log_analysis.records.syslog import SyslogLineReader, are_messages
from apps.log_analysis.records.worker_turns import WorkerTurn
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates import services as templates
from domain.logs import secrets
from domain.logs.parsing import ShapeCounts, Template
from domain.logs.parsing.lines import stream_blocks
from domain.logs.parsing.mining import MinedTemplates, mine_templates
from domain.logs.records import RecordReader
from domain.logs.secret_names import secret_class
from domain.logs.store import BatchKey, Catalogue, line_layouts
from domain.logs.store import Template as StoredTemplate
from domain.logs.store.record_columns import INPUT_SCHEMA, MAX_TEXT_BYTES
from domain.logs.time_formats import CONTINUATION, TimeFormat, detect_time_format
from llm_backend import patterns

BLOCK_RECORDS = 100_000
SAMPLE_LINES = 2_000
_BEGINS_NO_RECORD = patterns.compile(CONTINUATION)

Numbers = np.ndarray[tuple[int], np.dtype[np.int32]]
Blocks = Callable[[], Iterator[pa.Table]]
LineReader = RecordReader | JsonLineReader | EventXmlReader | JournalReader | CsvReader | SyslogLineReader
# By what the first lines are; of others by the times in them.
_READERS = (
    (are_json_lines, JsonLineReader),
    (are_events, EventXmlReader),
    (are_entries, JournalReader),
    (are_rows, CsvReader),
)


@dataclass
class Read:
    """What came of one file or batch."""

    lines: int = 0
    records: int = 0
    misdated: int = 0
    first_time: int | None = None
    last_time: int | None = None

    def add(self, block: pa.Table) -> None:
        self.lines += pc.sum(block["lines"]).as_py() or 0
        self.records += block.num_rows
        self.misdated += pc.sum(block[IS_MISDATED]).as_py() or 0
        if block.num_rows:
            bounds = pc.min_max(block["time"].cast(pa.int64())).as_py()
            self.first_time = min(filter(None, (self.first_time, bounds["min"])), default=None)
            self.last_time = max(filter(None, (self.last_time, bounds["max"])), default=None)


@dataclass(frozen=True)
class StreamPlace:
    """Where records stand: the stream, the number of the first one, and of the first that was not counted yet.

    Both name the records for ever: the same again changes nothing.
    """

    stream: str
    first: int = 0
    counted: int = 0


Advance = Callable[[int, Read], int]
"""Called inside the transaction that counts a block, with the number behind its last record and what it holds.
Remembers that number, and answers the one that an earlier attempt left."""


def blocks_of(
    stream: BufferedReader, source: LogSource, bounds: TimeBounds, *, goes_on_from: datetime | None = None
) -> Iterator[pa.Table]:
    """Records of a stream of lines, in the miner's columns, block by block. Those before the first that has a time have
    that of the arrival. `goes_on_from`: the time of the record that came last in what was sent before, which the first
    lines may belong to.
    """
    reader: LineReader | None = None
    waiting: list[pa.Table] = []
    before = bounds.arrival

    def block() -> pa.Table:
        nonlocal before
        table = bounds.apply(pa.concat_tables(waiting), before)
        before = table["time"][-1].as_py() if table.num_rows else before
        return table

    for lines in stream_blocks(stream):
        reader = reader or _reader(source, lines, bounds.arrival)
        table = reader.read(lines)
        if goes_on_from and table.num_rows:
            table, goes_on_from = _with_rest(table, goes_on_from), None
        waiting.append(sample_records(table, source))
        if sum(table.num_rows for table in waiting) >= BLOCK_RECORDS:
            yield block()
            waiting = []
    if reader:
        table = reader.read(pa.array([], pa.string()), is_last=True)
        table = _with_rest(table, goes_on_from) if goes_on_from else table
        waiting.append(sample_records(table, source))
        yield block()


def _with_rest(table: pa.Table, time: datetime) -> pa.Table:
    """What begins no record is the rest of the one before: it stands beside it, and is no event of its own."""
    if not table.num_rows or not _BEGINS_NO_RECORD.match(table["text"][0].as_py()):
        return table
    rest = table.slice(0, 1)
    for name, value in (("time", time), ("level", None), ("service", None), ("message", "")):
        place = table.schema.get_field_index(name)
        rest = rest.set_column(
            place, table.schema.field(place), pa.array([value], table.schema.field(place).type)
        )
    return pa.concat_tables([rest, table.slice(1)])


def ingest(
    source: LogSource,
    place: StreamPlace,
    blocks: Blocks,
    *,
    turn: WorkerTurn,
    advance: Advance | None = None,
) -> Read:
    """Mines, stores and counts the records of `blocks`, which are gone through twice.

    Storing a record and counting it are two steps, and a crash may come between: only with `advance`, which remembers how
    far was counted, is it counted by the next attempt. Raises TurnOver between the days of a block.
    """
    key = masking_key(source.organisation_id)
    counts = ShapeCounts()
    for table in blocks():
        turn.check()
        messages = _masked_messages(table, key)
        counts.add(messages.filter(pc.not_equal(messages, "")))
    known_templates, constraints = templates.templates_with_constraints(source)
    mined_templates = mine_templates(counts, known_templates, constraints)
    mined_templates = replace(
        mined_templates, templates=templates.within_limit(mined_templates.templates, known_templates)
    )
    rows = templates.save_all(source, mined_templates.templates)
    stored_templates = [StoredTemplate(each.id, tuple(each.pieces)) for each in mined_templates.templates]
    read, offset, store = Read(), place.first, log_store()
    for table in blocks():
        turn.check()
        first, offset = offset, offset + table.num_rows
        read.add(table)
        block = Read()
        block.add(table)
        if offset <= place.counted:
            continue
        values: dict[str, str] = {}
        records = _stored_columns(source, table, mined_templates, key, first, values)
        masked_values.keep(source, values, records, turn.check_after_work)
        layouts, own_layouts = line_layouts(
            records["text"].combine_chunks(), records["time"].combine_chunks()
        )
        records = records.set_column(records.schema.get_field_index("layout"), "layout", own_layouts)
        stored = store.append(
            str(source.organisation_id),
            str(source.pk),
            BatchKey(place.stream, first, offset),
            records,
            Catalogue.from_iterables(stored_templates, layouts),
            turn.check_after_work,
        )
        with transaction.atomic():
            # Without a memory of its own, what was not stored now counts as counted.
            counted = first if stored else offset
            counted = advance(offset, block) if advance else counted
            if counted < offset:
                templates.count(source, rows, records.slice(max(0, counted - first)))
    return read


def masked_text(organisation_id: UUID, text: str) -> str:
    """What somebody looks for, masked as it is in records, so that it is found."""
    if not text:
        return ""
    return str(secrets.mask(pa.array([text], pa.string()), masking_key(organisation_id))[0].as_py())


def masking_key(organisation_id: UUID) -> bytes:
    """The key of the organisation: the same value has one token in all its sources, and another in other organisations'
    sources.
    """
    return hmac.digest(settings.SECRET_KEY.encode(), f"log masking {organisation_id}".encode(), "sha256")


def _reader(source: LogSource, sample: pa.Array, now: datetime) -> LineReader:
    """With the source's own time format, or the one that most lines of a sample have; of objects and events by keys."""
    if not source.time_format:
        for fits, reader in _READERS:
            if fits(sample):
                return reader(source.time_zone)
        if are_messages(sample):
            return SyslogLineReader(source.time_zone, now)
    time_format = (
        TimeFormat.from_strptime(source.time_format)
        if source.time_format
        else detect_time_format(sample.slice(0, SAMPLE_LINES))
    )
    return RecordReader(replace(time_format, zone=source.time_zone) if time_format else None, now)


def sample_records(table: pa.Table, source: LogSource) -> pa.Table:
    """Without blank lines, and of a loud source the share that it keeps; the others keep their numbers.

    What is grave is always kept. A trace is kept whole or not at all, so the choice is by its id.
    """
    table = table.filter(pc.not_equal(pc.utf8_trim_whitespace(table["text"]), ""))
    if source.sample_percent == 100:
        return table
    names = pc.coalesce(table["trace"], table["text"]).to_pylist()
    is_sampled = pa.array([crc32(name.encode()) % 100 < source.sample_percent for name in names], pa.bool_())
    is_grave = pc.is_in(table["level"], value_set=pa.array(["error", "critical"]))
    return table.filter(pc.or_(is_sampled, is_grave.combine_chunks()))


def _stored_columns(
    source: LogSource,
    table: pa.Table,
    mined_templates: MinedTemplates,
    key: bytes,
    first_offset: int,
    values: dict[str, str],
) -> pa.Table:
    """The store's columns. `values` takes up what was masked, by token, as far as it may be kept."""
    count = table.num_rows
    messages = _masked_messages(table, key)
    numbers = mined_templates.assign(messages)
    texts = secrets.mask(
        pc.utf8_slice_codeunits(table["text"].combine_chunks(), 0, MAX_TEXT_BYTES // 4),
        key,
        values.__setitem__,
    )
    ids = pa.array([template.id for template in mined_templates.templates], pa.string())
    services = pc.coalesce(table["service"].combine_chunks(), pa.scalar(source.service or None, pa.string()))
    columns = {
        "time": table["time"].combine_chunks().cast(pa.int64()),
        "level": table["level"].combine_chunks(),
        "service": _masked_names(services, key),
        "host": _masked_names(table["host"].combine_chunks(), key),
        "trace": _masked_names(table["trace"].combine_chunks(), key),
        "session": _sessions(texts, source.session_parameter),
        "line": pc.add(table["line"].combine_chunks(), 1),
        "offset": pa.array(np.arange(first_offset, first_offset + count)),
        "layout": pa.nulls(count, pa.string()),
        "template": ids.take(pa.array(numbers, mask=numbers < 0)),
        "masked": pa.array(np.zeros(count, np.int64)),
        "parameters": _parameters(messages, numbers, mined_templates.templates),
        "text": texts.cast(pa.binary()),
    }
    return pa.table(
        [columns[name].cast(INPUT_SCHEMA.field(name).type) for name in INPUT_SCHEMA.names],
        schema=INPUT_SCHEMA,
    )


def _masked_messages(table: pa.Table, key: bytes) -> pa.Array:
    """Of “ERROR password: …” the name was read as what wrote the line: without it nobody knows the rest for a secret."""
    messages, services = table["message"].combine_chunks(), table["service"].combine_chunks()
    names = services.dictionary_encode()
    is_secret = pa.array([bool(secret_class(name)) for name in names.dictionary.to_pylist()], pa.bool_())
    is_named = is_secret.take(names.indices).fill_null(False)
    if not pc.any(is_named).as_py():
        return secrets.mask(messages, key)
    heads = pc.binary_join_element_wise(services.filter(is_named), "", ": ")
    whole = pc.binary_join_element_wise(heads, messages.filter(is_named), "")
    masked = secrets.mask(pc.replace_with_mask(messages, is_named, whole), key)
    rests = [
        text.removeprefix(head)
        for head, text in zip(heads.to_pylist(), masked.filter(is_named).to_pylist(), strict=True)
    ]
    return pc.replace_with_mask(masked, is_named, pa.array(rests, masked.type))


def _masked_names(column: pa.Array, key: bytes) -> pa.Array:
    """Of a column that repeats a few values each is looked at once."""
    encoded = column.dictionary_encode()
    return secrets.mask(encoded.dictionary, key).take(encoded.indices)


def _parameters(messages: pa.Array, numbers: Numbers, mined_templates: list[Template]) -> pa.Array:
    """For each message the values of its template's parameters: each template's messages at once."""
    lists: list[list[str] | None] = [None] * len(messages)
    order = np.argsort(numbers, kind="stable")
    sorted_numbers = numbers[order]
    for number in np.unique(sorted_numbers):
        places = order[
            np.searchsorted(sorted_numbers, number) : np.searchsorted(sorted_numbers, number, "right")
        ]
        if number < 0 or len(mined_templates[number].pieces) == 1:
            continue
        values = mined_templates[number].values(messages.take(pa.array(places)))
        for place, value in zip(places.tolist(), values.to_pylist(), strict=True):
            lists[place] = list(value.values()) if value else None
    return pa.array(lists, pa.list_(pa.string()))


def _sessions(texts: pa.Array, key: str) -> pa.Array:
    """What stands behind the key, also where it is hidden, as ids of sessions are: each has a token of its own."""
    if not key:
        return pa.nulls(len(texts), pa.string())
    literal = "".join(letter if letter.isalnum() or letter == "_" else f"\\{letter}" for letter in key)
    hidden = "‹[a-z_]{1,20}·[0-9a-f]{10}›"
    pattern = rf"\b{literal}[\"']?\s?[=:]\s?[\"']?(?P<session>{hidden}|[\w.:/-]{{1,120}})"
    return pc.struct_field(pc.extract_regex(texts, pattern=pattern), "session")


def to_datetime(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC)


def later(moment: datetime | None, read: Read) -> datetime | None:
    """The last time that is known of a source's records; not one of the future, from a clock that was ahead."""
    last = to_datetime(read.last_time) if read.last_time else None
    moment = None if moment and moment > timezone.now() + MAX_AHEAD else moment
    return max(filter(None, (moment, last)), default=None)


def now_us() -> int:
    return int(timezone.now().timestamp() * 1_000_000)
