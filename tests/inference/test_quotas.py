from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.utils import timezone, translation
from model_bakery import baker

from apps.accounts import alerts
from apps.accounts.actors import Actor
from apps.core import redis_client
from apps.core.errors import QuotaExceeded
from apps.inference import quotas
from apps.inference.models import InferenceCall, Quota
from apps.inference.resources import QUOTAS
from apps.jobs import job_types
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.knowledge import selectors as knowledge
from apps.knowledge import services as knowledge_services
from apps.knowledge.models import Collection
from apps.resources import services as resources
from apps.speech import services as speech
from tests.conftest import ApiClient, actor_in

# Asked for by hand here, to see the answer.
ASK = job_types.JobType("tests.quota", queue="interactive", label="Ask", is_free=True)

pytestmark = pytest.mark.django_db


def ask(actor: Actor) -> None:
    quotas.admit(actor)
    jobs.create_job(actor, kind=ASK, inputs={})


def limit(actor: Actor, metric: str, **fields: Any) -> Quota:
    return resources.save(actor, QUOTAS, {"metric": metric, **fields})


def spend(actor: Actor, tokens: int) -> None:
    InferenceCall.objects.create(
        organisation=actor.organisation, purpose="chat", model="m", status="succeeded", output_tokens=tokens
    )
    quotas.count_tokens(actor, tokens)


def test_without_quotas_nothing_is_asked(alice_actor: Actor, django_assert_num_queries: Any) -> None:
    quotas.admit(alice_actor)
    with django_assert_num_queries(0):
        quotas.admit(alice_actor)


def test_requests_beyond_the_hard_limit_are_refused_with_what_is_left(alice_actor: Actor) -> None:
    limit(alice_actor, "requests", window="hour", hard_limit=2)
    ask(alice_actor)
    ask(alice_actor)
    with pytest.raises(QuotaExceeded) as caught:
        ask(alice_actor)
    assert caught.value.status == 429
    assert 1 <= (caught.value.retry_after_seconds or 0) <= 3600
    assert caught.value.details["left"] == 0
    assert caught.value.details["limit"] == 2


def test_a_wiped_redis_forgets_nothing(alice_actor: Actor) -> None:
    limit(alice_actor, "requests", window="day", hard_limit=2)
    ask(alice_actor)
    ask(alice_actor)
    redis_client.synchronous().flushdb()
    with pytest.raises(QuotaExceeded):
        ask(alice_actor)


def test_tokens_are_counted_from_the_ledger(alice_actor: Actor) -> None:
    limit(alice_actor, "tokens", window="month", hard_limit=100)
    spend(alice_actor, 99)
    ask(alice_actor)
    spend(alice_actor, 1)
    with pytest.raises(QuotaExceeded):
        ask(alice_actor)
    redis_client.synchronous().flushdb()
    with pytest.raises(QuotaExceeded):
        ask(alice_actor)


def test_concurrent_jobs_are_free_again_when_they_end(alice_actor: Actor) -> None:
    limit(alice_actor, "concurrent_jobs", hard_limit=1)
    ask(alice_actor)
    with pytest.raises(QuotaExceeded):
        ask(alice_actor)
    jobs.cancel_job(Job.objects.get())
    ask(alice_actor)


@pytest.mark.parametrize(
    ("requests", "said"), [(1, []), (2, ["1 quota is nearly used up"]), (5, ["1 quota is used up"])]
)
def test_the_start_page_tells_of_a_quota_before_it_refuses(
    alice_actor: Actor, requests: int, said: list[str]
) -> None:
    limit(alice_actor, "requests", window="day", soft_limit=1, hard_limit=5)
    for _ in range(requests):
        quotas.admit(alice_actor)

    with translation.override("en"):
        assert [str(matter.text) for matter in alerts.alerts(alice_actor)] == said


def test_a_members_quota_binds_only_that_member(alice_actor: Actor, charlie: Any) -> None:
    limit(alice_actor, "requests", window="day", hard_limit=0, member=alice_actor.member)
    with pytest.raises(QuotaExceeded):
        ask(alice_actor)
    ask(Actor(alice_actor.organisation, visitor="v"))


def test_one_organisations_quota_is_not_anothers(alice_actor: Actor, rival: Any) -> None:
    limit(alice_actor, "requests", window="day", hard_limit=0)
    ask(actor_in(rival))


