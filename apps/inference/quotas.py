"""What an organisation, member or key may use. Asked before work is accepted; free where there are no quotas.

Counters live in Redis and are made again from the rows when they are gone: requests are jobs, tokens are what
the ledger says.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import QuerySet, Sum
from django.utils import timezone
from redis.exceptions import RedisError

from apps.accounts.actors import Actor
from apps.accounts.models import Organisation
from apps.core import redis_client
from apps.core.errors import QuotaExceeded
from apps.core.locks import lock_until_commit
from apps.core.ttl_cache import TTLCache
from apps.inference import storage
from apps.inference.models import InferenceCall, Quota
from apps.jobs import services as jobs
from apps.jobs.models import Job

# Of jobs under way nobody knows when one of them ends.
BUSY_RETRY_SECONDS = 5.0
# A counter must not end before its window, and Redis has a clock of its own.
COUNTER_SLACK_SECONDS = 60
# KEYS: counter. ARGV: limit, -1 for none. Answers what is used with this request; one over the limit is not counted.
TAKE = """
local used = tonumber(redis.call('GET', KEYS[1]) or '0') + 1
local limit = tonumber(ARGV[1])
if limit < 0 or used <= limit then redis.call('INCR', KEYS[1]) end
return used
"""
# A counter that has expired is counted anew from the rows; adding to it would begin it at this one.
ADD_IF_KEPT = "if redis.call('EXISTS', KEYS[1]) == 1 then return redis.call('INCRBY', KEYS[1], ARGV[1]) end"

# Asked for every message of a visitor; a quota that was changed holds after these seconds.
quota_rows = TTLCache[list[Quota]](seconds=5)


@dataclass(frozen=True)
class QuotaUsage:
    """How far one quota is used, the request in question included."""

    quota: Quota
    used: int
    resets_at: datetime | None

    @property
    def metric_text(self) -> str:
        window = f" / {self.quota.get_window_display()}" if self.resets_at else ""
        return f"{self.quota.get_metric_display()}{window}"

    @property
    def is_over(self) -> bool:
        # This request is counted in `used`, so the limit itself is still within.
        return self.quota.hard_limit is not None and self.used > self.quota.hard_limit

    @property
    def is_near(self) -> bool:
        return self.quota.soft_limit is not None and self.used > self.quota.soft_limit

    @property
    def is_spent(self) -> bool:
        """The next request is refused."""
        return self.quota.hard_limit is not None and self.used >= self.quota.hard_limit

    @property
    def left(self) -> int | None:
        return None if self.quota.hard_limit is None else max(0, self.quota.hard_limit - self.used)

    def details(self) -> dict[str, Any]:
        return {
            "metric": self.quota.metric,
            "window": self.quota.window,
            "limit": self.quota.hard_limit,
            "left": self.left,
            "resets_at": self.resets_at.isoformat() if self.resets_at else None,
        }


@jobs.admission
def admit(actor: Actor, *, makes_job: bool = True) -> None:
    """Takes one request from what the actor may use, or raises QuotaExceeded, with what is left and when to come back.

    Counting and comparing are one step, so requests that come together cannot pass the limit together. `create_job`
    asks in the transaction that creates the job, which makes the limit of concurrent jobs exact. `makes_job` is False
    for what is done at once, such as a search.
    """
    quotas = [
        quota
        for quota in quotas_of(actor.organisation)
        if quota.metric != Quota.Metric.STORAGE and _applies(quota, actor, makes_job)
    ]
    # What takes something comes last: whoever is refused by another limit has used nothing up.
    quotas.sort(key=lambda quota: quota.metric == Quota.Metric.REQUESTS)
    taken: list[Quota] = []
    for quota in quotas:
        usage = _take_one(quota)
        if usage.is_over:
            for earlier in taken:
                _add(earlier, -1)
            raise _quota_error(usage)
        if quota.metric == Quota.Metric.REQUESTS:
            taken.append(quota)


def count_tokens(actor: Actor, tokens: int) -> None:
    for quota in quotas_of(actor.organisation):
        if quota.metric == Quota.Metric.TOKENS and _applies(quota, actor):
            _add(quota, tokens)


def quotas_of(organisation: Organisation) -> list[Quota]:
    return quota_rows.get(organisation.pk, lambda: list(Quota.objects.within(organisation).order_by("id")))


def standings(organisation: Organisation) -> list[QuotaUsage]:
    """Every quota and how far it is used, for people."""
    rows = Quota.objects.within(organisation).select_related("member__user", "api_key").order_by("id")
    return [QuotaUsage(quota, _used_now(quota), window_end(quota)) for quota in rows]


def window_start(quota: Quota) -> datetime:
    """On the installation's clocks. Those of the moment are a page's own, and no worker's: each would count for itself."""
    now = timezone.localtime(timezone=timezone.get_default_timezone()).replace(second=0, microsecond=0)
    match quota.window:
        case Quota.Window.MINUTE:
            return now
        case Quota.Window.HOUR:
            return now.replace(minute=0)
        case Quota.Window.DAY:
            return now.replace(hour=0, minute=0)
    return now.replace(day=1, hour=0, minute=0)


