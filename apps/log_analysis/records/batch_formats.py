"""What a batch holds: JSON lines or an array, syslog, and the two encodings of OpenTelemetry's logs (OTLP/HTTP).

Everything comes in tables of bounded size. Knows no Django: large batches are read in a bounded child.

https://opentelemetry.io/docs/specs/otlp/#otlphttp, https://opentelemetry.io/docs/specs/otel/logs/data-model/
"""

import codecs
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.compute as pc
from google.protobuf.message import DecodeError
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.resource.v1.resource_pb2 import Resource

from apps.log_analysis.records.columns import (
    INVALID_TIME,
    RecordColumns,
    level_named,
    storable,
)
from apps.log_analysis.records.protobuf_fields import BrokenMessage, fields
from apps.log_analysis.records.syslog import SEVERITIES as SYSLOG_SEVERITIES
from apps.log_analysis.records.syslog import read_syslog
from domain.logs.parsing.json_arrays import WRAPPER_KEYS
from domain.logs.parsing.lines import decode_line, without_colours
from domain.logs.records import TRACE, message_levels
from llm_backend import patterns

PART_BYTES = 2**20
SAMPLE_LINES, MIN_OBJECTS = 200, 0.9
# Each costs a hundredth of a millisecond, of an empty one too: a packed kilobyte must not keep a worker for a minute.
MAX_PARSED_RECORDS = 250_000
_SPACE = patterns.compile(r"[ \t\r\n]*")
# Numbers of fields in `logs.proto` and `logs_service.proto`.
_RESOURCE_LOGS, _RESOURCE, _SCOPE_LOGS, _LOG_RECORDS = 1, 1, 2, 2
# Of JSON lines, the keys under which programs write these, the commonest first; behind them those of systemd's journal,
# .NET, Windows, nginx and Kubernetes.
MESSAGE_KEYS = (
    *("message", "msg", "body", "log", "event", "text", "@message"),
    *("MESSAGE", "Message", "@m", "RenderedMessage", "@mt", "textPayload", "short_message", "content"),
)
TIME_KEYS = (
    *("@timestamp", "timestamp", "time", "ts", "datetime", "date", "t"),
    *("__REALTIME_TIMESTAMP", "@t", "Timestamp", "TimeCreated", "EventTime", "timeMillis"),
    *("time_iso8601", "time_local", "requestReceivedTimestamp", "asctime", "instant", "__time__"),
    *("eventTime", "logTime", "log_time", "lastTimestamp", "firstTimestamp"),
)
LEVEL_KEYS = (
    *("level", "severity", "severity_text", "log.level", "levelname", "lvl", "loglevel"),
    *("@l", "Level", "LevelDisplayName", "Severity", "LogLevel", "logLevel", "log_level"),
)
SERVICE_KEYS = (
    *("service", "service.name", "app", "application", "logger", "logger_name", "name"),
    *("SYSLOG_IDENTIFIER", "_SYSTEMD_UNIT", "ProviderName", "SourceName", "loggerName", "Category"),
    *("serviceName", "service_name", "appName", "app_name", "reportingComponent", "eventSource"),
)
HOST_KEYS = (
    "host",
    "hostname",
    "host.name",
    "node",
    "pod",
    "_HOSTNAME",
    "MachineName",
    "Hostname",
    "Computer",
    "hostName",
)
# What collectors on Kubernetes write around a record.
CONTAINER_KEYS, POD_KEYS = ("container_name", "container"), ("pod_name", "pod")
# Of servers' records of requests.
REQUEST_KEYS = (
    *("request", "request_uri", "requestURI", "uri", "url", "path"),
    *("request_method", "method", "RequestPath"),
)
STATUS_KEYS = ("status", "status_code", "statusCode", "http_status", "response_code", "DownstreamStatus")
# Of AWS CloudTrail, which has it only where a call failed; others write one that says that nothing did.
FAILURE_KEYS = ("errorCode",)
NO_FAILURES = frozenset({"0", "ok", "success", "none"})
TRACE_KEYS = ("trace_id", "traceId", "trace.id", "traceid")
# Of the journal, and in pino and bunyan, whose numbers stand under "level".
JOURNAL_PRIORITY, JOURNAL_PRIORITIES = "PRIORITY", frozenset("01234567")
LEVEL_OF_NUMBER = {10: "trace", 20: "debug", 30: "info", 40: "warning", 50: "error", 60: "critical"}
# Lower bounds of severity numbers, highest first (OpenTelemetry's data model).
SEVERITIES = ((21, "critical"), (17, "error"), (13, "warning"), (9, "info"), (5, "debug"), (1, "trace"))


