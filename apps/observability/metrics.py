"""What Prometheus reads.

Figures of the whole installation come from PostgreSQL and Redis at the time of asking, so they are right
whichever process is asked and however often processes are restarted.
"""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

from django.db.models import Aggregate, Count, FloatField, Min, Q, Sum
from django.utils import timezone
from prometheus_client import CollectorRegistry
from prometheus_client.core import REGISTRY, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest

from apps.core.models import earliest_id
from apps.inference.models import InferenceCall
from apps.jobs import broker, job_types
from apps.jobs.models import Job
from apps.observability import worker_heartbeat

RECENT = timedelta(minutes=5)
# Ids grow with time, so rows that began longer ago need not be looked at.
MAX_JOB_TIME = timedelta(hours=2)


class Quantile(Aggregate):
    function = "PERCENTILE_CONT"
    template = "%(function)s(%(quantile)s) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = FloatField()


class InstallationCollector:
    def collect(self) -> Iterator[Metric]:
        yield from _jobs()
        yield from _queues()
        yield from _inference()


def exposition() -> bytes:
    """This process's own metrics, then the installation's."""
    installation = CollectorRegistry()
    installation.register(InstallationCollector())
    return generate_latest(REGISTRY) + generate_latest(installation)


def _jobs() -> Iterable[Metric]:
    """Jobs under way now, and those that ended lately."""
    now = timezone.now()
    # The key begins with when a job was made: nothing older than the longest job can have ended lately.
    has_ended = Q(pk__gte=earliest_id(now - MAX_JOB_TIME), finished_at__gte=now - RECENT)
    rows = Job.objects.filter(Q(state__in=Job.ACTIVE) | has_ended)
    jobs = GaugeMetricFamily(
        "kongming_jobs", "Jobs under way, and ended in the last 5 minutes", labels=["queue", "state"]
    )
    for row in rows.values("queue", "state").annotate(count=Count("pk")).order_by():
        jobs.add_metric([row["queue"], row["state"]], row["count"])
    return [jobs]


def _queues() -> Iterable[Metric]:
    length = GaugeMetricFamily("kongming_queue_messages", "Messages no worker has taken", labels=["queue"])
    oldest = GaugeMetricFamily(
        "kongming_queue_oldest_seconds", "How long the oldest due job has waited", labels=["queue"]
    )
    alive = GaugeMetricFamily("kongming_queue_consumed", "1 while a worker listens", labels=["queue"])
    due = Job.objects.due().values("queue").annotate(since=Min("available_at")).order_by()
    since = {row["queue"]: row["since"] for row in due}
    names = sorted(job_types.used_queues())
    silent = worker_heartbeat.silent_queues(names)
    for queue in names:
        wait = timezone.now() - since[queue] if queue in since else timedelta()
        length.add_metric([queue], broker.waiting_messages(queue))
        oldest.add_metric([queue], wait.total_seconds())
        alive.add_metric([queue], float(queue not in silent))
    return [length, oldest, alive]


def _inference() -> Iterable[Metric]:
    calls = GaugeMetricFamily("kongming_calls_recent", "Calls, last 5 minutes", labels=["purpose", "status"])
    tokens = GaugeMetricFamily(
        "kongming_call_tokens_recent", "Tokens, last 5 minutes", labels=["purpose", "status", "direction"]
    )
    latency = GaugeMetricFamily(
        "kongming_call_seconds_recent",
        "Latency quantiles, last 5 minutes",
        labels=["purpose", "status", "quantile"],
    )
    first = GaugeMetricFamily(
        "kongming_call_first_token_seconds_recent",
        "Time to the first token, last 5 minutes",
        labels=["purpose", "status", "quantile"],
    )
    for row in _recent_calls():
        labels = [row["purpose"], row["status"]]
        calls.add_metric(labels, row["count"])
        tokens.add_metric([*labels, "input"], row["input"])
        tokens.add_metric([*labels, "output"], row["output"])
        for quantile in ("0.5", "0.95"):
            latency.add_metric([*labels, quantile], row[f"latency_{quantile[2:]}"] / 1000)
            first.add_metric([*labels, quantile], (row[f"first_{quantile[2:]}"] or 0) / 1000)
    return [calls, tokens, latency, first]


def _recent_calls() -> Iterable[Any]:
    # The key begins with the time, so the newest rows are found without an index on it.
    recent = InferenceCall.objects.filter(pk__gte=earliest_id(timezone.now() - RECENT))
    return (
        recent.values("purpose", "status")
        .annotate(
            count=Count("pk"),
            input=Sum("input_tokens"),
            output=Sum("output_tokens"),
            latency_5=Quantile("latency_ms", quantile=0.5),
            latency_95=Quantile("latency_ms", quantile=0.95),
            first_5=Quantile("first_token_ms", quantile=0.5),
            first_95=Quantile("first_token_ms", quantile=0.95),
        )
        .order_by()
    )
