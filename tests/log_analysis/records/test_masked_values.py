"""What was masked lies sealed beside the store, as long as its records do, and within limits."""

from datetime import date, timedelta
from functools import partial
from pathlib import Path

import pyarrow as pa
import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from apps.accounts.actors import Actor
from apps.jobs import runs
from apps.log_analysis import source_deletion
from apps.log_analysis.records import ingestion, masked_values
from apps.log_analysis.records.storage import log_reader
from apps.log_analysis.records.worker_turns import WorkerTurn
from apps.log_analysis.sources.models import LogSource
from apps.log_analysis.templates.models import LogTemplate
from apps.privacy import retention_rules
from apps.vault import rotation
from apps.vault.errors import SealBroken
from apps.vault.models import SealingKey
from domain.logs.secrets import token
from domain.logs.store import Filters
from tests.log_analysis.stored_lines import line, log_source, read_records, store

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)
ANNA = "anna@tea.example"


@pytest.fixture
def shop(alice_actor: Actor) -> LogSource:
    return log_source(alice_actor.organisation)


def kept(source: LogSource, *values: str, day: date = DAY) -> set[str]:
    """Those of these addresses that can be had again."""
    tokens = {token("email", value, ingestion.masking_key(source.organisation_id)) for value in values}
    found = masked_values.find(str(source.organisation_id), str(source.pk), day, tokens)
    assert found.keys() <= tokens
    return set(found.values())


def sign_ins(*names: str) -> list[str]:
    return [line(second, "INFO", f"user {name} signed in") for second, name in enumerate(names)]


def files(source: LogSource) -> list[Path]:
    return [
        path for path in masked_values.sealed_files(source.organisation_id) if str(source.pk) in path.name
    ]


def test_records_are_grouped_by_a_key_whose_values_are_hidden(shop: LogSource) -> None:
    shop.session_parameter = "session_id"
    values = ("ab12cd34ef56", "ab12cd34ef57", "ab12cd34ef56")
    store(shop, [line(second, "INFO", f"paid, session_id={value}") for second, value in enumerate(values)])

    records, _end = log_reader().after(Filters(str(shop.organisation_id)), {}, 10)
    one, other, again = [each.session for each in records]
    assert one == again != other
    assert one
    assert not [each for each in (one, other) if "ab12cd" in str(each)]


def test_a_secret_that_stands_alone_behind_its_name_is_in_no_template_and_no_parameter(
    shop: LogSource,
) -> None:
    store(
        shop,
        [f"2026-11-20 08:00:0{number}.000 DEBUG db_password: Tr0ub4dor{number}x" for number in range(4)]
        + ["2026-11-20 08:00:09.000 ERROR token: 7f3a9c21bb04e1d6"],
    )

    owner, key = str(shop.organisation_id), str(shop.pk)
    records, _end = log_reader().after(Filters(owner, (key,)), {key: 0}, 10)
    shown = [each.text for each in LogTemplate.objects.filter(source=shop)]
    shown += [value for record in records for value in record.parameters]
    assert len(records) == 5
    assert not [text for text in shown if "Tr0ub4dor" in text or "7f3a9c21" in text]
    assert any("‹secret·" in text for text in shown)


def test_service_host_and_trace_are_hidden_like_texts(shop: LogSource) -> None:
    table = read_records(shop, "\n".join(sign_ins("ben", "cleo")).encode())
    names = {
        "service": ["pay?token=ab12cd34ef", None],
        "host": ["https://ops:Tr0ub4dor@db-1", "db-2"],
        "trace": ["13812345678", "4bf92f3577b34da6"],
    }
    for name, values in names.items():
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values, pa.string()))
    ingestion.ingest(
        shop, ingestion.StreamPlace("file"), partial(iter, [table]), turn=WorkerTurn(lambda: None, seconds=60)
    )
    owner, key = str(shop.organisation_id), str(shop.pk)
    records, _end = log_reader().after(Filters(owner, (key,)), {key: 0}, 2)
    secret, safe = sorted(records, key=lambda record: record.time)

    assert [secret.service[:10], secret.host[:20], secret.trace[:8]] == [
        "pay?token=",
        "https://ops:‹secret·",
        "‹mobile·",
    ]
    assert (safe.service or None, safe.host, safe.trace) == (None, "db-2", "4bf92f3577b34da6")


def test_a_value_is_kept_once_however_often_it_comes(shop: LogSource) -> None:
    store(shop, sign_ins(ANNA, "bert@tea.example", ANNA))
    before = files(shop)[0].stat().st_size
    store(shop, sign_ins(ANNA), stream="again")

    assert kept(shop, ANNA, "bert@tea.example") == {ANNA, "bert@tea.example"}
    assert [path.stat().st_size for path in files(shop)] == [before]