class BatchUnreadable(Exception):
    """The batch is not what its sender says it is. `code` is what the source's page explains."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def tables(form: str, content: bytes, zone: str) -> Iterator[pa.Table]:
    """The records of a batch in tables of bounded size. Raises BatchUnreadable."""
    count = 0
    try:
        for table in READERS[form](content, zone):
            count += table.num_rows
            if count > MAX_PARSED_RECORDS:
                raise BatchUnreadable("too_many_records")
            yield table
    except RecursionError as error:
        raise BatchUnreadable("too_complex") from error


def read_json(content: bytes, zone: str) -> Iterator[pa.Table]:
    """JSON lines, objects over several lines each, or one JSON array. What is no object is kept as a record of plain text.
    Times that name no zone are those of `zone`. Raises BatchUnreadable for an array that is none.
    """
    columns = RecordColumns(zone)
    for text, record in _texts_and_objects(without_colours(content.removeprefix(codecs.BOM_UTF8))):
        if record is None:
            columns.add(text, text)
        else:
            add_object(columns, text, record)
        if columns.is_full:
            yield take_table(columns)
    yield take_table(columns)


def _texts_and_objects(content: bytes) -> Iterator[tuple[str, dict[str, Any] | None]]:
    for line in _json_texts(content):
        if not line.strip():
            continue
        text = _decoded(line)
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = _object_of(text)
        if wrapped := _wrapped(record):
            yield from ((orjson.dumps(each).decode(), each) for each in wrapped)
        elif isinstance(record, dict):
            yield orjson.dumps(record).decode() if b"\n" in line else text, record
        else:
            yield text, None


def _wrapped(record: Any) -> list[dict[str, Any]]:
    """The records that an object holds which is none itself."""
    if not isinstance(record, dict) or _first(record, MESSAGE_KEYS) or _first(record, TIME_KEYS):
        return []
    items = _first(record, WRAPPER_KEYS)
    return items if isinstance(items, list) and all(isinstance(each, dict) for each in items) else []


class JsonLineReader:
    """Reads lines that are objects, as `RecordReader` reads those of other files. What is no object is a record, too."""

    def __init__(self, zone: str) -> None:
        self._columns = RecordColumns(zone)

    def read(self, lines: pa.Array, *, is_last: bool = False) -> pa.Table:
        for line in lines.to_pylist():
            if (record := _object_of(line)) is None:
                self._columns.add(line, line)
            else:
                add_object(self._columns, line, record)
        return take_table(self._columns)


def are_json_lines(sample: pa.Array) -> bool:
    """Whether nearly all of these lines are objects."""
    lines = [line for line in sample.slice(0, SAMPLE_LINES).to_pylist() if line.strip()]
    return bool(lines) and sum(_object_of(line) is not None for line in lines) > MIN_OBJECTS * len(lines)


def _object_of(line: str) -> dict[str, Any] | None:
    """Of a line that was cut in the middle of a text, too: long ones are stack traces. And of one of an array's lines."""
    line = line.strip()
    if line[:1] != "{":
        return None
    for text in (line, line.removesuffix(","), line.rstrip("\\") + '"}'):
        try:
            record = orjson.loads(text)
        except orjson.JSONDecodeError:
            continue
        return record if isinstance(record, dict) else None
    return None


