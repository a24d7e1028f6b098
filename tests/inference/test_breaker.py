from uuid import UUID, uuid4

import pytest

from apps.core import redis_client, ttl_cache
from apps.inference import breaker
from llm_backend import errors, event_loop


@pytest.fixture
def endpoint_id() -> UUID:
    return uuid4()


def fail(endpoint_id: UUID, times: int) -> None:
    for _ in range(times):
        event_loop.run(breaker.note_failure(endpoint_id))


def check(endpoint_id: UUID) -> None:
    event_loop.run(breaker.check(endpoint_id))


def cool_down(endpoint_id: UUID) -> None:
    redis_client.synchronous().delete(f"breaker:{{{endpoint_id}}}:open")


def test_a_few_failures_change_nothing(endpoint_id: UUID) -> None:
    fail(endpoint_id, breaker.FAILURES_IN_A_ROW - 1)
    check(endpoint_id)
    assert breaker.state(endpoint_id) == "closed"


def test_a_success_in_between_starts_the_count_again(endpoint_id: UUID) -> None:
    for _ in range(3):
        fail(endpoint_id, breaker.FAILURES_IN_A_ROW - 1)
        event_loop.run(breaker.note_success(endpoint_id))
    check(endpoint_id)


def test_failures_in_a_row_open_it_for_every_process(endpoint_id: UUID) -> None:
    fail(endpoint_id, breaker.FAILURES_IN_A_ROW)
    ttl_cache.clear_all()
    with pytest.raises(errors.ModelUnavailable) as caught:
        check(endpoint_id)
    assert caught.value.retry_after
    assert breaker.state(endpoint_id) == "open"


def test_one_probe_passes_when_it_has_cooled_down(endpoint_id: UUID) -> None:
    fail(endpoint_id, breaker.FAILURES_IN_A_ROW)
    cool_down(endpoint_id)
    assert breaker.state(endpoint_id) == "half-open"
    check(endpoint_id)
    with pytest.raises(errors.ModelUnavailable):
        check(endpoint_id)


def test_a_good_probe_closes_it(endpoint_id: UUID) -> None:
    fail(endpoint_id, breaker.FAILURES_IN_A_ROW)
    cool_down(endpoint_id)
    check(endpoint_id)
    event_loop.run(breaker.note_success(endpoint_id))
    check(endpoint_id)
    assert breaker.state(endpoint_id) == "closed"


def test_a_bad_probe_opens_it_again_also_from_another_process(endpoint_id: UUID) -> None:
    fail(endpoint_id, breaker.FAILURES_IN_A_ROW)
    cool_down(endpoint_id)
    ttl_cache.clear_all()
    check(endpoint_id)
    fail(endpoint_id, 1)
    assert breaker.state(endpoint_id) == "open"


def test_a_good_probe_of_a_process_that_knew_it_as_closed_closes_it_for_all(endpoint_id: UUID) -> None:
    check(endpoint_id)
    known_here = dict(breaker._memories)
    breaker._memories.clear()
    fail(endpoint_id, breaker.FAILURES_IN_A_ROW)
    cool_down(endpoint_id)

    breaker._memories.clear()
    breaker._memories |= known_here
    breaker._memories[endpoint_id].closed_until = 0.001
    check(endpoint_id)
    event_loop.run(breaker.note_success(endpoint_id))

    assert breaker.state(endpoint_id) == "closed"
