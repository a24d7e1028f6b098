"""What an engine says about itself at `/metrics`: vLLM and llama.cpp, in Prometheus' text format."""

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from prometheus_client.parser import text_string_to_metric_families

# The first name that a server has counts: older vLLM calls its cache gpu_cache, and "perc" is a share from 0 to 1.
KV_CACHE_USE = ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc", "llamacpp:kv_cache_usage_ratio")
RUNNING = ("vllm:num_requests_running", "llamacpp:requests_processing")
WAITING = ("vllm:num_requests_waiting", "llamacpp:requests_deferred")
# Totals: speed is the difference of two looks.
WRITTEN_TOKENS = ("vllm:generation_tokens_total", "llamacpp:tokens_predicted_total")

# In tokens; vLLM alone says it. llama.cpp keeps the prefix of each slot and does not count how often that helps.
PREFIX_QUERIES = ("vllm:prefix_cache_queries_total", "vllm:gpu_prefix_cache_queries_total")
PREFIX_HITS = ("vllm:prefix_cache_hits_total", "vllm:gpu_prefix_cache_hits_total")
PREEMPTIONS = ("vllm:num_preemptions_total",)


class MetricsUnreadable(ValueError):
    """Not Prometheus' text format, or no engine's that is known here."""


@dataclass(frozen=True)
class EngineFigures:
    """`kv_cache_use` is a share from 0 to 1; what follows it are totals since the engine started.

    `prefix_queries`, `prefix_hits`: tokens that were looked for in the prefix cache, and found there. `preemptions`: how
    often an answer under way had to give up its cache for others.
    """

    running: int
    waiting: int
    kv_cache_use: float | None = None
    written_tokens: int | None = None
    prefix_queries: int | None = None
    prefix_hits: int | None = None
    preemptions: int | None = None


def metrics_address(url: str) -> str:
    """Engines serve it beside their API, not inside: `http://host:8000/v1` → `http://host:8000/metrics`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}/metrics"


def read_figures(text: str) -> EngineFigures:
    """Sums over the engines of one server (vLLM's data parallelism); cache use is that of the fullest.

    Raises MetricsUnreadable.
    """
    try:
        samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    except ValueError as error:
        raise MetricsUnreadable("what /metrics sent cannot be read") from error
    values: dict[str, list[float]] = {}
    for sample in samples:
        values.setdefault(sample.name, []).append(sample.value)
    running = _first(values, RUNNING)
    if not running:
        raise MetricsUnreadable("/metrics is neither vLLM's nor llama.cpp's")
    cache_use = _first(values, KV_CACHE_USE)
    return EngineFigures(
        running=round(sum(running)),
        waiting=round(sum(_first(values, WAITING))),
        kv_cache_use=max(cache_use) if cache_use else None,
        written_tokens=_total(_first(values, WRITTEN_TOKENS)),
        prefix_queries=_total(_first(values, PREFIX_QUERIES)),
        prefix_hits=_total(_first(values, PREFIX_HITS)),
        preemptions=_total(_first(values, PREEMPTIONS)),
    )


def _first(values: dict[str, list[float]], names: Iterable[str]) -> list[float]:
    return next((values[name] for name in names if name in values), [])


def _total(counts: list[float]) -> int | None:
    return round(sum(counts)) if counts else None
