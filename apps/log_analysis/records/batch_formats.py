"""What a batch holds, read in a worker: JSON lines, syslog, and the two encodings of OpenTelemetry's logs (OTLP/HTTP).

https://opentelemetry.io/docs/specs/otlp/#otlphttp, https://opentelemetry.io/docs/specs/otel/logs/data-model/
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import pyarrow as pa
from google.protobuf.message import DecodeError
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest

from apps.log_analysis.records.columns import RecordColumns, level_named, microseconds
from apps.log_analysis.records.syslog import read_syslog
from apps.log_analysis.templates.models import Level

PART_BYTES = 4 * 2**20
# Of JSON lines, the keys under which programs write these, the commonest first.
MESSAGE_KEYS = ("message", "msg", "body", "log", "event", "text", "@message")
TIME_KEYS = ("@timestamp", "timestamp", "time", "ts", "datetime", "date", "t")
LEVEL_KEYS = ("level", "severity", "severity_text", "log.level", "levelname", "lvl", "loglevel")
SERVICE_KEYS = ("service", "service.name", "app", "application", "logger", "logger_name", "name")
HOST_KEYS = ("host", "hostname", "host.name", "node", "pod")
TRACE_KEYS = ("trace_id", "traceId", "trace.id", "traceid")
# Lower bounds of severity numbers, highest first (OpenTelemetry's data model).
SEVERITIES = (
    (21, Level.CRITICAL), (17, Level.ERROR), (13, Level.WARNING), (9, Level.INFO), (5, Level.DEBUG), (1, Level.TRACE),
)  # fmt: skip


class BatchUnreadable(Exception):
    """The batch is not what its sender says it is. `code` is what the source's page explains."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def tables(form: str, content: bytes, zone: str) -> Iterator[pa.Table]:
    """The records of a batch in tables of bounded size. Raises BatchUnreadable."""
    for part in _parts(form, content):
        yield READERS[form](part, zone)


def _parts(form: str, content: bytes) -> Iterator[bytes]:
    """JSON lines in parts, so that a packed batch of very short ones does not fill the memory; others as they are."""
    start = 0
    is_lines = form == "json" and content.lstrip()[:1] != b"["
    while is_lines and len(content) - start > PART_BYTES:
        end = content.find(b"\n", start + PART_BYTES)
        if end < 0:
            break
        yield content[start:end]
        start = end + 1
    yield content[start:]


def read_json(content: bytes) -> RecordColumns:
    """JSON lines, or one JSON array. A line that is no object is kept as a record of plain text. Raises BatchUnreadable
    for an array that is none.
    """
    columns = RecordColumns()
    lines = content.splitlines()
    if content.lstrip()[:1] == b"[":
        try:
            lines = [orjson.dumps(each) for each in orjson.loads(content)]
        except orjson.JSONDecodeError as error:
            raise BatchUnreadable("not_json") from error
    for line in lines:
        if not line.strip():
            continue
        try:
            record = orjson.loads(line)
        except orjson.JSONDecodeError:
            record = None
        if isinstance(record, dict):
            _add_json(columns, line, record)
        else:
            columns.add(line.decode("utf-8", "replace"), line.decode("utf-8", "replace"))
    return columns


def read_otlp(content: bytes) -> RecordColumns:
    """The protobuf encoding. Raises BatchUnreadable."""
    request = ExportLogsServiceRequest()
    try:
        request.ParseFromString(content)
    except DecodeError as error:
        raise BatchUnreadable("not_otlp") from error
    columns = RecordColumns()
    for resource_logs in request.resource_logs:
        resource = {each.key: _protobuf_value(each.value) for each in resource_logs.resource.attributes}
        for scope_logs in resource_logs.scope_logs:
            for record in scope_logs.log_records:
                log_record = _OtlpRecord(
                    body=_protobuf_value(record.body),
                    nanoseconds=record.time_unix_nano or record.observed_time_unix_nano,
                    severity=(record.severity_number, record.severity_text),
                    trace=record.trace_id.hex(),
                    attributes={each.key: _protobuf_value(each.value) for each in record.attributes},
                )
                _add_otlp(columns, resource, log_record)
    return columns


def read_otlp_json(content: bytes) -> RecordColumns:
    """The JSON encoding: ids in hexadecimal, numbers of 64 bits as text. Raises BatchUnreadable."""
    columns = RecordColumns()
    try:
        for resource_logs in orjson.loads(content)["resourceLogs"]:
            resource = _json_attributes(resource_logs.get("resource") or {})
            for scope_logs in resource_logs.get("scopeLogs") or ():
                for record in scope_logs.get("logRecords") or ():
                    log_record = _OtlpRecord(
                        body=_json_value(record.get("body") or {}),
                        nanoseconds=int(
                            record.get("timeUnixNano") or record.get("observedTimeUnixNano") or 0
                        ),
                        severity=(int(record.get("severityNumber") or 0), record.get("severityText") or ""),
                        trace=str(record.get("traceId") or ""),
                        attributes=_json_attributes(record),
                    )
                    _add_otlp(columns, resource, log_record)
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise BatchUnreadable("not_otlp") from error
    return columns


# By the form of a batch; times that name no zone are those of the second argument where the form has such times.
READERS: Mapping[str, Callable[[bytes, str], pa.Table]] = {
    "json": lambda part, _zone: read_json(part).table(),
    "otlp": lambda part, _zone: read_otlp(part).table(),
    "otlp_json": lambda part, _zone: read_otlp_json(part).table(),
    "syslog": read_syslog,
}


def _add_json(columns: RecordColumns, line: bytes, record: dict[str, Any]) -> None:
    message, text = _first(record, MESSAGE_KEYS), line.decode("utf-8", "replace")
    columns.add(
        text,
        message if isinstance(message, str) else text,
        time=microseconds(_first(record, TIME_KEYS)),
        level=level_named(_first(record, LEVEL_KEYS)),
        service=_name(_first(record, SERVICE_KEYS)),
        host=_name(_first(record, HOST_KEYS)),
        trace=_name(_first(record, TRACE_KEYS)),
    )


@dataclass(frozen=True)
class _OtlpRecord:
    """A record of either encoding. `severity`: number and text, as the data model has both."""

    body: Any
    nanoseconds: int
    severity: tuple[int, str]
    trace: str
    attributes: Mapping[str, Any]


def _add_otlp(columns: RecordColumns, resource: Mapping[str, Any], record: _OtlpRecord) -> None:
    message = record.body if isinstance(record.body, str) else orjson.dumps(record.body).decode()
    # What came in is one message of many records; this one's text is its body, and its attributes where it has some.
    extra = f" {orjson.dumps(dict(record.attributes)).decode()}" if record.attributes else ""
    number, text = record.severity
    level = next((level for lowest, level in SEVERITIES if number >= lowest), None) or level_named(text)
    columns.add(
        f"{message}{extra}",
        message,
        time=record.nanoseconds // 1000 or None,
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