def test_the_last_place_is_taken_under_a_lock(alice_actor: Actor) -> None:
    limit(alice_actor, "concurrent_jobs", hard_limit=5)
    before = advisory_locks()
    quotas.admit(alice_actor)
    assert advisory_locks() == before + 1


def advisory_locks() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
        return int(cursor.fetchone()[0])


def test_requests_that_come_together_cannot_pass_a_limit_together(alice_actor: Actor) -> None:
    """None of the 50 has a row yet when the others ask, as in transactions that run at the same time."""
    limit(alice_actor, "requests", window="day", hard_limit=10)
    quotas.standings(alice_actor.organisation), quotas.quotas_of(alice_actor.organisation)
    admitted: list[bool] = []

    def request() -> None:
        try:
            quotas.admit(alice_actor)
        except QuotaExceeded:
            return
        admitted.append(True)

    _at_once([request] * 50)

    assert len(admitted) == 10


def test_what_another_limit_refuses_uses_nothing_up(alice_actor: Actor) -> None:
    requests = limit(alice_actor, "requests", window="day", hard_limit=5)
    limit(alice_actor, "requests", window="minute", hard_limit=1)
    limit(alice_actor, "concurrent_jobs", hard_limit=3)
    ask(alice_actor)
    with pytest.raises(QuotaExceeded):
        ask(alice_actor)

    [day] = [each for each in quotas.standings(alice_actor.organisation) if each.quota == requests]
    assert day.used == 1


def test_a_search_counts_and_needs_no_free_job(alice_actor: Actor) -> None:
    limit(alice_actor, "requests", window="day", hard_limit=2)
    limit(alice_actor, "concurrent_jobs", hard_limit=1)
    ask(alice_actor)
    knowledge.search(alice_actor, collections=[], question="How long does delivery take?")

    with pytest.raises(QuotaExceeded):
        knowledge.search(alice_actor, collections=[], question="And to the islands?")


@pytest.mark.parametrize(
    "begun",
    [
        lambda actor: knowledge_services.upload_document(
            actor,
            collection=baker.make(Collection, organisation=actor.organisation),
            file=a_file(),
            name="tea.txt",
        ),
        lambda actor: speech.begin_upload(actor, file_name="talk.wav", length=10),
    ],
    ids=["document", "recording"],
)
def test_uploads_count_as_requests(alice_actor: Actor, begun: Callable[[Actor], object]) -> None:
    limit(alice_actor, "requests", window="day", hard_limit=2)
    ask(alice_actor)
    begun(alice_actor)

    with pytest.raises(QuotaExceeded):
        ask(alice_actor)


def a_file() -> ContentFile:
    return ContentFile(b"Delivery takes two days.", name="tea.txt")


def _at_once(works: list[Callable[[], None]]) -> None:
    """A connection of their own would not see the rows of the test; the counter is in Redis."""
    with ThreadPoolExecutor(16) as threads:
        for future in [threads.submit(work) for work in works]:
            future.result()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_pages_on_other_clocks_and_workers_count_together(alice_actor: Actor, zone: str) -> None:
    """One of the two zones has another day than the installation at any moment."""
    limit(alice_actor, "tokens", window="day", hard_limit=100)
    limit(alice_actor, "requests", window="day", hard_limit=3)
    with timezone.override(zone):
        ask(alice_actor)
    spend(alice_actor, 99)
    ask(alice_actor)
    with timezone.override(zone):
        ask(alice_actor)
        with pytest.raises(QuotaExceeded):
            ask(alice_actor)
        spend(alice_actor, 1)
    standing = {each.quota.metric: each.used for each in quotas.standings(alice_actor.organisation)}
    assert standing == {"tokens": 100, "requests": 3}


def test_a_limit_below_zero_is_refused_in_the_same_words_everywhere(
    alice_browser: Client, alice_api: ApiClient
) -> None:
    fields = {"metric": "requests", "window": "day", "hard_limit": -5}
    for language, words in (("en", "Enter at least 0."), ("zh-hans", "不能小于 0。")):
        asked = {"Accept-Language": language}
        form: Any = alice_browser.post("/models/quotas/new/", fields, headers=asked).context["form"]
        sent: Any = alice_api.post_json("/api/v1/inference/quotas/", fields, **asked)

        assert form.errors == {"hard_limit": [words]}
        assert sent.json()["error"]["fields"] == {"hard_limit": [words]}