def take_table(columns: RecordColumns) -> pa.Table:
    """What was added, with levels and traces that stand in the texts where no key names them."""
    table = _with_levels(columns.take())
    found = pc.struct_field(pc.extract_regex(table["text"], pattern=TRACE), "trace")
    place = table.schema.get_field_index("trace")
    return table.set_column(place, "trace", pc.coalesce(table["trace"], found))


def _with_levels(table: pa.Table) -> pa.Table:
    """Those that stand in the message where nothing else says them."""
    levels = table["level"].combine_chunks()
    if not levels.null_count:
        return table
    is_open = pc.is_null(levels)
    found = message_levels(table["message"].combine_chunks().filter(is_open))
    place = table.schema.get_field_index("level")
    return table.set_column(place, "level", pc.replace_with_mask(levels, is_open, found))


def _json_texts(content: bytes) -> Iterator[bytes]:
    start = content.lstrip()[:1]
    if start == b"[":
        return _array_items(content)
    first_line = content.lstrip().partition(b"\n")[0]
    is_spread = start == b"{" and b"}" not in first_line[-2:]
    items = _spread_objects(content) if is_spread else None
    return iter(items) if items else _lines(content)


def _spread_objects(content: bytes) -> list[bytes] | None:
    """As people paste objects and `jq` prints them; None where anything else stands between. Raises BatchUnreadable."""
    decoder, items = json.JSONDecoder(), []
    try:
        text = content.decode()
        position = _skip_space(text, 0)
        while position < len(text):
            _value, end = decoder.raw_decode(text, position)
            items.append(text[position:end].encode())
            if len(items) > MAX_PARSED_RECORDS:
                raise BatchUnreadable("too_many_records")
            position = _skip_space(text, end)
    except ValueError:
        return None
    return items


def _decoded(line: bytes) -> str:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return decode_line(line)


def _lines(content: bytes) -> Iterator[bytes]:
    """Part by part, so that very short lines do not fill the memory."""
    start = 0
    while start < len(content):
        end = content.find(b"\n", start + PART_BYTES) + 1 or len(content)
        yield from content[start:end].splitlines()
        start = end


def _array_items(content: bytes) -> Iterator[bytes]:
    """The text of each item, one after the other: as objects all of them at once would take thirty times the memory."""
    decoder = json.JSONDecoder()
    try:
        text = content.decode().strip()
        position = _skip_space(text, 1)
        while text[position] != "]":
            _value, end = decoder.raw_decode(text, position)
            yield text[position:end].encode()
            position = _skip_space(text, end)
            if text[position] == ",":
                position = _skip_space(text, position + 1)
            elif text[position] != "]":
                raise BatchUnreadable("not_json")
    except (ValueError, IndexError) as error:
        raise BatchUnreadable("not_json") from error
    if position != len(text) - 1:
        raise BatchUnreadable("not_json")


def _skip_space(text: str, position: int) -> int:
    space = _SPACE.match(text, position)
    return space.end() if space else position


def read_otlp(content: bytes) -> Iterator[pa.Table]:
    """The protobuf encoding. Record by record: an empty one is two bytes, and two hundred as an object. Raises
    BatchUnreadable.
    """
    columns, count = RecordColumns(), 0
    try:
        for resource_logs in fields(memoryview(content), _RESOURCE_LOGS):
            resource: dict[str, Any] = {}
            for part in fields(resource_logs, _RESOURCE):
                attributes = Resource.FromString(bytes(part)).attributes
                resource |= {each.key: _protobuf_value(each.value) for each in attributes}
            for scope_logs in fields(resource_logs, _SCOPE_LOGS):
                for part in fields(scope_logs, _LOG_RECORDS):
                    count += 1
                    if count > MAX_PARSED_RECORDS:
                        raise BatchUnreadable("too_many_records")
                    _add_otlp(columns, resource, _protobuf_record(LogRecord.FromString(bytes(part))))
                    if columns.is_full:
                        yield columns.take()
    except (DecodeError, BrokenMessage) as error:
        raise BatchUnreadable("not_otlp") from error
    yield columns.take()