def test_the_file_tells_nothing_without_the_key(shop: LogSource) -> None:
    store(shop, sign_ins(ANNA))

    content = files(shop)[0].read_bytes()
    assert b"anna" not in content
    assert b"email" not in content


def test_a_password_is_never_kept(shop: LogSource) -> None:
    store(shop, [line(1, "INFO", "login with password=hunter2secret and key AKIAIOSFODNN7EXAMPLE")])

    assert files(shop) == []


def test_another_organisation_and_another_source_know_nothing_of_it(
    shop: LogSource, bob_actor: Actor, alice_actor: Actor
) -> None:
    store(shop, sign_ins(ANNA))
    rival, other = log_source(bob_actor.organisation), log_source(alice_actor.organisation, "other")
    tokens = {token("email", ANNA, ingestion.masking_key(shop.organisation_id))}

    for source in (rival, other):
        assert masked_values.find(str(source.organisation_id), str(source.pk), DAY, tokens) == {}


def test_a_file_that_is_put_into_another_source_does_not_open(shop: LogSource, alice_actor: Actor) -> None:
    other = log_source(alice_actor.organisation, "other")
    store(shop, sign_ins(ANNA))
    store(other, sign_ins("bert@tea.example"))
    files(other)[0].write_bytes(files(shop)[0].read_bytes())

    with pytest.raises(SealBroken):
        kept(other, ANNA)


def test_a_flood_of_values_is_cut_off_and_the_records_stay(
    shop: LogSource, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masked_values, "MAX_DAY_BYTES", 2_000)
    names = [f"user{number}@flood.example" for number in range(200)]
    read = store(shop, [ANNA, *sign_ins(ANNA, *names)])
    store(shop, sign_ins(*(f"more{number}@flood.example" for number in range(50))), stream="more")

    assert read.records == 202
    assert 10 < len(kept(shop, *names)) < 60
    assert sum(path.stat().st_size for path in files(shop)) < 2_500


def test_a_source_has_one_limit_for_all_its_days(shop: LogSource, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(masked_values, "MAX_SOURCE_BYTES", 1)
    store(shop, sign_ins(ANNA))

    assert files(shop) == []


def test_a_value_that_is_too_long_is_not_kept(shop: LogSource) -> None:
    long = f"{'a' * 60}@{'.'.join(['b' * 60] * 4)}.example"
    store(shop, sign_ins(long, ANNA))

    assert kept(shop, long, ANNA) == {ANNA}


def test_values_go_with_the_days_of_their_source(shop: LogSource) -> None:
    next_day = [each.replace("2026-11-20", "2026-11-21") for each in sign_ins("bert@tea.example")]
    store(shop, [*sign_ins(ANNA), *next_day])
    assert len(files(shop)) == 2

    masked_values.drop_before(str(shop.organisation_id), str(shop.pk), DAY + timedelta(days=1))

    assert kept(shop, ANNA) == set()
    assert kept(shop, "bert@tea.example", day=DAY + timedelta(days=1)) == {"bert@tea.example"}


def test_what_is_too_old_and_what_a_source_that_is_gone_has_left_is_swept(
    shop: LogSource, alice_actor: Actor
) -> None:
    gone = log_source(alice_actor.organisation, "gone")
    for source in (shop, gone):
        store(source, [each.replace("2026-11-20", "2019-11-20") for each in sign_ins(ANNA)])
    assert (len(files(shop)), len(files(gone))) == (1, 1)
    LogSource.objects.filter(pk=gone.pk).delete()

    retention_rules.erase_outdated()

    assert files(shop) == files(gone) == []


def test_a_deleted_source_leaves_nothing(shop: LogSource, alice_actor: Actor) -> None:
    store(shop, sign_ins(ANNA))

    job = source_deletion.delete_source(alice_actor, shop).deletion_job
    assert job
    runs.execute(job.pk)

    assert not Path(default_storage.path(f"logs/masked/{shop.organisation_id}/{shop.pk}")).exists()


def test_a_change_of_keys_seals_the_values_anew(shop: LogSource) -> None:
    store(shop, sign_ins(ANNA))
    before = files(shop)[0].read_bytes()

    call_command("rotate_keys", "--organisation", "tea-house")
    store(shop, sign_ins("bert@tea.example"), stream="meanwhile")
    rotation.end_rotations(grace=timedelta(0))

    assert SealingKey.objects.within(shop.organisation).filter(purpose="content").count() == 1
    assert files(shop)[0].read_bytes()[:40] != before[:40]
    assert kept(shop, ANNA, "bert@tea.example") == {ANNA, "bert@tea.example"}
