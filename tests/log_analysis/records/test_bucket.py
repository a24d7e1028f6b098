"""The desk with LOG_STORE_URL and LOG_QUERY_URL set: what arrives is stored in the bucket and read from there."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from apps.accounts.actors import Actor
from apps.core.errors import ServiceUnavailable
from apps.log_analysis.records import selectors
from apps.log_analysis.records.storage import log_reader, log_store
from apps.log_analysis.sources.models import LogSource
from domain.logs.store import Filters
from tests.log_analysis.conftest import Upload, shop_log

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture(params=["duckdb", "clickhouse"])
def bucket(request: pytest.FixtureRequest, settings: Any, s3_endpoint: str) -> Iterator[None]:
    settings.LOG_STORE_URL = f"s3://logs/{uuid.uuid4().hex}?endpoint={s3_endpoint}"
    if request.param == "clickhouse":
        settings.LOG_QUERY_URL = request.getfixturevalue("clickhouse_url")
    log_reader.cache_clear()
    yield
    log_reader.cache_clear()


@pytest.mark.usefixtures("bucket")
def test_a_file_is_stored_in_the_bucket_and_comes_back(upload: Upload, source: LogSource) -> None:
    content = shop_log(minutes=5, fault_at=3)
    upload(content)

    filters = Filters(organisation=str(source.organisation_id), sources=(str(source.pk),))
    records = log_reader().latest(filters, limit=1000)

    assert sorted(each.text.decode() for each in records) == sorted(content.decode().splitlines())
    assert log_store().size(str(source.organisation_id), str(source.pk)).rows == len(records)


def test_a_bucket_that_is_away_is_said(settings: Any, source: LogSource, alice_actor: Actor) -> None:
    pytest.importorskip(
        "obstore", reason="NO OBSTORE: pip install --no-deps --require-hashes -r requirements/s3.txt"
    )
    settings.LOG_STORE_URL = "s3://logs/x?endpoint=http://127.0.0.1:9"
    log_reader.cache_clear()

    filters = selectors.filters_within(alice_actor.organisation, {"source": source})
    with pytest.raises(ServiceUnavailable):
        selectors.search(alice_actor.organisation, filters)
    log_reader.cache_clear()