def read_otlp_json(content: bytes) -> Iterator[pa.Table]:
    """The JSON encoding: ids in hexadecimal, numbers of 64 bits as text. Raises BatchUnreadable."""
    columns = RecordColumns()
    try:
        for resource_logs in orjson.loads(content)["resourceLogs"]:
            resource = _json_attributes(resource_logs.get("resource") or {})
            for scope_logs in resource_logs.get("scopeLogs") or ():
                for record in scope_logs.get("logRecords") or ():
                    _add_otlp(columns, resource, _json_record(record))
                    if columns.is_full:
                        yield columns.take()
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BatchUnreadable("not_otlp") from error
    yield columns.take()


# By the form of a batch; times that name no zone are those of the second argument where the form has such times.
READERS: Mapping[str, Callable[[bytes, str], Iterator[pa.Table]]] = {
    "json": read_json,
    "otlp": lambda content, _zone: read_otlp(content),
    "otlp_json": lambda content, _zone: read_otlp_json(content),
    "syslog": read_syslog,
}


def add_object(columns: RecordColumns, text: str, record: dict[str, Any]) -> None:
    """A record by the names that programs give to its time, level, host, service, trace and message."""
    message = _first(record, MESSAGE_KEYS)
    # Those of containers end as lines do.
    message = message.rstrip("\r\n") if isinstance(message, str) else text
    kubernetes = record.get("kubernetes")
    kubernetes = kubernetes if isinstance(kubernetes, dict) else {}
    host = _name(_first(record, HOST_KEYS)) or _name(_first(kubernetes, POD_KEYS))
    service = _name(_first(record, SERVICE_KEYS)) or _name(_first(kubernetes, CONTAINER_KEYS))
    # Each line that a container writes is an object of its own, those of a stack trace too.
    stream = f"{record['stream']} {host} {service}" if "log" in record and "stream" in record else ""
    if stream and columns.goes_on(stream, message):
        return
    if message is not text and (inner := _object_of(message)):
        # What a program wrote stands in what its container's runtime wrote around it.
        record = inner | record
        own_message = _first(inner, MESSAGE_KEYS)
        message = own_message if isinstance(own_message, str) else message
    columns.add(
        text,
        message,
        time=columns.read_time(_first(record, TIME_KEYS)),
        level=_json_level(record),
        service=service or _name(_first(record, SERVICE_KEYS)),
        host=host,
        trace=_name(_first(record, TRACE_KEYS)),
    )
    if stream:
        columns.last_rows[stream] = len(columns.rows) - 1


def _json_level(record: Mapping[str, Any]) -> str:
    value, priority = _first(record, LEVEL_KEYS), record.get(JOURNAL_PRIORITY)
    if isinstance(value, int) and "short_message" in record and 0 <= value < len(SYSLOG_SEVERITIES):
        # Of Graylog's format.
        return SYSLOG_SEVERITIES[value]
    if isinstance(value, int):
        return LEVEL_OF_NUMBER.get(value, "")
    if value is None and isinstance(priority, str) and priority in JOURNAL_PRIORITIES:
        return SYSLOG_SEVERITIES[int(priority)]
    if value is None and isinstance(nested := record.get("log"), dict):
        value = nested.get("level")
    # MongoDB's own, known by how it writes the time.
    if value is None and isinstance(record.get("t"), dict):
        value = record.get("s")
    # Of Kubernetes' events.
    kind = record.get("type") if value is None else None
    level = level_named(value) or (level_named(kind) if isinstance(kind, str) and len(kind) > 1 else "")
    code = _first(record, FAILURE_KEYS)
    if not level and code is not None and str(code).lower() not in NO_FAILURES:
        return "error"
    return level or _request_level(record)