def window_end(quota: Quota) -> datetime | None:
    start = window_start(quota)
    if quota.metric in Quota.WINDOWLESS:
        return None
    match quota.window:
        case Quota.Window.MINUTE:
            return start + timedelta(minutes=1)
        case Quota.Window.HOUR:
            return start + timedelta(hours=1)
        case Quota.Window.DAY:
            return start + timedelta(days=1)
    return (start + timedelta(days=32)).replace(day=1)


def _applies(quota: Quota, actor: Actor, makes_job: bool = True) -> bool:
    if quota.metric == Quota.Metric.CONCURRENT_JOBS and not makes_job:
        return False
    if quota.member_id:
        return actor.member is not None and actor.member.pk == quota.member_id
    if quota.api_key_id:
        return actor.api_key is not None and actor.api_key.pk == quota.api_key_id
    return True


def _take_one(quota: Quota) -> QuotaUsage:
    """Tokens of the request in question are not known yet: it passes while one is left."""
    if quota.metric == Quota.Metric.REQUESTS:
        return QuotaUsage(quota, _take_request(quota), window_end(quota))
    if quota.metric == Quota.Metric.CONCURRENT_JOBS:
        _one_at_a_time(quota)
    return QuotaUsage(quota, _used_now(quota) + 1, window_end(quota))


def _take_request(quota: Quota) -> int:
    """How many are used with this one; it is counted unless that is over the limit."""
    limit = -1 if quota.hard_limit is None else quota.hard_limit
    try:
        _counter_value(quota)
        return int(redis_client.synchronous().register_script(TAKE)(keys=[_key(quota)], args=[limit]))
    except RedisError:
        # Without the counter the rows are all there is: one request after the other, until its job is one of them.
        _one_at_a_time(quota)
        return _count_rows(quota) + 1


def _quota_error(standing: QuotaUsage) -> QuotaExceeded:
    wait = BUSY_RETRY_SECONDS
    if standing.resets_at:
        wait = max(1.0, (standing.resets_at - timezone.now()).total_seconds())
    used_without_this = QuotaUsage(standing.quota, standing.used - 1, standing.resets_at)
    return QuotaExceeded(retry_after_seconds=wait, details=used_without_this.details())


def _one_at_a_time(quota: Quota) -> None:
    """Two requests at once would both see the last free place; the lock ends with the transaction."""
    if connection.in_atomic_block:
        lock_until_commit(str(quota.pk))


def _used_now(quota: Quota) -> int:
    if quota.metric == Quota.Metric.CONCURRENT_JOBS:
        return _rows_of(Job.objects.active(), quota).count()
    if quota.metric == Quota.Metric.STORAGE:
        return storage.used_bytes(quota.organisation_id) // storage.MEGABYTE
    try:
        return _counter_value(quota)
    except RedisError:
        # The rows are what is counted; Redis only remembers the sum.
        return _count_rows(quota)


def _counter_value(quota: Quota) -> int:
    client, key = redis_client.synchronous(), _key(quota)
    value = client.get(key)
    if value is None:
        end = window_end(quota)
        seconds = int((end - timezone.now()).total_seconds()) if end else 0
        # Another process may have counted at the same time: the first number stands.
        client.set(key, _count_rows(quota), nx=True, ex=seconds + COUNTER_SLACK_SECONDS)
        value = client.get(key)
    return int(value or 0)


def _count_rows(quota: Quota) -> int:
    start = window_start(quota)
    if quota.metric == Quota.Metric.REQUESTS:
        return _rows_of(Job.objects.filter(created_at__gte=start), quota).count()
    calls = _rows_of(InferenceCall.objects.filter(created_at__gte=start), quota)
    sums = calls.aggregate(read=Sum("input_tokens"), written=Sum("output_tokens"))
    return (sums["read"] or 0) + (sums["written"] or 0)


def _rows_of(rows: QuerySet[Any], quota: Quota) -> QuerySet[Any]:
    rows = rows.filter(organisation_id=quota.organisation_id)
    if quota.member_id:
        return rows.filter(member_id=quota.member_id)
    return rows.filter(api_key_id=quota.api_key_id) if quota.api_key_id else rows


def _add(quota: Quota, amount: int) -> None:
    """A counter that is gone is made again from the rows, which hold this already or soon."""
    try:
        redis_client.synchronous().register_script(ADD_IF_KEPT)(keys=[_key(quota)], args=[amount])
    except RedisError:
        # The ledger has it: a counter that is made anew counts it.
        return


def _key(quota: Quota) -> str:
    return f"quota:{quota.pk}:{int(window_start(quota).timestamp())}"
