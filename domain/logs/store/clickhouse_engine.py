"""A ClickHouse server that reads the same segments from the bucket, asked over HTTP. It stores nothing.

Its user may be read-only (`readonly = 2`: bounds come with each question); the keys of the bucket are the server's own.
"""

import math
import os.path
from collections.abc import Sequence
from typing import Any
from urllib.parse import unquote, urlencode, urlsplit

import pyarrow as pa
import urllib3
from sqlglot import exp

from domain.logs.store import statements
from domain.logs.store.bucket_files import BucketFiles
from domain.logs.store.errors import QueryTimeout, QueryTooLarge, StoreUnreachable
from domain.logs.store.files import Files
from domain.logs.store.record_columns import STORED_SCHEMA
from domain.logs.store.statements import Bindings

CONNECT_TIMEOUT_S = 5
# Behind the server's own limit: it says so itself, as a rule.
ANSWER_GRACE_S = 2
MAX_ANSWER_BYTES = 512 * 2**20
MAX_ANSWER_ROWS = 1_000_000
# Of a field of a form, as servers take it unless they are told otherwise (http_max_field_value_size).
MAX_VALUE_BYTES = 128 * 1024
MAX_MESSAGE_BYTES = 2_000
COLUMN_TYPES = {pa.string(): "String", pa.binary(): "String", pa.int64(): "Int64", pa.int32(): "Int32"}
# Codes of ClickHouse (ErrorCodes.cpp).
TIMEOUT_CODES = {"159", "160"}  # TIMEOUT_EXCEEDED, TOO_SLOW
SIZE_CODES = {
    "158",
    "241",
    "307",
    "396",
}  # TOO_MANY_ROWS, MEMORY_LIMIT_EXCEEDED, TOO_MANY_BYTES, …_ROWS_OR_BYTES
S3_CODE, GONE = "499", "response code: 404"
SETTINGS = {
    "default_format": "ArrowStream",
    # The whole answer or an error: a status that is sent early cannot be taken back.
    "wait_end_of_query": 1,
    "timeout_overflow_mode": "throw",
    "result_overflow_mode": "throw",
    "max_result_rows": MAX_ANSWER_ROWS,
    "max_result_bytes": MAX_ANSWER_BYTES,
    "session_timezone": "UTC",
    # `raw_bytes` is no text.
    "output_format_arrow_string_as_string": 0,
    "output_format_arrow_compression_method": "none",
}


class ClickHouseEngine:
    """At `http(s)://user:password@host:port`."""

    def __init__(self, url: str, files: Files) -> None:
        """Raises ValueError: only a bucket can be read by another machine."""
        parts = urlsplit(url)
        if not isinstance(files, BucketFiles) or parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("LOG_QUERY_URL is http(s)://user:password@host:port, beside LOG_STORE_URL")
        self.files = files
        self._address = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/"
        self._headers = {
            "X-ClickHouse-User": unquote(parts.username or "default"),
            "X-ClickHouse-Key": unquote(parts.password or ""),
        }
        self._connections = urllib3.PoolManager(retries=False, maxsize=4)

    def segment_table(self, paths: Sequence[str], bindings: Bindings) -> exp.Expr:
        """Exactly the files that the manifests name, by one pattern without wildcards."""
        names = [self.files.path(path) for path in paths]
        folder = os.path.commonpath([name.rpartition("/")[0] for name in names])
        rest = [name.removeprefix(folder).lstrip("/") for name in names]
        pattern = rest[0] if len(rest) == 1 else "{" + ",".join(rest) + "}"
        columns = ", ".join(f"`{field.name}` Nullable({COLUMN_TYPES[field.type]})" for field in STORED_SCHEMA)
        arguments = [
            bindings.bind(self.files.web_address(f"{folder}/{pattern}")),
            exp.Literal.string("Parquet"),
            exp.Literal.string(columns),
        ]
        return exp.Table(this=exp.Anonymous(this="s3", expressions=arguments))

    def run(self, statement: exp.Select, bindings: Bindings, seconds: float) -> pa.Table:
        """Raises QueryTimeout, QueryTooLarge, StoreUnreachable; FileNotFoundError where a segment has gone."""
        fields = {"query": statement.sql(dialect=statements.CLICKHOUSE)}
        fields |= {f"param_{name}": _parameter_text(value) for name, value in bindings.values.items()}
        if max(len(value.encode()) for value in fields.values()) > MAX_VALUE_BYTES:
            raise QueryTooLarge("The question is longer than a server takes.")
        settings = urlencode({**SETTINGS, "max_execution_time": math.ceil(seconds)})
        timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=seconds + ANSWER_GRACE_S)
        try:
            answer = self._connections.request(
                "POST",
                f"{self._address}?{settings}",
                fields=fields,
                headers=self._headers,
                timeout=timeout,
                preload_content=False,
            )
            with answer:
                if answer.status != 200:
                    code = answer.headers.get("X-ClickHouse-Exception-Code", "")
                    raise _error(code, answer.read(MAX_MESSAGE_BYTES).decode(errors="replace"))
                content = answer.read(MAX_ANSWER_BYTES + 1)
        except urllib3.exceptions.ReadTimeoutError as error:
            raise QueryTimeout("ClickHouse did not answer in time.") from error
        except urllib3.exceptions.HTTPError as error:
            raise StoreUnreachable(f"ClickHouse cannot be asked: {type(error).__name__}") from error
        if len(content) > MAX_ANSWER_BYTES:
            raise QueryTooLarge("The answer is longer than a reader takes.")
        return _table(content)


def _error(code: str, message: str) -> Exception:
    if code in TIMEOUT_CODES:
        return QueryTimeout("ClickHouse ended the query.")
    if code in SIZE_CODES:
        return QueryTooLarge("The query needs more than the user of ClickHouse may use.")
    if code == S3_CODE and GONE in message:
        return FileNotFoundError("this segment was replaced and is gone")
    return StoreUnreachable(f"ClickHouse answers with code {code or 'none'}: {message}")


def _parameter_text(value: object) -> str:
    """As ClickHouse reads the value of a parameter."""
    if isinstance(value, list):
        texts = [str(each) if isinstance(each, int) else f"'{_escape(each)}'" for each in value]
        return "[" + ",".join(texts) + "]"
    return _escape(str(value))


def _escape(text: str) -> str:
    for plain, replacement in (
        ("\\", "\\\\"),
        ("'", "\\'"),
        ("\t", "\\t"),
        ("\n", "\\n"),
        ("\r", "\\r"),
        ("\0", "\\0"),
    ):
        text = text.replace(plain, replacement)
    return text


def _table(content: bytes) -> pa.Table:
    """With the types that DuckDB gives, too."""
    try:
        rows = pa.ipc.open_stream(content).read_all()
        types = dict(zip(STORED_SCHEMA.names, STORED_SCHEMA.types, strict=True)) | {"value": pa.string()}
        columns: dict[str, Any] = {
            name: rows[name].cast(types.get(name, pa.int64())) for name in rows.column_names
        }
        return pa.table(columns)
    except pa.ArrowInvalid as error:
        raise StoreUnreachable("ClickHouse's answer cannot be read.") from error
