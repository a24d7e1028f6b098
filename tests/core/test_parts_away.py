"""While the database or Redis is away, people and programs are told so, and to come back: it is no defect."""

from typing import Any

import pytest
import redis
from django.db import OperationalError, connection, transaction
from django.db.backends.postgresql.base import DatabaseWrapper
from django.test import Client

from apps.core import errors, redis_client
from tests.conftest import ApiClient


@pytest.fixture
def redis_is_away(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """For Django's cache, which holds the sessions, and for what counts requests."""
    nowhere = "redis://127.0.0.1:1/0"
    settings.CACHES = {"default": settings.CACHES["default"] | {"LOCATION": nowhere}}
    monkeypatch.setattr(redis_client, "synchronous", lambda: redis.Redis.from_url(nowhere))


def test_while_redis_is_away_pages_and_the_api_say_so(
    alice_browser: Client, alice_api: ApiClient, redis_is_away: None
) -> None:
    for client in (alice_browser, alice_api):
        client.raise_request_exception = False
    page, answer = alice_browser.get("/jobs/"), alice_api.get("/api/v1/jobs/")

    assert (page.status_code, "Try again in a minute" in page.text) == (503, True)
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "service_unavailable")
    assert page["Retry-After"] == answer["Retry-After"] == "10"


@pytest.mark.django_db
def test_a_database_that_cannot_be_reached_is_away() -> None:
    elsewhere = connection.settings_dict | {"HOST": "127.0.0.1", "PORT": "1", "OPTIONS": {}}

    with pytest.raises(OperationalError) as unreachable:
        DatabaseWrapper(elsewhere, alias="away").ensure_connection()

    refusal = errors.no_defect(unreachable.value)
    assert refusal
    assert (refusal.status, refusal.code) == (503, "service_unavailable")


@pytest.mark.real_clock(
    reason="a wait that PostgreSQL's own limit interrupts sees the clock that nobody moved"
)
@pytest.mark.django_db
def test_a_database_that_ends_connections_is_away_and_one_that_ends_a_slow_statement_is_not() -> None:
    def failure(statement: str) -> OperationalError:
        with connection.cursor() as cursor, pytest.raises(OperationalError) as failed, transaction.atomic():
            cursor.execute(statement)
        return failed.value

    ended = failure("DO $$ BEGIN RAISE EXCEPTION USING errcode = '57P01'; END $$")
    slow = failure("SET LOCAL statement_timeout = 20; SELECT pg_sleep(60)")

    assert errors.away(ended)
    assert errors.no_defect(slow) is None
