"""Records over HTTP: what is taken in lies encrypted in the spool, word for word, before it is acknowledged."""

import gzip
import io
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from apps.accounts import services as accounts
from apps.accounts.actors import Actor
from apps.log_analysis.records import batch_formats
from apps.log_analysis.sources import spool
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.sources.spool import Batch
from apps.log_analysis.sources.unpacking import plain_content
from tests.conftest import ApiClient, api_client
from tests.log_analysis.sources.conftest import MakeSource

pytestmark = pytest.mark.django_db
LINES = b'{"message": "tea is ready", "level": "info"}\n{"message": "tea is cold", "level": "error"}\n'


def address(source: LogSource, end: str = "records/") -> str:
    return f"/api/v1/logs/sources/{source.pk}/{end}"


def batches(source: LogSource) -> list[Batch]:
    folder = spool.take(source)
    return [spool.read(folder / name) for name in spool.names(folder)] if folder else []


def rows_of(form: str, content: bytes, zone: str = "UTC") -> list[dict[str, Any]]:
    return [row for table in batch_formats.tables(form, content, zone) for row in table.to_pylist()]


def test_json_lines_and_plain_text_are_stored_as_they_came(source: LogSource, alice_api: ApiClient) -> None:
    sent = [("application/x-ndjson", LINES), ("text/plain", b"one\ntwo\n")]

    for content_type, content in sent:
        answer = alice_api.post(address(source), content, content_type=content_type)
        assert (answer.status_code, answer.json()) == (202, {"bytes": len(content)})

    assert [(each.form, each.content) for each in batches(source)] == [
        ("json", LINES),
        ("lines", b"one\ntwo\n"),
    ]
    source.refresh_from_db()
    assert source.waiting_bytes == len(LINES) + 8
    assert source.job
    assert source.job.kind == "log_analysis.read_source"


def test_a_packed_batch_keeps_the_name_of_its_packing(source: LogSource, alice_api: ApiClient) -> None:
    headers = {"Content-Encoding": "gzip"}

    answer = alice_api.post(
        address(source), gzip.compress(LINES), content_type="application/x-ndjson", headers=headers
    )

    assert answer.status_code == 202
    [batch] = batches(source)
    assert (batch.encoding, gzip.decompress(batch.content)) == ("gzip", LINES)


@pytest.mark.django_db(transaction=True)
def test_what_the_exporter_of_opentelemetry_sends_is_read(
    source: LogSource, alice_actor: Actor, live_server: Any
) -> None:
    key = accounts.create_api_key(alice_actor, name="collector", scopes=["logs.write"])
    exporter = OTLPLogExporter(
        endpoint=f"{live_server.url}{address(source, 'v1/logs')}",
        headers={"authorization": f"Bearer {key.token}"},
        compression=Compression.Gzip,
    )
    provider = LoggerProvider(Resource.create({"service.name": "checkout", "host.name": "n1"}))
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter))

    provider.get_logger("shop").emit(
        body="payment 17 failed", severity_number=SeverityNumber.ERROR, timestamp=time.time_ns()
    )

    [batch] = batches(source)
    content = plain_content(batch.content, batch.encoding, 2**20)
    [record] = rows_of(batch.form, content)
    assert record["message"] == "payment 17 failed"
    assert (record["level"], record["service"], record["host"]) == ("error", "checkout", "n1")
    assert record["time"] is not None


def test_the_json_encoding_of_otlp_is_taken_too(source: LogSource, alice_api: ApiClient) -> None:
    record = {"timeUnixNano": "1764000000000000000", "severityNumber": 17, "body": {"stringValue": "down"}}
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
    body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": [record]}]}]}

    answer = alice_api.post(address(source, "v1/logs"), json.dumps(body), content_type="application/json")

    assert (answer.status_code, answer.content) == (200, b"{}")
    [batch] = batches(source)
    [row] = rows_of(batch.form, batch.content)
    assert (row["message"], row["level"], row["service"]) == ("down", "error", "shop")


def test_a_sender_that_does_not_say_its_length_is_read(source: LogSource, alice_api: ApiClient) -> None:
    answer = alice_api.generic(
        "POST", address(source), b"", content_type="text/plain", **{"wsgi.input": io.BytesIO(b"a\nb\n")}
    )

    assert answer.status_code == 202


def test_too_much_that_waits_is_answered_with_the_seconds_to_wait(
    source: LogSource, alice_api: ApiClient, settings: Any
) -> None:
    LogSource.objects.update(waiting_bytes=settings.LOG_WAITING_MAX_BYTES + 1)

    answer = alice_api.post(address(source), LINES, content_type="application/x-ndjson")

    assert answer.status_code == 429
    assert int(answer["Retry-After"]) >= 1
    assert batches(source) == []


def test_too_large_unknown_and_paused_are_refused_and_nothing_is_stored(
    source: LogSource, alice_api: ApiClient, settings: Any
) -> None:
    settings.LOG_BATCH_MAX_BYTES = 10
    assert alice_api.post(address(source), LINES, content_type="text/plain").status_code == 413
    packed = {"Content-Encoding": "br"}
    assert alice_api.post(address(source), b"x", content_type="text/plain", headers=packed).status_code == 415
    wrong = alice_api.post(address(source, "v1/logs"), b"x", content_type="text/plain")
    assert wrong.status_code == 415
    LogSource.objects.update(is_paused=True)
    assert alice_api.post(address(source), b"x", content_type="text/plain").status_code == 409
    assert batches(source) == []


def test_a_key_of_another_organisation_and_one_without_the_scope_reach_nothing(
    source: LogSource, bob_api: ApiClient, alice_actor: Actor
) -> None:
    reader = api_client(alice_actor, "logs.view")

    assert bob_api.post(address(source), LINES, content_type="text/plain").status_code == 404
    assert reader.post(address(source), LINES, content_type="text/plain").status_code == 403
    assert bob_api.post(address(source, "v1/logs"), b"{}", content_type="application/json").status_code == 404
    assert batches(source) == []


@pytest.mark.parametrize(
    "written",
    [
        "2026-02-03 04:05:06",
        "2026-02-02T20:05:06Z",
        "2026-02-02 20:05:06.000 UTC",
        "2026/02/03 04:05:06",
        "03/Feb/2026:04:05:06 +0800",
        "1770062706",
        "1770062706000",
    ],
)
def test_json_says_its_time_in_many_ways(written: str) -> None:
    content = json.dumps({"time": written, "msg": "tea"}).encode()

    [row] = rows_of("json", content, "Asia/Shanghai")

    assert row["time"] == datetime(2026, 2, 2, 20, 5, 6, tzinfo=UTC)


def test_the_level_of_a_line_that_a_container_wrote_is_read() -> None:
    lines = ["2026-02-03 04:05:06 ERROR [web] tea is out", "no errors", "[warn] tea is cold"]
    content = "\n".join(json.dumps({"log": f"{line}\n", "stream": "stdout"}) for line in lines)

    rows = rows_of("json", content.encode())

    assert [(row["level"], row["message"]) for row in rows] == list(
        zip(("error", None, "warning"), lines, strict=True)
    )


def test_plain_lines_among_json_lines_are_kept(make_source: MakeSource) -> None:
    rows = rows_of("json", b'{"msg": "a"}\nTraceback: b\n[1]\n')

    assert [row["message"] for row in rows] == ["a", "Traceback: b", "[1]"]
