"""From a file to ranked incidents."""

import gzip
import json

import pytest

from apps.accounts.actors import Actor
from apps.log_analysis.incidents.models import ChangeMarker, Incident
from apps.log_analysis.records import ingestion
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.records.worker_turns import WorkerTurn
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate, TemplateCount
from domain.logs.store import Filters
from tests.log_analysis.conftest import START, Upload, shop_log
from tests.log_analysis.stored_lines import read_records

pytestmark = pytest.mark.django_db


@pytest.mark.slow
def test_a_file_becomes_records_templates_and_an_incident(upload: Upload, source: LogSource) -> None:
    content = shop_log()
    file = upload(content)

    assert file.job
    assert (file.state, file.job.error_code) == ("ready", "")
    lines = content.decode().splitlines()
    assert (file.lines_count, file.records_count) == (len(lines), len(lines))
    assert file.first_record_at == START
    texts = set(LogTemplate.objects.values_list("text", flat=True))
    assert len(texts) == 2, texts
    assert sum(TemplateCount.objects.values_list("count", flat=True)) == len(lines)
    incident = Incident.objects.get()
    assert incident.services == ["payment"]
    assert "refused" in incident.title
    assert incident.citations[0]["number"] == 1
    assert "refused" in incident.citations[0]["text"]
    assert incident.citations[0]["line"] == 1202


def test_each_record_comes_back_as_it_was_written(upload: Upload, source: LogSource) -> None:
    content = shop_log(minutes=5, fault_at=None)
    upload(content)

    filters = Filters(organisation=str(source.organisation_id), sources=(str(source.pk),))
    records = log_reader().latest(filters, limit=1000)

    assert [record.text.decode() for record in reversed(records)] == content.decode().splitlines()


def test_the_same_records_again_are_stored_and_counted_once(source: LogSource) -> None:
    content = shop_log(minutes=5)
    lines, records = content.splitlines(), read_records(source, content)

    turn = WorkerTurn(lambda: None, seconds=60)
    for _ in range(2):
        ingestion.ingest(source, ingestion.StreamPlace("spool"), lambda: iter([records]), turn=turn)

    assert sum(TemplateCount.objects.values_list("count", flat=True)) == len(lines)
    filters = Filters(organisation=str(source.organisation_id))
    assert len(log_reader().latest(filters, limit=1000)) == len(lines)


@pytest.mark.slow
def test_a_packed_file_is_unpacked_as_it_is_read(upload: Upload) -> None:
    file = upload(gzip.compress(shop_log(minutes=2, fault_at=None)), "shop.log.gz")

    assert (file.state, file.records_count) == ("ready", 60)


@pytest.mark.slow
def test_a_deploy_before_the_first_sign_is_blamed(upload: Upload, alice_actor: Actor) -> None:
    ChangeMarker.objects.create(
        organisation=alice_actor.organisation,
        name="payment 2.4.1",
        service="payment",
        happened_at=START.replace(minute=37),
    )
    upload(shop_log())

    cause = Incident.objects.get().cause
    assert "payment 2.4.1" in cause
    assert " 3 " in cause
    assert "[1]" in cause


def test_secrets_and_mail_addresses_are_hidden_before_they_are_stored(
    upload: Upload, source: LogSource
) -> None:
    upload(b"2026-11-01 08:00:00 INFO login of wang@shop.example with password=hunter2secret ok\n" * 3)

    record = log_reader().latest(Filters(organisation=str(source.organisation_id)), limit=1)[0]
    assert b"wang@" not in record.text
    assert b"hunter2" not in record.text
    assert "password=‹secret·".encode() in record.text
    assert "hunter2" not in json.dumps(list(LogTemplate.objects.values_list("text", flat=True)))


@pytest.mark.slow
def test_a_file_of_json_lines_is_read_by_its_keys(upload: Upload, source: LogSource) -> None:
    lines = [
        json.dumps({"level": "error", "msg": f"tea {number} is out", "trace_id": f"{number:016x}"} | extra)
        for number, extra in enumerate(({"ts": "2026-11-01T08:00:00Z"}, {"ts": "2026-11-01T08:00:01Z"}))
    ]
    # Longer than lines are looked at.
    long = json.dumps(
        {"ts": "2026-11-01T08:00:02Z", "level": "error", "msg": "tea 3 is out", "stack": "x" * 9_000}
    )

    file = upload("\n".join([*lines, "", long]).encode())

    assert (file.first_record_at, file.last_record_at) == (START, START.replace(second=2))
    assert [(row.text, row.severity, row.records_count) for row in LogTemplate.objects.all()] == [
        ("tea <*> is out", "error", 3)
    ]
    newest, *others = log_reader().latest(Filters(organisation=str(source.organisation_id)), limit=10)
    assert newest.line == 4
    assert [record.text.decode() for record in reversed(others)] == lines


def test_a_file_without_lines_says_so(upload: Upload) -> None:
    file = upload(b"\n\n")

    assert file.error
    assert file.error["code"] == "no_lines"


def test_times_that_name_no_zone_are_those_of_the_source(upload: Upload, source: LogSource) -> None:
    LogSource.objects.filter(pk=source.pk).update(time_zone="Asia/Shanghai")
    source.refresh_from_db()

    file = upload(b"2026-11-01 16:00:00 INFO [web] web: up\n2026-11-01T08:00:01Z INFO [web] web: up\n")

    assert (file.first_record_at, file.last_record_at) == (START, START.replace(second=1))


@pytest.mark.slow
def test_of_a_loud_source_a_share_is_kept_and_all_that_is_grave(upload: Upload, source: LogSource) -> None:
    LogSource.objects.filter(pk=source.pk).update(sample_percent=20)
    source.refresh_from_db()
    quiet, loud = shop_log(minutes=10, fault_at=None), shop_log(minutes=10, fault_at=5)

    file = upload(loud)

    errors = loud.count(b"ERROR")
    assert errors < file.records_count < errors + len(quiet.splitlines()) / 2