def _request_level(record: Mapping[str, Any]) -> str:
    """As of lines of access logs: that a server fails is an error, what callers do wrong is none."""
    status = str(_first(record, STATUS_KEYS) or "")
    if not (_first(record, REQUEST_KEYS) and status.isdecimal() and len(status) == 3):
        return ""
    return "error" if status.startswith("5") else "info"


@dataclass(frozen=True)
class _OtlpRecord:
    """A record of either encoding. `severity`: number and text, as the data model has both."""

    body: Any
    time: int | None
    severity: tuple[int, str]
    trace: str
    attributes: Mapping[str, Any]


def _protobuf_record(record: LogRecord) -> _OtlpRecord:
    return _OtlpRecord(
        body=_protobuf_value(record.body),
        time=_otlp_time(record.time_unix_nano or record.observed_time_unix_nano),
        severity=(record.severity_number, record.severity_text),
        trace=record.trace_id.hex(),
        attributes={each.key: _protobuf_value(each.value) for each in record.attributes},
    )


def _json_record(record: Mapping[str, Any]) -> _OtlpRecord:
    number = str(record.get("severityNumber") or 0)
    return _OtlpRecord(
        body=_json_value(record.get("body") or {}),
        time=_otlp_time(record.get("timeUnixNano") or record.get("observedTimeUnixNano")),
        severity=(
            int(number) if number.isdecimal() and len(number) < 3 else 0,
            str(record.get("severityText") or ""),
        ),
        trace=str(record.get("traceId") or ""),
        attributes=_json_attributes(record),
    )


def _otlp_time(nanoseconds: Any) -> int | None:
    """In microseconds; none where the record has none."""
    try:
        return storable(int(nanoseconds or 0) // 1000) or None
    except (ValueError, TypeError, OverflowError):
        return INVALID_TIME


def _add_otlp(columns: RecordColumns, resource: Mapping[str, Any], record: _OtlpRecord) -> None:
    message = record.body if isinstance(record.body, str) else orjson.dumps(record.body).decode()
    if "\x1b" in message:
        message = without_colours(message.encode()).decode()
    # What came in is one message of many records; this one's text is its body, and its attributes where it has some.
    extra = f" {orjson.dumps(dict(record.attributes)).decode()}" if record.attributes else ""
    number, text = record.severity
    level = next((level for lowest, level in SEVERITIES if number >= lowest), None) or level_named(text)
    columns.add(
        f"{message}{extra}",
        message,
        time=record.time,
        level=str(level),
        service=_name(resource.get("service.name")),
        host=_name(resource.get("host.name") or resource.get("k8s.pod.name")),
        trace=record.trace,
    )


def _first(record: Mapping[str, Any], keys: tuple[str, ...]) -> Any:
    # A loop, not a generator: it is gone through six times for each record.
    for key in keys:
        value = record.get(key)
        if value is not None and value != "":
            return value
    return None


def _name(value: Any) -> str:
    """Elasticsearch nests names: {"service": {"name": …}}."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("id")
    return "" if value is None else str(value)


def _protobuf_value(value: Any) -> Any:
    kind = value.WhichOneof("value")
    if kind == "array_value":
        return [_protobuf_value(each) for each in value.array_value.values]
    if kind == "kvlist_value":
        return {each.key: _protobuf_value(each.value) for each in value.kvlist_value.values}
    if kind == "bytes_value":
        return value.bytes_value.hex()
    return getattr(value, kind) if kind else ""


def _json_attributes(holder: Mapping[str, Any]) -> dict[str, Any]:
    return {each["key"]: _json_value(each.get("value") or {}) for each in holder.get("attributes") or ()}


def _json_value(value: Mapping[str, Any]) -> Any:
    if "arrayValue" in value:
        return [_json_value(each) for each in value["arrayValue"].get("values") or ()]
    if "kvlistValue" in value:
        return {each["key"]: _json_value(each["value"]) for each in value["kvlistValue"].get("values") or ()}
    return next(iter(value.values()), "")
