"""What the pages of the system show: queues, workers, engines and graphics cards, now and over the last hours."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from operator import attrgetter

from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import Organisation
from apps.analytics.values import percent_text
from apps.core.errors import Text
from apps.core.numbers import duration_text
from apps.dashboards.system import samples
from apps.dashboards.system.gpus import GpuSample
from apps.dashboards.system.lines import Line
from apps.dashboards.system.samples import Sample
from apps.inference.models import Endpoint
from apps.jobs import job_types, queues
from apps.jobs.models import Job, QueueControl
from apps.observability import worker_heartbeat
from apps.observability.worker_heartbeat import Worker
from llm_backend.engine_metrics import EngineFigures
from llm_backend.errors import message_of

HOURS = (1, 6, 48)
# What is older is no longer “now”.
FRESH_SECONDS = 180


@dataclass(frozen=True)
class QueueView:
    """`kinds`: what is being done, with how often; empty on the page of one organisation."""

    name: str
    label: Text
    mode: Text
    tone: str
    waiting: int
    running: int
    oldest_wait: timedelta | None
    workers: int
    kinds: Sequence[tuple[str, int]] = ()
    lines: Sequence[Line] = ()

    @property
    def oldest_wait_seconds(self) -> float | None:
        return self.oldest_wait.total_seconds() if self.oldest_wait else None


@dataclass(frozen=True)
class EngineView:
    endpoint: Endpoint
    state: Text
    tone: str
    lines: Sequence[Line]


@dataclass(frozen=True)
class GpuView:
    gpu: GpuSample
    lines: Sequence[Line]


@dataclass(frozen=True)
class WorkerView:
    worker: Worker
    queues: Sequence[Text]

    @property
    def seen_at(self) -> datetime:
        return datetime.fromtimestamp(self.worker.seen_at, UTC)


def history(hours: int) -> list[Sample]:
    """Oldest first."""
    return samples.kept_samples(hours * 60)


def queue_views(past: Sequence[Sample]) -> list[QueueView]:
    """The queues of the installation, counted over all organisations."""
    running = Job.objects.filter(state=Job.State.RUNNING).values("queue", "kind").order_by("queue", "kind")
    kinds = [(row["queue"], row["kind"], row["count"]) for row in running.annotate(count=Count("pk"))]
    listening = worker_heartbeat.alive_workers()
    return [
        _queue_view(
            state.name,
            state.control,
            listening,
            counts=(state.waiting, state.running, state.oldest_wait),
            kinds=[(job_types.label_of(kind), count) for queue, kind, count in kinds if queue == state.name],
            lines=_queue_lines(state.name, past),
        )
        for state in queues.states()
    ]


def own_queue_views(organisation: Organisation) -> list[QueueView]:
    """What waits and runs of one organisation; how others are doing is none of its business."""
    now = timezone.now()
    waits = Q(state=Job.State.QUEUED)
    rows = Job.objects.within(organisation).active().values("queue").order_by()
    own = {
        row["queue"]: (row["waiting"], row["running"], now - row["since"] if row["since"] else None)
        for row in rows.annotate(
            waiting=Count("pk", filter=waits),
            running=Count("pk", filter=Q(state=Job.State.RUNNING)),
            since=Min("available_at", filter=waits & Q(available_at__lte=now)),
        )
    }
    controls, listening = QueueControl.objects.in_bulk(), worker_heartbeat.alive_workers()
    return [
        _queue_view(
            name, controls.get(name) or QueueControl(pk=name), listening, counts=own.get(name, (0, 0, None))
        )
        for name in sorted(job_types.used_queues())
    ]


def worker_views() -> list[WorkerView]:
    return [
        WorkerView(worker, [queues.LABELS.get(name, name) for name in worker.queues])
        for worker in worker_heartbeat.workers()
    ]


def engine_views(endpoints: Iterable[Endpoint], past: Sequence[Sample]) -> list[EngineView]:
    return [EngineView(each, *_engine_state(each, past), _engine_lines(each, past)) for each in endpoints]


def visible_engines(organisation: Organisation) -> list[Endpoint]:
    """Those that the organisation may ask: its own and the shared ones."""
    shown = Endpoint.objects.visible_to(organisation).filter(is_enabled=True).in_fallback_order()
    return [endpoint for endpoint in shown.select_related("organisation") if endpoint.preset.has_metrics]


def gpu_views(past: Sequence[Sample]) -> list[GpuView]:
    cards = past[-1].gpus if past else []
    return [GpuView(card, _gpu_lines(place, past)) for place, card in enumerate(cards)]


def _queue_view(
    name: str,
    control: QueueControl,
    listening: Sequence[Worker],
    *,
    counts: tuple[int, int, timedelta | None],
    kinds: Sequence[tuple[str, int]] = (),
    lines: Sequence[Line] = (),
) -> QueueView:
    workers = sum(name in worker.queues for worker in listening)
    if control.mode != QueueControl.Mode.OPEN:
        mode, tone = control.get_mode_display(), "warn"
    else:
        mode, tone = (control.get_mode_display(), "good") if workers else (str(_("no worker")), "bad")
    return QueueView(name, queues.LABELS.get(name, name), mode, tone, *counts, workers, kinds, lines)


def _queue_lines(name: str, past: Sequence[Sample]) -> list[Line]:
    times = [sample.at for sample in past]
    rows = [sample.queues.get(name) for sample in past]
    return [
        Line("waiting", _("Waiting"), times, [row.waiting if row else None for row in rows], _whole),
        Line(
            "oldest_wait_seconds",
            _("Longest wait"),
            times,
            [row.oldest_seconds if row else None for row in rows],
            duration_text,
        ),
    ]


def _engine_state(endpoint: Endpoint, past: Sequence[Sample]) -> tuple[Text, str]:
    look = past[-1].engines.get(endpoint.pk) if past else None
    if look is None or timezone.now().timestamp() - past[-1].at > FRESH_SECONDS:
        return _("Not probed yet. Probes run once a minute while workers are up."), ""
    if look.error_code:
        return gettext(message_of(look.error_code)), "bad"
    if look.figures is None:
        return _("Responds, but reports no metrics."), "good"
    return _("Responds"), "good"


def _engine_lines(endpoint: Endpoint, past: Sequence[Sample]) -> list[Line]:
    times = [sample.at for sample in past]
    looks = [sample.engines.get(endpoint.pk) for sample in past]
    figures = [look.figures if look else None for look in looks]

    def now(name: str) -> list[float | None]:
        return [getattr(each, name) if each else None for each in figures]

    def rate(name: str) -> list[float | None]:
        return _rates(times, figures, attrgetter(name))

    percent = [None if share is None else 100 * share for share in now("kv_cache_use")]
    preemptions = [None if each is None else 60 * each for each in rate("preemptions")]
    answer_ms = [look.answer_ms if look and not look.error_code else None for look in looks]
    lines = [
        Line("running", _("Running"), times, now("running"), _whole),
        Line("waiting", _("Waiting"), times, now("waiting"), _whole),
        Line("kv_cache_percent", _("KV cache in use"), times, percent, percent_text, top=100),
        Line("prefix_hit_percent", _("Prefix cache hits"), times, _hit_rates(figures), percent_text, top=100),
        Line("preemptions_per_minute", _("Preemptions per minute"), times, preemptions, _decimal),
        Line(
            "output_tokens_per_second", _("Output tokens per second"), times, rate("written_tokens"), _decimal
        ),
        Line("probe_ms", _("Probe response time"), times, answer_ms, lambda value: f"{value:,.0f} ms"),
    ]
    return [line for line in lines if line.is_known]


def _rates(
    times: Sequence[float],
    figures: Sequence[EngineFigures | None],
    total: Callable[[EngineFigures], int | None],
) -> list[float | None]:
    """A second, between one look and the next. Unknown after a restart: the engine counts from zero again."""
    totals = [total(each) if each else None for each in figures]
    rates: list[float | None] = [None]
    for (before, earlier), (at, later) in pairwise(zip(times, totals, strict=True)):
        is_known = earlier is not None and later is not None and later >= earlier
        rates.append((later - earlier) / max(at - before, 1.0) if is_known else None)  # type: ignore[operator]
    return rates[: len(times)]


def _hit_rates(figures: Sequence[EngineFigures | None]) -> list[float | None]:
    """In percent of the tokens that were looked for since the look before; unknown where nothing was asked."""
    rates: list[float | None] = [None]
    for before, now in pairwise(figures):
        if before is None or now is None or None in (before.prefix_queries, now.prefix_queries):
            rates.append(None)
            continue
        queries = (now.prefix_queries or 0) - (before.prefix_queries or 0)
        hits = (now.prefix_hits or 0) - (before.prefix_hits or 0)
        rates.append(100 * hits / queries if queries > 0 and hits >= 0 else None)
    return rates[: len(figures)]


def _gpu_lines(place: int, past: Sequence[Sample]) -> list[Line]:
    times = [sample.at for sample in past]
    cards = [sample.gpus[place] if place < len(sample.gpus) else None for sample in past]
    memory, use = [c.memory_percent if c else None for c in cards], [c.use if c else None for c in cards]
    return [
        Line("memory_percent", _("Memory used"), times, memory, percent_text, top=100),
        Line("utilisation_percent", _("Utilisation"), times, use, percent_text, top=100),
    ]


def _whole(value: float) -> str:
    return f"{value:,.0f}"


def _decimal(value: float) -> str:
    return f"{value:,.1f}"
